import type { Status } from '../status/status.js';
import { secondsText } from './age.js';
import { type Level, type Perf, perf } from './finding.js';

const HOUR_SECONDS = 60 * 60;
/**
 * The clones of a bench, and what it is a clone of. A sweep drops what is over every five minutes, unless somebody uses it:
 * an hour later it is told. Pure.
 */
export function judgeClones(
  { clone, clones }: Status,
  now: Date,
): { level: Level; message: string; numbers: Perf[] } {
  const numbers = [perf('clones', clones.length, '')];
  const over = overSince(clone, now);
  if (over > HOUR_SECONDS) {
    return {
      level: 'WARNING',
      message: `its time was over ${secondsText(over)} ago, and it is still there`,
      numbers,
    };
  }
  const told = [
    ...(clone === null ? [] : [`a clone of ${clone.source}`]),
    ...(clones.length === 0 ? [] : [`cloned as ${clones.join(', ')}`]),
  ];
  return { level: 'OK', message: told.length === 0 ? 'no clones' : told.join(', '), numbers };
}

/** Seconds since the end of a clone that sweeps drop; below 0 where that is still to come, or there is none. */
function overSince(clone: Status['clone'], now: Date): number {
  if (clone === null || clone.expiresAt === null || clone.protected || clone.independent) return -1;
  return Math.floor((now.getTime() - Date.parse(clone.expiresAt)) / 1000);
}
