import type { JobFiles, JobStates } from '../timers/timers.js';

/** What is wrong with a timer that bench.toml wants, as the end of a sentence; undefined where nothing is. Pure. */
export function timerFault(files: JobFiles, { timer, service }: JobStates): string | undefined {
  const DIFFERS = 'is not as bench.toml says';
  if (files === 'differ' || files === 'missing') return DIFFERS;
  if (timer.active !== 'active' || timer.enabled !== 'enabled') return 'does not run';
  return timer.stale || service.stale ? DIFFERS : undefined;
}
