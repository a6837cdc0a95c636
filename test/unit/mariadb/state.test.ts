import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Command, CommandResult } from '../../../src/host/exec.js';
import { instanceState, listens, parseState } from '../../../src/mariadb/state.js';

describe('parseState', () => {
  // Order and values as `systemctl show` prints them (systemd 257).
  it.each([
    ['active', 'running', 'running'],
    ['reloading', 'reload', 'running'],
    ['activating', 'start-pre', 'starting'],
    ['activating', 'start', 'starting'],
    ['activating', 'auto-restart', 'failed'],
    ['deactivating', 'stop-sigterm', 'stopping'],
    ['inactive', 'dead', 'stopped'],
    ['failed', 'failed', 'failed'],
    ['maintenance', 'x', 'failed'],
    ['', '', 'failed'],
  ])('takes %s (%s) for %s', (active, sub, state) => {
    expect(parseState(`ActiveState=${active}\nSubState=${sub}\n`)).toBe(state);
  });
});

describe('instanceState', () => {
  it('asks with one unprivileged process', async () => {
    const asked: Command[] = [];
    const runner = {
      run: async (command: Command): Promise<CommandResult> => {
        asked.push(command);
        return {
          argv: command.argv,
          stdout: 'ActiveState=active\nSubState=running\n',
          stderr: '',
          exitCode: 0,
          durationMs: 1,
        };
      },
    };
    expect(await instanceState(runner, 'mariadb@shop.service')).toBe('running');
    expect(asked).toHaveLength(1);
    expect(asked[0]?.privileged).toBeUndefined();
  });
});

describe('listens', () => {
  it('knows a server from a socket that nobody answers on, and from none', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bench-socket-'));
    const path = join(directory, 'mysqld.sock');
    expect(await listens(path)).toBe(false);
    await writeFile(path, '');
    expect(await listens(path)).toBe(false);
    await rm(path);
    const server = createServer().listen(path);
    await once(server, 'listening');
    expect(await listens(path)).toBe(true);
    server.close();
    await rm(directory, { recursive: true });
  });
});
