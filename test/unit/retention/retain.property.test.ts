import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KEEP_RULES, type KeepRule, type Policy } from '../../../src/config/config.js';
import { type Candidate, retain } from '../../../src/retention/retain.js';
import { DAY_MS, HOUR_MS, keep, made } from './snapshots.js';

/** Around both changes of summer time, a leap day and the turn of two years. */
const START = Date.parse('2027-10-20T00:00Z');

const rule = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 40 }));
const rules = fc
  .record({ last: rule, hourly: rule, daily: rule, weekly: rule, monthly: rule, yearly: rule })
  .filter((counts) => Object.values(counts).some((count) => count > 0));
const policies: fc.Arbitrary<Policy> = fc.oneof(
  rules,
  rules,
  fc.integer({ min: 1, max: 60 }).map((days) => ({ days })),
);

/** From minutes to months apart; a few are somebody's, pinned, held, cloned or needed. */
const gap = fc.oneof(
  fc.integer({ min: 0, max: 90 }).map((minutes) => minutes * 60_000),
  fc.integer({ min: 1, max: 30 }).map((hours) => hours * HOUR_MS),
  fc.integer({ min: 1, max: 40 }).map((days) => days * DAY_MS),
);
const rarely = <T>(value: T, usual: T) => fc.constantFrom(usual, usual, usual, usual, usual, value);
const traits = fc.record({
  scheduled: rarely(false, true),
  pinned: rarely(true, false),
  holds: rarely(1, 0),
  clones: rarely<readonly string[]>(['pool/clone'], []),
  neededBy: rarely<string | undefined>('offsite', undefined),
});

function candidates(steps: readonly (readonly [number, Partial<Candidate>])[]): Candidate[] {
  let time = START;
  return steps
    .map(([step, { neededBy, ...rest }], index) => {
      time += step;
      return made(time, { ...rest, tag: `t${index}`, ...(neededBy === undefined ? {} : { neededBy }) });
    })
    .reverse();
}

/** Newest first. */
const pasts = fc
  .array(fc.tuple(gap, traits as fc.Arbitrary<Partial<Candidate>>), { maxLength: 60 })
  .map(candidates);

const lastOf = (snapshots: readonly Candidate[]) =>
  snapshots.reduce((time, { createdAt }) => Math.max(time, createdAt.getTime()), START);
const gone = (snapshots: readonly Candidate[], policy: Policy, now: number | Date) =>
  retain(snapshots, policy, new Date(now))
    .filter(({ keptBy }) => keptBy.length === 0)
    .map(({ snapshot }) => snapshot);
const kept = (snapshots: readonly Candidate[], policy: Policy, now: number | Date) => {
  const lost = gone(snapshots, policy, now);
  return snapshots.filter((snapshot) => !lost.includes(snapshot));
};

/** The rule in the words of its documentation, the slow way: what it keeps, each judged by itself. */
function keeps(name: KeepRule, count: number, snapshot: Candidate, all: readonly Candidate[]): boolean {
  const newer = all.filter(
    (other) => other !== snapshot && (other.createdAt > snapshot.createdAt || isBefore(all, other, snapshot)),
  );
  if (name === 'last') return newer.length < count;
  const own = label(name, snapshot.createdAt);
  if (newer.some(({ createdAt }) => label(name, createdAt) === own)) return false;
  return new Set(newer.map(({ createdAt }) => label(name, createdAt))).size < count;
}

/** Of two of the same second the one of the later transaction group is the newer one. */
function isBefore(all: readonly Candidate[], one: Candidate, other: Candidate): boolean {
  return one.createdAt.getTime() === other.createdAt.getTime() && all.indexOf(one) < all.indexOf(other);
}

/** Written by the formats that calendars are written in. */
function label(name: KeepRule, time: Date): string {
  const iso = time.toISOString();
  if (name === 'hourly') return iso.slice(0, 13);
  if (name === 'daily') return iso.slice(0, 10);
  if (name === 'monthly') return iso.slice(0, 7);
  if (name === 'yearly') return iso.slice(0, 4);
  // The Thursday of an ISO week says to which year it belongs (ISO 8601).
  const day = new Date(iso.slice(0, 10));
  const thursday = new Date(day.getTime() + (3 - ((day.getUTCDay() + 6) % 7)) * DAY_MS);
  const january = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return `${thursday.getUTCFullYear()}-W${Math.floor((thursday.getTime() - january) / DAY_MS / 7) + 1}`;
}

test('each rule keeps exactly what its documentation says, and nothing else stays without a reason', () => {
  fc.assert(
    fc.property(pasts, rules, (snapshots, policy) => {
      const scheduled = snapshots.filter((snapshot) => snapshot.scheduled);
      for (const { snapshot, keptBy } of retain(snapshots, policy, new Date(lastOf(snapshots)))) {
        const wanted = snapshot.scheduled
          ? KEEP_RULES.filter((name) => keeps(name, policy[name], snapshot, scheduled))
          : [];
        expect(keptBy.filter((reason) => (KEEP_RULES as readonly string[]).includes(reason))).toEqual(wanted);
      }
    }),
    { numRuns: 500 },
  );
});

test('what must never go never goes, whatever the clock says', () => {
  fc.assert(
    fc.property(pasts, policies, fc.integer({ min: -800, max: 20_000 }), (snapshots, policy, days) => {
      const lost = gone(snapshots, policy, lastOf(snapshots) + days * DAY_MS);
      for (const snapshot of lost) {
        expect(snapshot.scheduled).toBe(true);
        expect(snapshot.pinned || snapshot.holds > 0 || snapshot.clones.length > 0).toBe(false);
        expect(snapshot.neededBy).toBeUndefined();
      }
      expect(lost).not.toContain(snapshots[0]);
      expect(lost).not.toContain(snapshots.find(({ scheduled }) => scheduled));
    }),
    { numRuns: 500 },
  );
});

test('a clock that was set back prunes nothing', () => {
  fc.assert(
    fc.property(
      pasts.filter(({ length }) => length > 0),
      policies,
      fc.integer({ min: 1, max: 400 * DAY_MS }),
      (snapshots, policy, back) => {
        expect(gone(snapshots, policy, lastOf(snapshots) - back)).toEqual([]);
      },
    ),
  );
});

test('a clock that is ahead destroys no more with rules than one that is right', () => {
  fc.assert(
    fc.property(pasts, rules, fc.integer({ min: 0, max: 20_000 }), (snapshots, policy, days) => {
      const now = lastOf(snapshots);
      expect(gone(snapshots, policy, now + days * DAY_MS)).toEqual(gone(snapshots, policy, now));
    }),
  );
});

test('a clock that is ahead leaves with keep_days the newest of as many days', () => {
  fc.assert(
    fc.property(
      pasts,
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 9000 }),
      (list, days, ahead) => {
        const stay = kept(list, { days }, lastOf(list) + ahead * DAY_MS);
        for (const snapshot of kept(list, keep({ daily: days }), lastOf(list)))
          expect(stay).toContain(snapshot);
      },
    ),
  );
});

test('a larger policy keeps at least as much', () => {
  const pairs = fc.tuple(rules, rules).map(([small, more]) => {
    const large = Object.fromEntries(KEEP_RULES.map((name) => [name, small[name] + more[name]]));
    return [small, large as Record<KeepRule, number>] as const;
  });
  fc.assert(
    fc.property(pasts, pairs, (snapshots, [small, large]) => {
      const now = lastOf(snapshots);
      for (const snapshot of kept(snapshots, small, now))
        expect(kept(snapshots, large, now)).toContain(snapshot);
    }),
  );
  fc.assert(
    fc.property(
      pasts,
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 0, max: 50 }),
      (list, days, more) => {
        const now = lastOf(list);
        const stay = kept(list, { days: days + more }, now);
        for (const snapshot of kept(list, { days }, now)) expect(stay).toContain(snapshot);
      },
    ),
  );
});

test('a protection keeps one more, and costs none of the others', () => {
  fc.assert(
    fc.property(pasts, policies, fc.nat(), (snapshots, policy, which) => {
      const now = lastOf(snapshots);
      const lost = gone(snapshots, policy, now);
      const chosen = lost[which % Math.max(1, lost.length)];
      const pinned = snapshots.map((each) => (each === chosen ? { ...each, pinned: true } : each));
      expect(gone(pinned, policy, now)).toEqual(lost.filter((each) => each !== chosen));
    }),
  );
});

test('once pruned, nothing more is to be pruned', () => {
  fc.assert(
    fc.property(pasts, policies, (snapshots, policy) => {
      const now = lastOf(snapshots);
      expect(gone(kept(snapshots, policy, now), policy, now)).toEqual([]);
    }),
  );
});

test('pruned after each snapshot, the same ones are left as where all are pruned at the end', () => {
  fc.assert(
    fc.property(
      pasts.map((list) => list.map((each) => made(each.createdAt, { tag: each.tag }))),
      rules,
      (snapshots, policy) => {
        let there: Candidate[] = [];
        for (const snapshot of [...snapshots].reverse())
          there = kept([snapshot, ...there], policy, snapshot.createdAt);
        expect(there).toEqual(kept(snapshots, policy, lastOf(snapshots)));
      },
    ),
  );
});

test('in whatever order ZFS lists them, the rules keep as many', () => {
  const shuffled = pasts.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  const times = ({ createdAt }: Candidate) => createdAt.getTime();
  fc.assert(
    fc.property(shuffled, rules, ([list, other], policy) => {
      fc.pre(new Set(list.map(times)).size === list.length);
      const now = lastOf(list);
      const byRule = (snapshots: readonly Candidate[]) =>
        retain(snapshots, policy, new Date(now))
          .filter(({ keptBy }) => keptBy.some((reason) => (KEEP_RULES as readonly string[]).includes(reason)))
          .map(({ snapshot }) => times(snapshot))
          .sort((a, b) => a - b);
      expect(byRule(other)).toEqual(byRule(list));
    }),
  );
});

test('what is known to be bad only keeps more, and of what is known to be good the newest stays beside it', () => {
  const proofs = fc.array(
    fc.constantFrom<Candidate['proof']>(undefined, undefined, undefined, 'good', 'bad'),
    { minLength: 60, maxLength: 60 },
  );
  fc.assert(
    fc.property(pasts, proofs, policies, (unknown, found, policy) => {
      const snapshots = unknown.map((each, index) => ({ ...each, proof: found[index] }));
      const now = lastOf(snapshots);
      const without = new Set(kept(unknown, policy, now).map(({ tag }) => tag));
      const stay = kept(snapshots, policy, now).map(({ tag }) => tag);
      expect([...without].filter((tag) => !stay.includes(tag))).toEqual([]);
      const isBad = snapshots.some(({ proof }) => proof === 'bad');
      const good = snapshots.find(({ proof }) => proof === 'good');
      if (!isBad) expect(stay).toHaveLength(without.size);
      else if (good !== undefined) expect(stay).toContain(good.tag);
    }),
  );
});
