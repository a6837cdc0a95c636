import { createConnection } from 'node:net';
import type { Runner } from '../host/exec.js';

export type InstanceState = 'running' | 'starting' | 'stopping' | 'stopped' | 'failed';

/**
 * What systemd says of a unit, in one process and without privilege. `stopped` includes a unit that does not exist
 * and one that has ended cleanly; `failed` is one that ended badly, or waits to be restarted after a crash.
 */
export async function instanceState(runner: Runner, unit: string): Promise<InstanceState> {
  const { stdout } = await runner.run({
    argv: ['systemctl', 'show', '--property=ActiveState,SubState', '--', unit],
    timeoutMs: 15_000,
  });
  return parseState(stdout);
}

/** The answer of `systemctl show`; throws nothing: what it does not know counts as failed, never as stopped. */
export function parseState(output: string): InstanceState {
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(output)?.[1] ?? '';
  return stateOf({ active: value('ActiveState'), sub: value('SubState') });
}

export function stateOf({ active, sub }: { active: string; sub: string }): InstanceState {
  switch (active) {
    case 'active':
    case 'reloading':
    case 'refreshing':
      return 'running';
    case 'activating':
      return sub.startsWith('auto-restart') ? 'failed' : 'starting';
    case 'deactivating':
      return 'stopping';
    case 'inactive':
      return 'stopped';
    default:
      return 'failed';
  }
}

/** Whether anybody listens on the socket, be it a server that hangs. */
export function listens(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath);
    socket.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'ENOENT' && error.code !== 'ECONNREFUSED'),
    );
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
