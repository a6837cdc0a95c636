import { isDeepStrictEqual } from 'node:util';
import { aloneOn, refuseUnfinishedRestore, requireOwnDataset } from '../bench/bench.js';
import type { BenchConfig, Policy } from '../config/config.js';
import { UsageError, VolumeError } from '../errors.js';
import { CommandError, type Runner } from '../host/exec.js';
import { type Reason, retain, type Verdict } from '../retention/retention.js';
import {
  boundAmong,
  parseReclaim,
  type TakenAlong,
  takenAlong,
  verdictOf,
} from '../snapshot/snapshot-orchestrator.js';
import { destroySnapshots, listSnapshots, type Snapshot } from '../zfs/zfs.js';

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
  /** The snapshots of volumes that were taken at the same moments, and go with them. */
  volumes: TakenAlong[];
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
  const volumes = await alongWith(config, runner, prunable(verdicts));
  await keepNeeded(runner, verdicts, volumes);
  const pruned = prunable(verdicts);
  const found = {
    ...resultOf(config, verdicts),
    dryRun: true,
    pruned,
    volumes: volumes
      .map(({ dataset, tags }) => ({ dataset, tags: tags.filter((tag) => pruned.includes(tag)) }))
      .filter(({ tags }) => tags.length > 0),
  };
  let freedBytes = 0;
  for (const { dataset, tags } of listsOf(found)) {
    const { stdout } = await runner.run(destroySnapshots(dataset, tags, { dryRun: true }));
    freedBytes += parseReclaim(stdout);
  }
  return { ...found, freedBytes };
}

/** So many snapshots are asked for at once: all of their names are arguments, which have a limit together. */
const ASKED_AT_ONCE = 1000;

async function alongWith(
  config: BenchConfig,
  runner: Runner,
  tags: readonly string[],
): Promise<TakenAlong[]> {
  const found = new Map<string, string[]>();
  for (let from = 0; from < tags.length; from += ASKED_AT_ONCE) {
    const some = await takenAlong(config, runner, tags.slice(from, from + ASKED_AT_ONCE));
    for (const along of some) found.set(along.dataset, [...(found.get(along.dataset) ?? []), ...along.tags]);
  }
  return [...found].map(([dataset, along]) => ({ dataset, tags: along }));
}

/** A snapshot stays as long as one that was taken along with it has to. */
async function keepNeeded(
  runner: Runner,
  verdicts: readonly Verdict<Snapshot>[],
  volumes: readonly TakenAlong[],
): Promise<void> {
  for (const along of volumes) {
    for (const tag of await boundAmong(runner, along)) {
      const verdict = verdicts.find(({ snapshot }) => snapshot.tag === tag);
      if (verdict !== undefined && !verdict.keptBy.includes('needed')) verdict.keptBy.push('needed');
    }
  }
}

/** Volumes first: cut off between, the next run goes on from the snapshots of the bench that are left. */
function listsOf(found: Pick<PruneResult, 'dataset' | 'pruned' | 'volumes'>): TakenAlong[] {
  return [...found.volumes, { dataset: found.dataset, tags: found.pruned }].flatMap(({ dataset, tags }) =>
    batches(dataset, tags).map((batch) => ({ dataset, tags: batch })),
  );
}

/**
 * Destroys what no rule keeps, by one process a dataset as long as the names fit into one argument; then looks again. ZFS takes
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
  for (const list of listsOf(found)) await runner.run(destroySnapshots(list.dataset, list.tags));
  if (pruned.length > 0) await lookAgain(runner, dataset, pruned);
  return { ...found, dryRun: false };
}

async function judge(config: BenchConfig, runner: Runner): Promise<Verdict<Snapshot>[]> {
  const policy = requirePolicy(config);
  await refuseUnfinishedRestore(config.name);
  await requireOwnDataset(config, runner);
  const snapshots = await listSnapshots(runner, config.volume.dataset);
  return retain(
    snapshots.map((snapshot) => ({ ...snapshot, proof: proofOf(snapshot) })),
    policy,
    new Date(),
  );
}

/** Other answers than bench.toml expects are no damage. */
function proofOf(snapshot: Snapshot): 'good' | 'bad' | undefined {
  const verdict = verdictOf(snapshot)?.verdict;
  return verdict === 'ok' ? 'good' : verdict === 'damaged' ? 'bad' : undefined;
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
