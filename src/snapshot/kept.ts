import { OVERLAYS, releaseOwnHolds, VOLUMES } from '../bench/bench.js';
import { RefusedError, UsageError } from '../errors.js';
import { formatArgv, type Runner } from '../host/exec.js';
import { readMounts } from '../host/mounts.js';
import { onOneLine } from '../printable.js';
import { destroyDataset, findDataset, holdsOn, listSnapshots, localProperty, rows } from '../zfs/zfs.js';
import { wayOut } from './dependents.js';

/**
 * The copy that `restore-snapshot --keep` sets aside lies beside the bench's dataset as `_<leaf>.kept`. No bench can
 * be called so: the leaf of a bench begins with a letter. The mark, not the name, is what allows to destroy it.
 */
export const KEPT_MARK = 'bench:kept';

export interface KeptNames {
  live: string;
  kept: string;
  /** Used while two of them change places. */
  aside: string;
}

export function keptNames(dataset: string): KeptNames {
  const slash = dataset.lastIndexOf('/');
  const beside = (suffix: string) => `${dataset.slice(0, slash)}/_${dataset.slice(slash + 1)}.${suffix}`;
  return { live: dataset, kept: beside('kept'), aside: beside('aside') };
}

/** The dataset that a copy is kept of, by the name that {@link keptNames} gives it. */
export function liveOf(kept: string): string {
  const slash = kept.lastIndexOf('/');
  return `${kept.slice(0, slash)}/${kept.slice(slash + 2).replace(/\.kept$/, '')}`;
}

/**
 * The volumes that were set aside together: they carry one mark. One process for all.
 * @param keptAt that mark
 */
export async function keptWith(runner: Runner, pool: string, keptAt: string): Promise<string[]> {
  const { stdout } = await runner.run({
    argv: [
      'zfs',
      'list',
      '-H',
      '-d',
      '1',
      '-t',
      'filesystem',
      '-o',
      `name,${KEPT_MARK}`,
      `${pool}/${VOLUMES}`,
      `${pool}/${OVERLAYS}`,
    ],
    // 1 where the pool has no such place.
    okExitCodes: [0, 1],
  });
  return rows(stdout, ['name', KEPT_MARK] as const, 'zfs list').flatMap(([name, mark]) =>
    mark === keptAt && /\/_[^/]+\.kept$/.test(name) ? [name] : [],
  );
}

export interface KeptCopy {
  dataset: string;
  /** ISO 8601, UTC. */
  keptAt: string;
  /** What it takes beside the live dataset, which owns the snapshots that both have. */
  usedBytes: number;
  snapshots: string[];
}

/** The copy that `undo-restore` would bring back; undefined where there is none that carries the mark. */
export async function findKept(runner: Runner, live: string): Promise<KeptCopy | undefined> {
  return findMarked(runner, keptNames(live).kept);
}

/** A dataset that bench has set aside; undefined for any other. */
export async function findMarked(runner: Runner, name: string): Promise<KeptCopy | undefined> {
  const found = await findDataset(runner, name);
  if (found === undefined) return undefined;
  const keptAt = await localProperty(runner, name, KEPT_MARK);
  if (keptAt === undefined) return undefined;
  const snapshots = (await listSnapshots(runner, name)).map(({ tag }) => tag);
  return { dataset: name, keptAt, usedBytes: found.usedBytes, snapshots };
}

/** @throws UsageError `nothing-kept` */
export async function requireKept(runner: Runner, live: string, bench: string): Promise<KeptCopy> {
  const kept = await findKept(runner, live);
  if (kept !== undefined) return kept;
  throw new UsageError('nothing-kept', `There is nothing to undo: no copy of ${live} is kept.`, {
    suggestions: [`Only restore-snapshot --keep keeps one: bench volume status -b ${bench}`],
  });
}

/**
 * What would keep a copy from being dropped, found before anything is touched.
 * @throws RefusedError `kept-in-use`
 */
export async function refuseUndroppable(runner: Runner, name: string): Promise<void> {
  const snapshots = await listSnapshots(runner, name);
  const { others } = await holdsOn(runner, snapshots);
  const inTheWay = [
    ...others.map(({ snapshot, hold }) => `${snapshot} is held (${onOneLine(hold)})`),
    ...snapshots.flatMap(({ name: snapshot, clones }) =>
      clones.length > 0 ? [`${snapshot} is cloned as ${clones.join(', ')}`] : [],
    ),
  ];
  if (inTheWay.length === 0) return;
  throw new RefusedError(
    'kept-in-use',
    `The kept copy cannot be dropped: ${inTheWay.join('; ')}. Nothing was changed.`,
    {
      suggestions: [
        ...others.map(({ snapshot, hold }) => formatArgv(['zfs', 'release', hold, snapshot])),
        ...snapshots.flatMap(({ clones }) => clones.map(wayOut)),
      ],
    },
  );
}

/**
 * A copy that somebody has mounted, to take a file from it, can neither be renamed nor dropped.
 * @throws RefusedError `kept-mounted`
 */
export async function refuseMountedCopy(name: string): Promise<void> {
  const mount = (await readMounts()).find(({ source }) => source.split('@')[0] === name);
  if (mount === undefined) return;
  throw new RefusedError(
    'kept-mounted',
    `The kept copy ${name} is mounted at ${mount.target}. Nothing was changed.`,
    { suggestions: [`zfs unmount ${name}`] },
  );
}

/** Drops a copy with its snapshots; nothing where there is none. Never another dataset of that name. */
export async function dropKept(runner: Runner, name: string): Promise<void> {
  if ((await findMarked(runner, name)) === undefined) return;
  // No copy elsewhere builds on what is set aside: the next one builds on what is live.
  await releaseOwnHolds(runner, await listSnapshots(runner, name));
  await runner.run(destroyDataset(name));
}
