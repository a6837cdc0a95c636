import { cloneJson, isTimedByInit } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { formatArgv } from '../host/exec.js';
import { days } from './age.js';
import type { Evidence } from './evidence.js';
import { problem } from './problems.js';
import type { Problem } from './report.js';

/**
 * What proofs of snapshots tell: the newest that was looked into is no good, or none as young as `[verify] max_age` is
 * proven. The age is that of the snapshot: that is how much would be lost by going back to what is known to be whole. Pure.
 */
export function proofProblems(
  { name, verify }: Pick<BenchConfig, 'name' | 'verify'>,
  { proofs, now, dataset, jobs }: Evidence,
): Problem[] {
  const [latest] = proofs;
  if (latest !== undefined && latest.verdict !== 'ok') {
    const what = latest.verdict === 'damaged' ? 'is damaged' : 'answers otherwise than bench.toml expects';
    const all = formatArgv(['bench', 'volume', 'verify', '--all', '-b', name]);
    return [problem('snapshot-bad', `The snapshot ${latest.tag} ${what}: ${latest.reason ?? ''}`, all)];
  }
  if (verify.maxAgeMs === undefined) return [];
  // A clone that nobody has given a timer: that was wanted of its source.
  if (isTimedByInit(cloneJson(dataset)) && !jobs.some(({ job }) => job.name === 'verify')) return [];
  const proven = proofs.find(({ verdict }) => verdict === 'ok');
  const fix = formatArgv(['bench', 'volume', 'verify', '--newest', '-b', name]);
  if (proven === undefined)
    return [problem('proof-old', 'No snapshot is proven to start and to be whole.', fix)];
  if (now.getTime() - proven.createdAt.getTime() <= verify.maxAgeMs) return [];
  const age = Math.floor(days(proven.createdAt, now));
  return [
    problem('proof-old', `The newest snapshot that is proven, ${proven.tag}, is ${age} days old.`, fix),
  ];
}
