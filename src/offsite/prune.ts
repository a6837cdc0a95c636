import { refuseSuperseded } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { type OnStep, perform } from '../steps/steps.js';
import { storedBytes } from './complete.js';
import { readCopies } from './copies.js';
import { readPushJournal } from './journal.js';
import { below, type CopyReason, judgeCopies } from './judge-copies.js';
import { copyPrefix, MANIFEST } from './layout.js';
import type { Manifest } from './manifest.js';
import { aloneOnCopies, openStore, requireOffsite } from './open.js';
import { readOffsiteRecord } from './record.js';
import { type Store, StoreError } from './store.js';
import { refuseVanished } from './vanished.js';

/** For so long parts without a manifest stay: in milliseconds. */
const UNFINISHED_MS = 24 * 3_600_000;

/** What `bench offsite prune --json` prints. */
export interface CopyPruneResult {
  bench: string;
  url: string;
  dryRun: boolean;
  /** The oldest snapshot first. */
  copies: { id: string; createdAt: string; keptBy: CopyReason[] }[];
  /** Ids, in the order in which they go: what builds on others first. */
  pruned: string[];
  /** Parts of copies that were never whole. */
  removed: string[];
  /** What the store did not let go. */
  refused: { id: string; message: string }[];
  freedBytes: number;
}

/**
 * Takes away the copies that no rule keeps, and what unfinished ones have left. Each loses its manifest first, so that nothing
 * half is ever a copy; what builds on others goes before these.
 * @throws UsageError `policy-missing`; RefusedError `superseded`
 */
export async function pruneCopies(
  bench: BenchConfig,
  host: Runner,
  { dryRun, onStep = () => undefined }: { dryRun: boolean; onStep?: OnStep },
): Promise<CopyPruneResult> {
  const config = await requireOffsite(bench);
  const { name, offsite } = config;
  if (offsite.policy === undefined)
    throw new UsageError('policy-missing', `bench.toml of ${name} does not say which copies to keep.`, {
      suggestions: [`bench config set offsite.keep.daily 14 -b ${name}`],
    });
  return aloneOnCopies(config, host, 'bench offsite prune', async (runner) => {
    // Below the same prefix the host that runs the bench now has its copies.
    await refuseSuperseded(name);
    const store = await openStore(offsite, runner);
    const found = await readCopies(store, name);
    // A view that is not whole is nothing to judge by.
    const record = await readOffsiteRecord(name);
    refuseVanished(record, offsite, found);
    const { copies, unfinished } = found;
    const judged = judgeCopies(copies, offsite.policy, new Date(), {
      verdicts: record.verdicts,
      unread: found.damaged.map(({ id }) => id),
    });
    const going = judged
      .filter(({ keptBy }) => keptBy.length === 0)
      .map(({ copy }) => copy)
      .reverse()
      // Whatever their times say: a clock may have been set back between them.
      .sort((a, b) => b.chain.increments - a.chain.increments);
    const begun = (await readPushJournal(name))?.begin.id;
    const result: CopyPruneResult = {
      bench: name,
      url: offsite.url,
      dryRun,
      copies: judged.map(({ copy, keptBy }) => ({ id: copy.id, createdAt: copy.snapshot.createdAt, keptBy })),
      pruned: [],
      // What a push is to go on with stays.
      removed: [],
      refused: [],
      freedBytes: 0,
    };
    await deleteCopies(store, copies, going, result, onStep);
    for (const id of unfinished.filter((each) => each !== begun)) {
      if (!(await isOld(store, name, id))) continue;
      if (dryRun || (await takeAwayParts(store, name, id, result))) result.removed.push(id);
    }
    return result;
  });
}

/**
 * What builds on others goes before these, and what stays of it keeps them. What went, and what the store did not let go, is
 * written into the result.
 * @param copies all that are there
 * @param going some of them, what builds on others first
 */
export async function deleteCopies(
  store: Store,
  copies: readonly Manifest[],
  going: readonly Manifest[],
  result: CopyPruneResult,
  onStep: OnStep,
): Promise<void> {
  const { dryRun } = result;
  const left = new Map(copies.map((copy) => [copy, below(copies, copy)]));
  for (const copy of going) {
    const [above] = [...left].find(([, needed]) => needed.includes(copy)) ?? [];
    if (above !== undefined) {
      result.refused.push({
        id: copy.id,
        message: `is needed: ${above.id} builds on it, and was not deleted`,
      });
      continue;
    }
    const went = dryRun ? 'all' : await takeAway(store, copy, result, onStep);
    if (went !== 'nothing') left.delete(copy);
    if (went !== 'all') continue;
    result.pruned.push(copy.id);
    result.freedBytes += storedBytes(copy);
  }
}

async function takeAway(
  store: Store,
  copy: Manifest,
  result: CopyPruneResult,
  onStep: OnStep,
): Promise<'nothing' | 'manifest' | 'all'> {
  return perform(
    `Delete the copy ${copy.id}`,
    async () => {
      // What is not let go stays a copy, whole.
      const head = await store.head(`${copyPrefix(copy.bench, copy.id)}${MANIFEST}`);
      if (head?.lockedUntil !== undefined && head.lockedUntil > new Date()) {
        result.refused.push({ id: copy.id, message: `is locked until ${head.lockedUntil.toISOString()}` });
        return 'nothing';
      }
      if (!(await letGo(store, `${copyPrefix(copy.bench, copy.id)}${MANIFEST}`, copy.id, result)))
        return 'nothing';
      return (await takeAwayParts(store, copy.bench, copy.id, result)) ? 'all' : 'manifest';
    },
    onStep,
  );
}

async function takeAwayParts(
  store: Store,
  bench: string,
  id: string,
  result: CopyPruneResult,
): Promise<boolean> {
  for (const { key } of await store.list(copyPrefix(bench, id)))
    if (!(await letGo(store, key, id, result))) return false;
  return true;
}

/** A manifest that a store does not show yet is the end of a copy that was written just now. */
async function isOld(store: Store, bench: string, id: string): Promise<boolean> {
  const since = Date.now() - UNFINISHED_MS;
  return (await store.list(copyPrefix(bench, id))).every(({ modifiedAt }) => modifiedAt.getTime() < since);
}

async function letGo(store: Store, key: string, id: string, result: CopyPruneResult): Promise<boolean> {
  try {
    await store.remove(key);
    return true;
  } catch (error) {
    if (!(error instanceof StoreError) || !['denied', 'locked', 'refused'].includes(error.failure))
      throw error;
    result.refused.push({ id, message: error.message });
    return false;
  }
}
