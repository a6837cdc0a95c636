import { BenchError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { elapses } from '../timers/timers.js';
import type { WithOffsite } from './open.js';
import { changeOffsiteRecord } from './record.js';

/** Writes down how a push went, whichever way it ends: for status, checks and figures, which ask no store. */
export async function recording<T>(
  config: WithOffsite,
  runner: Runner,
  work: (startedAt: string) => Promise<T>,
): Promise<T> {
  const startedAt = new Date().toISOString();
  const nextAt = await nextAfter(config, runner);
  const record = async (outcome: 'running' | 'done' | 'failed', error?: unknown) => {
    const endedAt = outcome === 'running' ? null : new Date().toISOString();
    const push = { startedAt, endedAt, outcome, nextAt, error: error === undefined ? null : told(error) };
    await changeOffsiteRecord(config.name, (before) => ({ ...before, push, settings: config.offsite }));
  };
  await record('running');
  try {
    const result = await work(startedAt);
    await record('done');
    return result;
  } catch (error) {
    await record('failed', error);
    throw error;
  }
}

function told(error: unknown): { code: string; message: string } {
  if (error instanceof BenchError) return { code: error.code, message: error.message };
  return { code: 'internal-error', message: error instanceof Error ? error.message : String(error) };
}

/** No reason not to copy. */
async function nextAfter({ offsite }: WithOffsite, runner: Runner): Promise<string | null> {
  if (offsite.schedule === undefined) return null;
  try {
    const [next] = await elapses(runner, offsite.schedule.calendars, { after: new Date(), count: 1 });
    return next?.toISOString() ?? null;
  } catch (error) {
    if (error instanceof BenchError) return null;
    throw error;
  }
}
