import { realpath } from 'node:fs/promises';
import { RefusedError } from '../errors.js';
import { type Mount, readMounts } from '../host/mounts.js';
import {
  formatProcess,
  mountedElsewhere,
  type OpenBy,
  processesOn,
  processesWithDevice,
} from '../host/open-files.js';
import { devicePath, type Volume } from '../registry/registry.js';

/** Where this host has a volume mounted, whoever did that. */
export async function mountsOf(volume: Pick<Volume, 'kind' | 'dataset'>): Promise<Mount[]> {
  const mounts = await readMounts();
  if (volume.kind === 'filesystem')
    return mounts.filter(({ source }) => source.split('@')[0] === volume.dataset);
  const device = await realpath(devicePath(volume.dataset)).catch(() => undefined);
  const found = await Promise.all(
    mounts.map(async (mount) => {
      const isDevice = mount.source.startsWith('/dev/') && mount.fstype !== 'zfs';
      return isDevice && device !== undefined && (await realpath(mount.source).catch(() => '')) === device
        ? [mount]
        : [];
    }),
  );
  return found.flat();
}

/** The processes that use a volume by the kernel's word: files of it, its device, or a mount of it elsewhere. */
export async function usersOf(volume: Pick<Volume, 'kind' | 'dataset'>): Promise<OpenBy[]> {
  const mounts = await mountsOf(volume);
  const withFiles = await processesOn(mounts.map(({ target }) => target));
  const others =
    volume.kind === 'block'
      ? await processesWithDevice(devicePath(volume.dataset))
      : await mountedElsewhere(volume.dataset);
  return [...withFiles, ...others.filter(({ pid }) => !withFiles.some((user) => user.pid === pid))];
}

/**
 * What stands in the registry is not all: somebody may use a volume without having said so.
 * @throws RefusedError `volume-open` that names the processes, `volume-mounted` the place
 */
export async function refuseOpen(volume: Volume, what: string): Promise<void> {
  const users = await usersOf(volume);
  if (users.length > 0) {
    throw new RefusedError(
      'volume-open',
      `${volume.name} cannot be ${what}: these processes use it: ${users.map(formatProcess).join(', ')}. Nothing was changed.`,
      { suggestions: ['End them, or leave the directory if it is your shell; then run the command again.'] },
    );
  }
  const [mount] = await mountsOf(volume);
  if (mount === undefined || volume.kind === 'filesystem') return;
  throw new RefusedError(
    'volume-mounted',
    `${volume.name} cannot be ${what} while it is mounted at ${mount.target}. Nothing was changed.`,
    { suggestions: [`umount ${mount.target}`] },
  );
}
