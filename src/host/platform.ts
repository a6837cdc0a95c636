import { access, constants } from 'node:fs/promises';
import { RefusedError } from '../errors.js';
import { formatArgv, hostPath, type Runner } from './exec.js';

/**
 * Whether this host can carry a volume at all, and bench may change it; asked before anything else.
 * @throws RefusedError `not-linux`, `no-systemd`, `in-container`, `not-root`
 */
export async function requireVolumeHost(runner: Runner): Promise<void> {
  requireLinux();
  if (!(await isThere('/run/systemd/system'))) {
    throw new RefusedError(
      'no-systemd',
      'bench needs a host that was booted with systemd, and this one was not. Nothing was changed.',
      { suggestions: ['In a container: run bench on its host. Otherwise: boot with systemd as init.'] },
    );
  }
  await refuseContainer(runner);
  await requireRoot();
}

export const isLinux = () => process.platform === 'linux';

/** bench volumes are a matter of Linux: elsewhere the commands end here. */
export function requireLinux(): void {
  if (isLinux()) return;
  throw new RefusedError('not-linux', `${NEEDS_LINUX} Nothing was changed.`, {
    suggestions: ['Run this command on the Linux server that the bench lives on.'],
  });
}

/** One sentence with the name of the system that this is instead. */
export const NEEDS_LINUX = `bench volumes need Linux with ZFS; this is ${
  process.platform === 'darwin' ? 'macOS' : process.platform
}.`;

/** A container may have a systemd of its own, and still shares kernel, pools and device names with its host. */
async function refuseContainer(runner: Runner): Promise<void> {
  const { stdout } = await runner.run({
    argv: ['systemd-detect-virt', '--container'],
    // 1: none.
    okExitCodes: [0, 1],
  });
  const kind = stdout.trim();
  if (kind === 'none') return;
  throw new RefusedError(
    'in-container',
    `This is a container (${kind}): its pools, mounts and devices are its host's. Nothing was changed.`,
    { suggestions: ['Run bench on the host, or in a virtual machine.'] },
  );
}

/** Files below /etc and the bench's own are written by bench itself, which needs root for it. */
async function requireRoot(): Promise<void> {
  if (process.geteuid?.() === 0) return;
  const line = formatArgv(['bench', ...process.argv.slice(2)]);
  const sudo = (
    await Promise.all(
      hostPath()
        .split(':')
        .map((directory) => isThere(`${directory}/sudo`)),
    )
  ).some(Boolean);
  throw new RefusedError('not-root', 'This changes the system and needs root. Nothing was changed.', {
    suggestions: [sudo ? `sudo ${line}` : `There is no sudo here, so as root: su -c ${formatArgv([line])}`],
  });
}

function isThere(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
