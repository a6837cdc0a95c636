import { isDeepStrictEqual } from 'node:util';
import { aloneOn, refuseUnfinishedRestore, requireOwnDataset } from '../bench/bench.js';
import type { BenchConfig, Policy } from '../config/config.js';
import { UsageError, VolumeError } from '../errors.js';
import { CommandError, type Runner } from '../host/exec.js';
import { parseReclaim } from '../snapshot/snapshot-orchestrator.js';
import { destroySnapshots, listSnapshots, type Snapshot } from '../zfs/zfs.js';
import { type Reason, retain, type Verdict } from './retain.js';

/** What `bench volume prune --json` prints. */
export interface PruneResult {
  dataset: string;
  dryRun: boolean;
  /** Every snapshot, newest first. */
  snapshots: {
    tag: string;
    /** ISO 8601, UTC. */
    createdAt: string;
    /** What keeps it; nothing where it is pruned. */
    keptBy: Reason[];
  }[];
  /** Tags, newest first; with `dryRun` those that would be. */
  pruned: string[];
  freedBytes: number;
  /** Snapshots from the future, newest first: while there are any, nothing is pruned. */
  fromTheFuture: string[];
}

/**
 * The kernel takes no argument of 128 KiB or more (execve(2), MAX_ARG_STRLEN), and all the names are one: some 6,000
 * snapshots go at once, the rest after them.
 */
const LONGEST_LIST_BYTES = 100_000;

/**
 * What the rules of bench.toml would destroy of a bench, and why everything else stays. Changes nothing.
 * @throws UsageError `policy-missing`, RefusedError `restore-unfinished`
 */
export async function previewPrune(config: BenchConfig, runner: Runner): Promise<PruneResult> {
  const verdicts = await judge(config, runner);
  const pruned = prunable(verdicts);
  let freedBytes = 0;
  for (const tags of batches(config.volume.dataset, pruned)) {
    const { stdout } = await runner.run(destroySnapshots(config.volume.dataset, tags, { dryRun: true }));
    freedBytes += parseReclaim(stdout);
  }
  return { ...resultOf(config, verdicts), dryRun: true, pruned, freedBytes };
}

/**
 * Destroys what no rule keeps, by one process as long as the names fit into one argument; then looks again. ZFS takes
 * all of a list or none, and none that is held or cloned by then.
 * @throws UsageError `policy-missing`; RefusedError `restore-unfinished`; BusyError `busy`; VolumeError
 *   `prune-incomplete`
 */
export function prune(config: BenchConfig, host: Runner): Promise<PruneResult> {
  return aloneOn(config, host, 'bench volume prune', async (runner) => {
    const found = await previewPrune(config, runner);
    try {
      return await carryOut(found, runner);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      // Somebody may have cloned or held one of them since; what was destroyed before is gone, and in no new list.
      const again = await previewPrune(config, runner);
      if (isDeepStrictEqual(again.pruned, found.pruned)) throw error;
      return carryOut(again, runner);
    }
  });
}

async function carryOut(found: PruneResult, runner: Runner): Promise<PruneResult> {
  const { dataset, pruned } = found;
  for (const tags of batches(dataset, pruned)) await runner.run(destroySnapshots(dataset, tags));
  if (pruned.length > 0) await lookAgain(runner, dataset, pruned);
  return { ...found, dryRun: false };
}

async function judge(config: BenchConfig, runner: Runner): Promise<Verdict<Snapshot>[]> {
  const policy = requirePolicy(config);
  await refuseUnfinishedRestore(config.name);
  await requireOwnDataset(config, runner);
  return retain(await listSnapshots(runner, config.volume.dataset), policy, new Date());
}

function requirePolicy({ name, schedule }: BenchConfig): Policy {
  if (schedule?.policy !== undefined) return schedule.policy;
  throw new UsageError('policy-missing', `bench.toml of ${name} does not say what to keep.`, {
    suggestions: [`bench config set schedule.keep.daily 14 -b ${name}`],
  });
}

function prunable(verdicts: readonly Verdict<Snapshot>[]): string[] {
  return verdicts.filter(({ keptBy }) => keptBy.length === 0).map(({ snapshot }) => snapshot.tag);
}

function resultOf({ volume }: BenchConfig, verdicts: readonly Verdict<Snapshot>[]) {
  const now = new Date();
  return {
    dataset: volume.dataset,
    snapshots: verdicts.map(({ snapshot: { tag, createdAt }, keptBy }) => ({
      tag,
      createdAt: createdAt.toISOString(),
      keptBy,
    })),
    fromTheFuture: verdicts
      .filter(({ snapshot }) => snapshot.createdAt > now)
      .map(({ snapshot }) => snapshot.tag),
  };
}

/** Tags in lists that fit into one argument each, with the dataset's name. Pure. */
export function batches(dataset: string, tags: readonly string[]): string[][] {
  const lists: string[][] = [];
  let left = 0;
  for (const tag of tags) {
    const bytes = Buffer.byteLength(tag) + 1;
    if (bytes > left) {
      lists.push([]);
      left = LONGEST_LIST_BYTES - Buffer.byteLength(dataset);
    }
    lists.at(-1)?.push(tag);
    left -= bytes;
  }
  return lists;
}

/** That `zfs destroy` ended well is not yet that they are gone. */
async function lookAgain(runner: Runner, dataset: string, pruned: readonly string[]): Promise<void> {
  const gone = new Set(pruned);
  const left = (await listSnapshots(runner, dataset)).filter(({ tag }) => gone.has(tag));
  if (left.length === 0) return;
  const tags = left.map(({ tag }) => tag).join(', ');
  throw new VolumeError('prune-incomplete', `zfs reported success, but ${dataset} still has ${tags}.`, {
    suggestions: [`zfs list -t snapshot -o name,defer_destroy,userrefs ${dataset}`],
  });
}
