import type { BenchConfig, Policy } from '../config/config.js';
import { UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { type Reason, retain } from '../retention/retention.js';
import { type OnStep, perform } from '../steps/steps.js';
import { storedBytes } from './complete.js';
import { chainOf, readCopies } from './copies.js';
import { readPushJournal } from './journal.js';
import { copyPrefix, MANIFEST } from './layout.js';
import type { Manifest } from './manifest.js';
import { aloneOnCopies, openStore, requireOffsite } from './open.js';
import { readOffsiteRecord } from './record.js';
import { type Store, StoreError } from './store.js';
import { refuseVanished } from './vanished.js';

/** Why a copy stays: a rule; `needed`: one that stays builds on it; `locked`: nobody can delete it yet. */
export type CopyReason = Reason | 'locked';

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
 * Which copies stay, and why: what the rules keep, what that builds on, what is locked. Without rules all of them. Pure.
 * @param copies the oldest first
 */
export function judgeCopies(
  copies: readonly Manifest[],
  policy: Policy | undefined,
  now: Date,
): { copy: Manifest; keptBy: CopyReason[] }[] {
  const candidates = [...copies].reverse().map((copy) => ({
    copy,
    tag: copy.id,
    createdAt: new Date(copy.snapshot.createdAt),
    scheduled: true,
    pinned: false,
    holds: 0,
    clones: [],
  }));
  const verdicts =
    policy === undefined
      ? candidates.map((snapshot) => ({ snapshot, keptBy: ['newest'] as Reason[] }))
      : retain(candidates, policy, now);
  const kept = new Map<Manifest, CopyReason[]>(
    verdicts.map(({ snapshot, keptBy }) => [snapshot.copy, [...keptBy]]),
  );
  for (const [copy, reasons] of kept)
    if (copy.lockedUntil !== null && new Date(copy.lockedUntil) > now) reasons.push('locked');
  for (const [copy, reasons] of kept) {
    if (reasons.length === 0) continue;
    // Of one whose chain is broken, whatever of it is left.
    const chain = chainOf(copies, copy) ?? partOfChain(copies, copy);
    for (const each of chain)
      if (each !== copy && !kept.get(each)?.includes('needed')) kept.get(each)?.push('needed');
  }
  return copies.map((copy) => ({ copy, keptBy: kept.get(copy) ?? [] }));
}

function partOfChain(copies: readonly Manifest[], { chain }: Manifest): Manifest[] {
  return copies.filter((each) => each.chain.full === chain.full);
}

/**
 * Takes away the copies that no rule keeps, and what unfinished ones have left. Each loses its manifest first, so that nothing
 * half is ever a copy; what builds on others goes before these.
 * @throws UsageError `policy-missing`
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
    const store = await openStore(offsite, runner);
    const found = await readCopies(store, name);
    // A view that is not whole is nothing to judge by.
    refuseVanished(await readOffsiteRecord(name), offsite, found);
    const { copies, unfinished } = found;
    const judged = judgeCopies(copies, offsite.policy, new Date());
    const going = judged
      .filter(({ keptBy }) => keptBy.length === 0)
      .map(({ copy }) => copy)
      .reverse();
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
    for (const copy of going) {
      const isGone = dryRun || (await takeAway(store, copy, result, onStep));
      if (!isGone) continue;
      result.pruned.push(copy.id);
      result.freedBytes += storedBytes(copy);
    }
    for (const id of unfinished.filter((each) => each !== begun)) {
      if (!(await isOld(store, name, id))) continue;
      if (dryRun || (await takeAwayParts(store, name, id, result))) result.removed.push(id);
    }
    return result;
  });
}

async function takeAway(
  store: Store,
  copy: Manifest,
  result: CopyPruneResult,
  onStep: OnStep,
): Promise<boolean> {
  return perform(
    `Delete the copy ${copy.id}`,
    async () => {
      // What is not let go stays a copy, whole.
      const head = await store.head(`${copyPrefix(copy.bench, copy.id)}${MANIFEST}`);
      if (head?.lockedUntil !== undefined && head.lockedUntil > new Date()) {
        result.refused.push({ id: copy.id, message: `is locked until ${head.lockedUntil.toISOString()}` });
        return false;
      }
      if (!(await letGo(store, `${copyPrefix(copy.bench, copy.id)}${MANIFEST}`, copy.id, result)))
        return false;
      return takeAwayParts(store, copy.bench, copy.id, result);
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
