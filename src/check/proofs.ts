import type { Proof } from '../snapshot/snapshot-orchestrator.js';
import { secondsText } from './age.js';
import { type Level, type Perf, perf } from './finding.js';

/** What proofs of the snapshots of a bench have found. */
export interface ProofFacts {
  /** The newest snapshot first; those that were never looked into are not in it. */
  proofs: readonly Proof[];
  /** How old the newest proven snapshot may be; undefined where bench.toml does not say. */
  maxAgeMs: number | undefined;
}

/** How old what is known to start again is. Twice as old as `[verify] max_age` is critical. Pure. */
export function judgeProofs(
  { proofs, maxAgeMs }: ProofFacts,
  now: Date,
): { level: Level; message: string; numbers?: Perf[] } {
  const [latest] = proofs;
  if (latest !== undefined && latest.verdict !== 'ok') {
    const what = latest.verdict === 'damaged' ? 'is damaged' : 'answers otherwise than bench.toml expects';
    return { level: 'CRITICAL', message: `the snapshot ${latest.tag} ${what}: ${latest.reason ?? ''}` };
  }
  if (latest === undefined)
    return { level: maxAgeMs === undefined ? 'UNKNOWN' : 'WARNING', message: 'no snapshot is proven yet' };
  const age = Math.floor((now.getTime() - latest.createdAt.getTime()) / 1000);
  if (age < 0)
    return { level: 'UNKNOWN', message: 'the proven snapshot is from the future: the clock is wrong' };
  const warning = maxAgeMs === undefined ? undefined : Math.floor(maxAgeMs / 1000);
  const limits = warning === undefined ? {} : { warning, critical: 2 * warning };
  const isOver = (limit = Number.POSITIVE_INFINITY) => age > limit;
  return {
    level: isOver(limits.critical) ? 'CRITICAL' : isOver(limits.warning) ? 'WARNING' : 'OK',
    message: `newest proven snapshot is ${secondsText(age)} old`,
    numbers: [perf('proof_age', age, 's', limits)],
  };
}
