import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { offsiteJob } from '../offsite/offsite.js';
import { planGuards, replicateJob } from '../replicate/replicate.js';
import type { Step } from '../steps/steps.js';
import { type Job, planJobs } from '../timers/timers.js';
import { verifyJob } from '../verify/verify.js';
import { snapshotJob } from './units.js';

/** Everything that a bench can do by itself, whether its bench.toml wants it or not. */
export function benchJobs(config: BenchConfig): Job[] {
  return [snapshotJob(config), verifyJob(config), offsiteJob(config), replicateJob(config)];
}

/** All of them but the snapshots, of which more is known than systemd says. */
export function otherJobs(config: BenchConfig): Job[] {
  return benchJobs(config).slice(1);
}

/**
 * The steps by which the timers of a bench, and what has to be asked before its start, follow its bench.toml.
 * @throws UsageError `schedule-invalid`
 */
export async function planTimers(config: BenchConfig, runner: Runner): Promise<Step[]> {
  return [...(await planJobs(benchJobs(config), runner)), ...(await planGuards(config))];
}
