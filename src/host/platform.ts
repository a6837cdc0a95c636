import { access } from 'node:fs/promises';
import { RefusedError } from '../errors.js';

/**
 * Whether this host can carry a volume at all; asked before anything else.
 * @throws RefusedError `not-linux`, `no-systemd`, `not-root`
 */
export async function requireVolumeHost(command: string): Promise<void> {
  requireLinux();
  if (
    !(await access('/run/systemd/system').then(
      () => true,
      () => false,
    ))
  ) {
    throw new RefusedError('no-systemd', 'bench needs a Linux host that was booted with systemd.', {
      suggestions: ['A container has no ZFS, mounts and units of its own: run bench on the host.'],
    });
  }
  requireRoot(command);
}

/** bench volumes are a matter of Linux: elsewhere the commands end here. */
export function requireLinux(): void {
  if (process.platform === 'linux') return;
  throw new RefusedError('not-linux', `bench volumes need Linux with ZFS; this is ${process.platform}.`);
}

/** Files below /etc and the bench's own are written by bench itself, which needs root for it. */
export function requireRoot(command: string): void {
  if (process.geteuid?.() === 0) return;
  throw new RefusedError(
    'not-root',
    `bench ${command} changes the system and needs root. Nothing was changed.`,
    {
      suggestions: [`sudo bench ${command}`],
    },
  );
}
