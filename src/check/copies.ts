import type { OffsiteRecord } from '../offsite/offsite.js';
import { secondsText } from './age.js';
import { type Level, type Perf, perf } from './finding.js';

/** What this host knows of the copies of a bench. */
export interface CopyFacts {
  record: OffsiteRecord;
  /** When the next two copies were due after the last one; empty where they are made by hand. */
  due: readonly Date[];
}

/** How old what would come back from the last copy is; a copy that was found to be bad is none. Pure. */
export function judgeCopies(
  { record }: CopyFacts,
  now: Date,
  limitsAfter: (newest: Date) => { warning: number; critical: number },
): { level: Level; message: string; numbers?: Perf[] } {
  const { copy, push, verdicts } = record;
  if (copy === null) {
    const why = push?.error == null ? '' : `: ${push.error.message}`;
    return { level: push === null ? 'UNKNOWN' : 'CRITICAL', message: `there is no copy off-site yet${why}` };
  }
  const verdict = verdicts[copy.id];
  if (verdict?.verdict === 'bad')
    return { level: 'CRITICAL', message: `the last copy off-site is bad: ${verdict.reason ?? copy.id}` };
  const newest = new Date(copy.createdAt);
  const age = Math.floor((now.getTime() - newest.getTime()) / 1000);
  if (age < 0) return { level: 'UNKNOWN', message: 'the last copy is from the future: the clock is wrong' };
  const { warning, critical } = limitsAfter(newest);
  const failed = push?.outcome === 'failed';
  const level: Level = age >= critical ? 'CRITICAL' : age >= warning || failed ? 'WARNING' : 'OK';
  const told = [
    `last copy off-site is ${secondsText(age)} old`,
    ...(failed ? [`the last push failed: ${push?.error?.message ?? ''}`] : []),
  ];
  return { level, message: told.join(', '), numbers: [perf('copy_age', age, 's', { warning, critical })] };
}
