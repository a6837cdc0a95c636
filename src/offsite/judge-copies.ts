import type { Policy } from '../config/config.js';
import { type Reason, retain } from '../retention/retention.js';
import { chainOf } from './copies.js';
import type { Manifest } from './manifest.js';
import type { OffsiteRecord } from './record.js';

/** Why a copy stays: a rule; `needed`: one that stays builds on it; `locked`: nobody can delete it yet. */
export type CopyReason = Reason | 'locked';

/**
 * Which copies stay, and why: what the rules keep, what that builds on, what is locked. Without rules all of them. Pure.
 * @param copies the oldest first
 * @param known what `bench offsite verify` has found last, and the ids of those whose manifest cannot be read
 */
export function judgeCopies(
  copies: readonly Manifest[],
  policy: Policy | undefined,
  now: Date,
  { verdicts = {}, unread = [] }: { verdicts?: OffsiteRecord['verdicts']; unread?: readonly string[] } = {},
): { copy: Manifest; keptBy: CopyReason[] }[] {
  const candidates = [...copies].reverse().map((copy) => ({
    copy,
    tag: copy.id,
    createdAt: new Date(copy.snapshot.createdAt),
    scheduled: true,
    pinned: false,
    holds: 0,
    clones: [],
    proof: proofOf(copies, copy, verdicts),
  }));
  const judged =
    policy === undefined
      ? candidates.map((snapshot) => ({ snapshot, keptBy: ['newest'] as Reason[] }))
      : retain(candidates, policy, now);
  const kept = new Map<Manifest, CopyReason[]>(
    judged.map(({ snapshot, keptBy }) => [snapshot.copy, [...keptBy]]),
  );
  for (const [copy, reasons] of kept)
    if (copy.lockedUntil !== null && new Date(copy.lockedUntil) > now) reasons.push('locked');
  const needed = [
    ...copies.filter((copy) => kept.get(copy)?.length !== 0).flatMap((copy) => below(copies, copy)),
    ...unread.flatMap((id) => belowUnread(copies, id)),
  ];
  for (const copy of new Set(needed)) kept.get(copy)?.push('needed');
  return copies.map((copy) => ({ copy, keptBy: kept.get(copy) ?? [] }));
}

/** A copy is as good as what it builds on. */
function proofOf(
  copies: readonly Manifest[],
  copy: Manifest,
  verdicts: OffsiteRecord['verdicts'],
): 'good' | 'bad' | undefined {
  const chain = chainOf(copies, copy);
  if (chain === undefined || chain.some(({ id }) => verdicts[id]?.verdict === 'bad')) return 'bad';
  return verdicts[copy.id]?.verdict === 'ok' ? 'good' : undefined;
}

/** What a copy builds on; where its chain is broken, whatever of it is left. */
export function below(copies: readonly Manifest[], copy: Manifest): Manifest[] {
  const { full, increments } = copy.chain;
  const isBelow = ({ chain }: Manifest) => chain.full === full && chain.increments < increments;
  return chainOf(copies, copy)?.slice(0, -1) ?? copies.filter(isBelow);
}

/** Nobody can say what it builds on: it may be the one before it. */
function belowUnread(copies: readonly Manifest[], unread: string): Manifest[] {
  const before = copies.filter(({ id }) => id < unread).at(-1);
  if (before === undefined || unread.endsWith('-full')) return [];
  return [before, ...below(copies, before)];
}
