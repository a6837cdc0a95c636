import { KEEP_RULES, type KeepRule, type Policy } from '../config/config.js';
import { RefusedError } from '../errors.js';

/** What decides whether a snapshot stays. */
export interface Candidate {
  tag: string;
  createdAt: Date;
  /** The schedule has made it: nothing else is ever pruned. */
  scheduled: boolean;
  pinned: boolean;
  /** How many holds are on it (zfs-hold(8)). */
  holds: number;
  clones: readonly string[];
  /** A copy elsewhere that cannot do without it. */
  neededBy?: string;
  /** What was found when somebody looked whether it can be restored; undefined where nobody did. */
  proof?: 'good' | 'bad' | undefined;
}

/**
 * Why a snapshot stays: a rule of the policy; `younger` than the days of the policy; the `newest` there is; or what
 * speaks against its end whatever the rules say. `proven`: the newest that is known to be good, where one is known to be bad.
 * `clock`: nothing goes while there is a snapshot from the future.
 */
export type Reason =
  | KeepRule
  | 'younger'
  | 'newest'
  | 'not-scheduled'
  | 'pinned'
  | 'held'
  | 'cloned'
  | 'needed'
  | 'proven'
  | 'clock';

/** A snapshot, and everything that keeps it; nothing does where it is to be pruned. */
export interface Verdict<S extends Candidate> {
  snapshot: S;
  keptBy: Reason[];
}

const DAY_MS = 24 * 60 * 60_000;

/** In which hour, day, … of all a moment lies, in UTC: days of local time may have 23 hours, or 25. */
const PERIODS: Readonly<Record<Exclude<KeepRule, 'last'>, (time: number) => number>> = {
  hourly: (time) => Math.floor(time / (60 * 60_000)),
  daily: (time) => Math.floor(time / DAY_MS),
  // ISO weeks begin on Monday; the first day of 1970 was a Thursday.
  weekly: (time) => Math.floor((Math.floor(time / DAY_MS) + 3) / 7),
  monthly: (time) => new Date(time).getUTCFullYear() * 12 + new Date(time).getUTCMonth(),
  yearly: (time) => new Date(time).getUTCFullYear(),
};

/**
 * Which snapshots stay, and why (SPEC-2 section 17): of each of the newest hours, days, ISO weeks, months and years in
 * which there is a scheduled snapshot, as many as the policy says, the newest one; the rules add up. With a number of
 * days everything younger stays, and the newest of as many days in which there is one: after a pause, or with a clock
 * that is ahead, nothing is young. One that is known to be bad takes no good one's place: where there is such a one, what the
 * rules keep without it stays, too, and in any case the newest that is known to be good. Pure.
 * @param snapshots all of one dataset, the newest by transaction group first; verdicts come in the same order
 * @throws RefusedError `policy-empty`
 */
export function retain<S extends Candidate>(
  snapshots: readonly S[],
  policy: Policy,
  now: Date,
): Verdict<S>[] {
  refuseEmpty(policy);
  const scheduled = snapshots
    .filter((snapshot) => snapshot.scheduled)
    // Equal times stay in the order of their transaction groups.
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  const sound = scheduled.filter(({ proof }) => proof !== 'bad');
  const kept = [scheduled, sound].map((some) => keptByRules(some, policy, now));
  const newest = newestOf(snapshots);
  const proven = snapshots.some(({ proof }) => proof === 'bad')
    ? snapshots.find(({ proof }) => proof === 'good')
    : undefined;
  const isClockBehind = snapshots.some(({ createdAt }) => createdAt > now);
  return snapshots.map((snapshot) => {
    const keptBy: Reason[] = [...new Set(kept.flatMap((reasons) => reasons.get(snapshot) ?? []))];
    if (newest.includes(snapshot)) keptBy.push('newest');
    if (snapshot === proven) keptBy.push('proven');
    keptBy.push(...protections(snapshot));
    if (keptBy.length === 0 && isClockBehind) keptBy.push('clock');
    return { snapshot, keptBy };
  });
}

function refuseEmpty(policy: Policy): void {
  const numbers = Object.values(policy);
  if (numbers.some((number) => number > 0) && numbers.every((number) => number >= 0)) return;
  throw new RefusedError('policy-empty', 'No rule would keep any snapshot. Nothing was changed.', {
    suggestions: ['Say what to keep in [schedule] of bench.toml: keep, or keep_days.'],
  });
}

/** @param snapshots newest first by their time */
function keptByRules<S extends Candidate>(
  snapshots: readonly S[],
  policy: Policy,
  now: Date,
): Map<S, Reason[]> {
  const kept = new Map<S, Reason[]>();
  const keep = (snapshot: S, reason: Reason) => {
    kept.set(snapshot, [...(kept.get(snapshot) ?? []), reason]);
  };
  if ('days' in policy) {
    const since = now.getTime() - policy.days * DAY_MS;
    for (const snapshot of snapshots) if (snapshot.createdAt.getTime() > since) keep(snapshot, 'younger');
    for (const snapshot of newestOfEach('daily', snapshots, policy.days)) keep(snapshot, 'daily');
    return kept;
  }
  for (const rule of KEEP_RULES)
    for (const snapshot of newestOfEach(rule, snapshots, policy[rule])) keep(snapshot, rule);
  return kept;
}

/** The newest snapshot of each of the newest `count` periods in which there is one. */
function newestOfEach<S extends Candidate>(rule: KeepRule, snapshots: readonly S[], count: number): S[] {
  if (rule === 'last') return snapshots.slice(0, count);
  const periodOf = PERIODS[rule];
  const found: S[] = [];
  let last: number | undefined;
  for (const snapshot of snapshots) {
    if (found.length === count) break;
    const period = periodOf(snapshot.createdAt.getTime());
    if (period === last) continue;
    last = period;
    found.push(snapshot);
  }
  return found;
}

/** By time and by transaction group, of all and of the scheduled: they differ where the clock was set back. */
function newestOf<S extends Candidate>(snapshots: readonly S[]): (S | undefined)[] {
  const scheduled = snapshots.filter((snapshot) => snapshot.scheduled);
  return [snapshots, scheduled].flatMap((list) => [
    list[0],
    list.reduce<S | undefined>(
      (newest, each) => (newest === undefined || each.createdAt > newest.createdAt ? each : newest),
      undefined,
    ),
  ]);
}

function protections({ scheduled, pinned, holds, clones, neededBy }: Candidate): Reason[] {
  const reasons: Reason[] = [];
  if (!scheduled) reasons.push('not-scheduled');
  if (pinned) reasons.push('pinned');
  if (holds > 0) reasons.push('held');
  if (clones.length > 0) reasons.push('cloned');
  if (neededBy !== undefined) reasons.push('needed');
  return reasons;
}
