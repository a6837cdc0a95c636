/** Each screen is loaded when it is shown: ink and react would cost every command's start half a second. */
import type { BenchConfig } from '../config/config.js';
import type { NewBench } from '../config/new-bench.js';
import type { Runner } from '../host/exec.js';
import type { Known } from './make-bench.js';

/** See `makeBench` of make-bench.ts. */
export async function makeBench(runner: Runner, known: Known): Promise<NewBench> {
  return (await import('./make-bench.js')).makeBench(runner, known);
}

/** See `showDashboard` of dashboard.tsx. */
export async function showDashboard(config: BenchConfig, runner: Runner): Promise<void> {
  await (await import('./dashboard.js')).showDashboard(config, runner);
}
