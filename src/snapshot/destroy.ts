import { aloneOn, refuseUnfinishedRestore, requireOwnDataset } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { RefusedError, UsageError } from '../errors.js';
import { formatArgv, type Runner } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import { destroySnapshots as destroyCommand, holdTags, listSnapshots, type Snapshot } from '../zfs/zfs.js';
import { wayOut } from './dependents.js';
import { type TakenAlong, takenAlong } from './members.js';

/** What `bench volume destroy-snapshot --json` prints. */
export interface DestroyResult {
  dataset: string;
  /** Tags, newest first. */
  destroyed: string[];
  /** The snapshots of volumes that were taken at the same moments, and go with them. */
  volumes: TakenAlong[];
  freedBytes: number;
}

/**
 * Everything that can speak against it, checked for all of the snapshots before any is touched.
 * @param names tags, or full names `<dataset>@<tag>`
 * @throws UsageError `snapshot-missing`, `snapshot-elsewhere`; RefusedError `snapshot-not-ours`, `snapshot-pinned`,
 *   `snapshot-held`, `snapshot-cloned`, `restore-unfinished`
 */
export async function previewDestroy(
  config: BenchConfig,
  runner: Runner,
  names: readonly string[],
): Promise<DestroyResult> {
  await refuseUnfinishedRestore(config.name);
  await requireOwnDataset(config, runner);
  const { dataset } = config.volume;
  const snapshots = await listSnapshots(runner, dataset);
  const chosen = chooseSnapshots(config, snapshots, names, await holdTags(runner, snapshots));
  const tags = chosen.map(({ tag }) => tag);
  const volumes = await takenAlong(config, runner, tags);
  await refuseOfVolumes(runner, volumes);
  let freedBytes = 0;
  for (const { dataset: from, tags: which } of [...volumes, { dataset, tags }]) {
    const { stdout } = await runner.run(destroyCommand(from, which, { dryRun: true }));
    freedBytes += parseReclaim(stdout);
  }
  return { dataset, destroyed: tags, volumes, freedBytes };
}

/** What was taken along goes with it, but is nobody's else: held or cloned, it stops the whole. */
async function refuseOfVolumes(runner: Runner, volumes: readonly TakenAlong[]): Promise<void> {
  for (const { dataset, tags } of volumes) {
    const snapshots = (await listSnapshots(runner, dataset)).filter(({ tag }) => tags.includes(tag));
    refuseNeeded(snapshots, await holdTags(runner, snapshots));
  }
}

/**
 * Destroys them all or none: ZFS does it in one transaction. The snapshots of volumes that were taken along go first:
 * cut off between, the same command goes on.
 */
export async function destroySnapshots(
  config: BenchConfig,
  host: Runner,
  names: readonly string[],
): Promise<DestroyResult> {
  return aloneOn(config, host, 'bench volume destroy-snapshot', async (runner) => {
    const found = await previewDestroy(config, runner, names);
    for (const { dataset, tags } of found.volumes) await runner.run(destroyCommand(dataset, tags));
    await runner.run(destroyCommand(found.dataset, found.destroyed));
    return found;
  });
}

/** The snapshots meant, newest first, each once. Pure; every name that can be destroyed comes from ZFS's own list. */
export function chooseSnapshots(
  {
    name: bench,
    volume: { dataset },
    list = `bench volume list-snapshots -b ${bench}`,
  }: Pick<BenchConfig, 'name'> & {
    volume: Pick<BenchConfig['volume'], 'dataset'>;
    /** The command that lists them. */
    list?: string;
  },
  snapshots: readonly Snapshot[],
  names: readonly string[],
  holds: ReadonlyMap<string, readonly string[]>,
): Snapshot[] {
  const elsewhere = names.filter((name) => name.includes('@') && !name.startsWith(`${dataset}@`));
  if (elsewhere.length > 0) {
    throw new UsageError(
      'snapshot-elsewhere',
      `${elsewhere.map(onOneLine).join(', ')}: not a snapshot of ${dataset}. Nothing was changed.`,
    );
  }
  const tags = new Set(names.map((name) => name.slice(name.indexOf('@') + 1)));
  const chosen = snapshots.filter(({ tag }) => tags.has(tag));
  const missing = [...tags].filter((tag) => !chosen.some((snapshot) => snapshot.tag === tag));
  if (missing.length > 0) {
    throw new UsageError(
      'snapshot-missing',
      `${dataset} has no snapshot ${missing.map(onOneLine).join(', ')}. Nothing was changed.`,
      { suggestions: [list] },
    );
  }
  const foreign = chosen.filter(({ name, quiesce }) => quiesce === undefined && !names.includes(name));
  if (foreign.length > 0) {
    throw new RefusedError(
      'snapshot-not-ours',
      `bench did not make ${tagsOf(foreign)}. Nothing was changed.`,
      { suggestions: foreign.map(({ name }) => `If you mean it, name it in full: ${name}`) },
    );
  }
  const pinned = chosen.filter((snapshot) => snapshot.pinned);
  if (pinned.length > 0) {
    throw new RefusedError('snapshot-pinned', `Pinned: ${tagsOf(pinned)}. Nothing was changed.`, {
      suggestions: pinned.map(({ tag }) => formatArgv(['bench', 'volume', 'unpin', tag, '-b', bench])),
    });
  }
  refuseNeeded(chosen, holds);
  return chosen;
}

/** @throws RefusedError `snapshot-held`, `snapshot-cloned` */
function refuseNeeded(chosen: readonly Snapshot[], holds: ReadonlyMap<string, readonly string[]>): void {
  const held = chosen.filter((snapshot) => snapshot.holds > 0);
  if (held.length > 0) {
    const by = held.map(
      ({ name, tag }) => `${tag} (hold ${(holds.get(name) ?? ['?']).map(onOneLine).join(', ')})`,
    );
    throw new RefusedError('snapshot-held', `Held: ${by.join('; ')}. Nothing was changed.`, {
      suggestions: held.flatMap(({ name }) =>
        (holds.get(name) ?? []).map((hold) => formatArgv(['zfs', 'release', hold, name])),
      ),
    });
  }
  const cloned = chosen.filter(({ clones }) => clones.length > 0);
  if (cloned.length > 0) {
    const by = cloned.map(({ tag, clones }) => `${tag} (clone ${clones.join(', ')})`);
    throw new RefusedError('snapshot-cloned', `In use: ${by.join('; ')}. Nothing was changed.`, {
      suggestions: cloned.flatMap(({ clones }) => clones.map(wayOut)),
    });
  }
}

function tagsOf(snapshots: readonly Snapshot[]): string {
  return snapshots.map(({ tag }) => tag).join(', ');
}

/** `zfs destroy -n -v -p` ends with a line `reclaim<tab>bytes`. */
export function parseReclaim(stdout: string): number {
  return Number(/^reclaim\t(\d+)$/m.exec(stdout)?.[1] ?? 0);
}
