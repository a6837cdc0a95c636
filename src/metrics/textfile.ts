import { join } from 'node:path';
import { UsageError } from '../errors.js';
import { writeFileAtomic } from '../host/atomic-file.js';
import type { Runner } from '../host/exec.js';
import { withLock } from '../host/lock.js';
import { STATE_DIR } from '../host/paths.js';
import { absolutePath } from '../names.js';
import { compose } from './compose.js';
import { exposition } from './families.js';
import { gather } from './gather.js';
import type { World } from './world.js';

/** What `bench metrics --json` prints. */
export interface MetricsResult {
  /** Where it was written; null where it was printed. */
  file: string | null;
  benches: number;
  series: number;
  durationMs: number;
  /** Prometheus' text format; empty where it was written to a file. */
  text: string;
}

/** The figures as a text, remembering nothing. */
export async function readMetrics(runner: Runner): Promise<MetricsResult> {
  return resultOf(await gather(runner, false), null);
}

const LOCK = join(STATE_DIR, '.metrics.lock');
const LOCK_TIMEOUT_MS = 10_000;

/**
 * Writes the figures for node_exporter's textfile collector, as a whole or not at all, and remembers sizes for forecasts.
 * @throws UsageError `directory-invalid`; BusyError `busy` where another one is still at it
 */
export async function writeMetrics(runner: Runner, directory: string): Promise<MetricsResult> {
  const wrong = absolutePath(directory);
  if (wrong !== undefined) throw new UsageError('directory-invalid', `--textfile: the path ${wrong}.`);
  const lock = { path: LOCK, timeoutMs: LOCK_TIMEOUT_MS, purpose: 'bench metrics' };
  return withLock(lock, async () => {
    const file = join(directory, 'bench.prom');
    const result = resultOf(await gather(runner, true), file);
    await writeFileAtomic(file, result.text, { mode: 0o644 });
    return { ...result, text: '' };
  });
}

function resultOf(world: World, file: string | null): MetricsResult {
  const families = compose(world);
  return {
    file,
    benches: world.benches.length,
    series: families.reduce((sum, { samples }) => sum + samples.length, 0),
    durationMs: Math.round(world.durationMs),
    text: exposition(families),
  };
}
