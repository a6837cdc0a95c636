import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Layout, requireUnheld, type VolumeMount } from '../bench/bench.js';
import { RefusedError } from '../errors.js';
import { formatArgv, type Runner } from '../host/exec.js';
import { bindLine, parseFstab, readFstab } from '../host/fstab.js';
import { type Mount, readMounts, showsDataset } from '../host/mounts.js';
import {
  formatProcess,
  mountedElsewhere,
  type OpenBy,
  processesBelow,
  processesOn,
} from '../host/open-files.js';
import { onOneLine } from '../printable.js';
import type { OwnHold, Snapshot } from '../zfs/zfs.js';
import { wayOut } from './dependents.js';

/**
 * A rollback destroys every newer snapshot, and ZFS refuses that half way through for one that is held or cloned.
 * @param bench empty for a data volume alone
 * @returns bench's own holds on them, which end with them
 * @throws RefusedError `snapshot-held`, `snapshot-cloned`
 */
export async function refuseHeldOrCloned(
  runner: Runner,
  newer: readonly Snapshot[],
  bench: string,
): Promise<OwnHold[]> {
  const own = await requireUnheld(runner, newer, 'The restore would destroy newer snapshots that are held');
  const cloned = newer.filter(({ clones }) => clones.length > 0);
  if (cloned.length > 0) {
    throw new RefusedError(
      'snapshot-cloned',
      `The restore would destroy newer snapshots that have clones: ${names(cloned)}. Nothing was changed.`,
      {
        suggestions: [
          `The clones: ${cloned.flatMap(({ clones }) => clones).join(', ')}`,
          ...cloned.flatMap(({ clones }) => clones.map(wayOut)),
          ...(bench === ''
            ? []
            : [
                `A copy kept by restore-snapshot --keep is dropped with: bench volume undo-restore --discard -b ${bench}`,
                'Or restore with --keep, which destroys no snapshot.',
              ]),
        ],
      },
    );
  }
  return own;
}

function names(snapshots: readonly Snapshot[]): string {
  return snapshots.map(({ tag }) => tag).join(', ');
}

/** What has ended besides, once it is done. */
export function releaseNotes(releases: readonly OwnHold[]): string[] {
  if (releases.length === 0) return [];
  const which = releases.map(({ snapshot, hold }) => `${snapshot} (${hold})`).join(', ');
  return [`Bench's own holds, for copies elsewhere, ended with newer snapshots: ${which}.`];
}

/**
 * Processes of the units that a restore stops are not in its way; anybody else's would keep the dataset busy, or go
 * on with a copy of the mount that nobody else sees.
 * @throws RefusedError `dataset-busy`, `dataset-mounted-elsewhere`
 */
export async function refuseOpenFiles(layout: Layout, units: readonly string[]): Promise<void> {
  refuseOtherMounts(layout, await readMounts());
  const seen = await usersOf(layout, units);
  if (seen.length === 0) return;
  // Somebody may have looked at one file just then.
  await sleep(SECOND_LOOK_MS);
  const inTheWay = (await usersOf(layout, units)).filter(({ pid }) => seen.some((user) => user.pid === pid));
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

const SECOND_LOOK_MS = 300;

/** Who uses a dataset, by its files or by a mount of it in another mount namespace, and is none of these units. */
async function usersOf({ dataset, volumes }: Layout, units: readonly string[]): Promise<OpenBy[]> {
  const mounts = (await readMounts()).filter(isOf(dataset));
  const users = await processesOn(mounts.map(({ target }) => target));
  // Of a volume that others may have, too, those that came by this bench, or by the place that only root goes to.
  const paths = volumes.flatMap(({ target, mountpoint }) => [target, mountpoint]);
  const ofVolumes = paths.length === 0 ? [] : await processesBelow(paths);
  const found = [...users, ...(await mountedElsewhere(dataset)), ...ofVolumes];
  const once = found.filter(({ pid }, index) => found.findIndex((other) => other.pid === pid) === index);
  return once.filter(({ unit }) => unit === undefined || !units.includes(unit));
}

/** Mounts of a dataset, and of its snapshots that somebody looks at below `.zfs`. */
function isOf(dataset: string): (mount: Mount) => boolean {
  return ({ source }) => source.split('@')[0] === dataset;
}

/**
 * What else is mounted of the dataset, or in it, would keep it from being unmounted, or go on to show stale pages.
 * Snapshots below `.zfs` go along with it (zfsprops(7), snapdir).
 * @throws RefusedError `dataset-mounted-elsewhere`
 */
export function refuseOtherMounts(layout: Layout, mounts: readonly Mount[]): void {
  const ours = [layout.mountpoint, ...Object.values(layout.parts).map(({ target }) => target)];
  const ofVolumes = layout.volumes.flatMap((volume) => placesOf(layout, volume));
  const others = mounts.filter((mount) => {
    if (ours.includes(mount.target) || mount.source.startsWith(`${layout.dataset}@`)) return false;
    if (ofVolumes.includes(mount.target)) return false;
    return mount.source === layout.dataset || ours.some((path) => mount.target.startsWith(`${path}/`));
  });
  if (others.length === 0) return;
  throw new RefusedError(
    'dataset-mounted-elsewhere',
    `More is mounted of the bench, or in its directories, than bench has mounted: ${others.map(({ target }) => onOneLine(target)).join(', ')}. ` +
      'Nothing was changed.',
    { suggestions: others.map(({ target }) => formatArgv(['umount', target])) },
  );
}

/** A mount below one of the two ways to the bench's directory appears below the other one as well. */
function placesOf({ parts }: Layout, { target }: VolumeMount): string[] {
  const { source, target: directory } = parts.benches;
  return [target, join(source, relative(directory, target))];
}

/**
 * The bind mounts come back by their lines in fstab; found missing only then, the bench would stay down.
 * @throws RefusedError `fstab-missing`
 */
export async function refuseMissingFstab(layout: Layout, bench: string): Promise<void> {
  const entries = parseFstab(await readFstab());
  const missing = [...Object.values(layout.parts), ...layout.volumes].filter(
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
