import type { KeepRule, Policy } from '../../../src/config/config.js';
import { type Candidate, retain } from '../../../src/retention/retain.js';

/** A snapshot that the schedule has made at this time, called by it. */
export function made(time: string | number | Date, rest: Partial<Candidate> = {}): Candidate {
  const createdAt = new Date(time);
  return {
    tag: createdAt.toISOString().slice(0, 16),
    createdAt,
    scheduled: true,
    pinned: false,
    holds: 0,
    clones: [],
    ...rest,
  };
}

export function keep(rules: Partial<Record<KeepRule, number>>): Policy {
  return { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, ...rules };
}

/** The tags of those that stay, oldest first as they are given. */
export function staying(oldestFirst: readonly Candidate[], policy: Policy, now: Date | string): string[] {
  const verdicts = retain([...oldestFirst].reverse(), policy, new Date(now));
  return verdicts
    .filter(({ keptBy }) => keptBy.length > 0)
    .map(({ snapshot }) => snapshot.tag)
    .reverse();
}

/** One each `stepMs` from a moment on. */
export function series(from: string, count: number, stepMs: number): Candidate[] {
  const start = Date.parse(from);
  return Array.from({ length: count }, (_, index) => made(start + index * stepMs));
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
