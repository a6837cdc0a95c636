import { RefusedError } from '../errors.js';
import { bindLine, parseFstab, readFstab } from '../host/fstab.js';
import { readMounts, showsDataset } from '../host/mounts.js';
import { mountedElsewhere, type OpenBy, processesOn } from '../host/open-files.js';
import type { Layout } from '../volume-manager/layout.js';
import type { Snapshot } from '../volume-manager/zfs.js';

/**
 * A rollback destroys every newer snapshot, and ZFS refuses that half way through for one that is held or cloned.
 * @throws RefusedError `snapshot-held`, `snapshot-cloned`
 */
export function refuseHeldOrCloned(newer: readonly Snapshot[]): void {
  const held = newer.filter(({ holds }) => holds > 0);
  if (held.length > 0) {
    throw new RefusedError(
      'snapshot-held',
      `The restore would destroy newer snapshots that are held: ${names(held)}. Nothing was changed.`,
      { suggestions: [`zfs holds ${held.map(({ name }) => name).join(' ')}`] },
    );
  }
  const cloned = newer.filter(({ clones }) => clones.length > 0);
  if (cloned.length > 0) {
    throw new RefusedError(
      'snapshot-cloned',
      `The restore would destroy newer snapshots that have clones: ${names(cloned)}. Nothing was changed.`,
      { suggestions: [`The clones: ${cloned.flatMap(({ clones }) => clones).join(', ')}`] },
    );
  }
}

function names(snapshots: readonly Snapshot[]): string {
  return snapshots.map(({ tag }) => tag).join(', ');
}

/**
 * Processes of the units that a restore stops are not in its way; anybody else's would keep the dataset busy, or go
 * on with a copy of the mount that nobody else sees.
 * @throws RefusedError `dataset-busy`
 */
export async function refuseOpenFiles(layout: Layout, units: readonly string[]): Promise<void> {
  const users = (await isVisible(layout)) ? await processesOn(layout.mountpoint) : [];
  const others = (await mountedElsewhere(layout.dataset)).filter(
    ({ pid }) => !users.some((user) => user.pid === pid),
  );
  const inTheWay = [...users, ...others].filter(({ unit }) => unit === undefined || !units.includes(unit));
  if (inTheWay.length === 0) return;
  throw new RefusedError(
    'dataset-busy',
    `These processes use files of the bench: ${inTheWay.map(formatProcess).join(', ')}. Nothing was changed.`,
    {
      suggestions: [
        'End them, or leave the directory if it is your shell; then run the command again.',
        'Services of the bench belong into maintenance.units of bench.toml: a restore stops and starts those.',
      ],
    },
  );
}

function formatProcess({ name, pid, unit, elsewhere }: OpenBy): string {
  const notes = [`pid ${pid}`, ...(unit === undefined ? [] : [unit])];
  if (elsewhere) notes.push('in a mount namespace of its own');
  return `${name} (${notes.join(', ')})`;
}

/**
 * The bind mounts come back by their lines in fstab; found missing only then, the bench would stay down.
 * @throws RefusedError `fstab-missing`
 */
export async function refuseMissingFstab(layout: Layout, bench: string): Promise<void> {
  const entries = parseFstab(await readFstab());
  const missing = Object.values(layout.parts).filter(
    ({ source, target }) => !entries.some((entry) => entry.source === source && entry.target === target),
  );
  if (missing.length === 0) return;
  throw new RefusedError(
    'fstab-missing',
    `/etc/fstab does not mount ${missing.map(({ source, target }) => `${source} at ${target}`).join(', ')}, ` +
      'so the restored bench could not be mounted. Nothing was changed.',
    {
      suggestions: [
        ...missing.map(({ source, target }) => `Add to /etc/fstab: ${bindLine(source, target)}`),
        `Or let bench init -b ${bench} add it, where no restore was interrupted.`,
      ],
    },
  );
}

/** Whether the dataset is mounted at its mountpoint. */
export async function isVisible(layout: Layout): Promise<boolean> {
  return showsDataset(await readMounts(), layout.mountpoint, layout.dataset, '/');
}
