import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Runner } from '../host/exec.js';
import { ignoreMissing } from '../host/files.js';
import { holding, withLock } from '../host/lock.js';
import { flockHolders, formatProcess } from '../host/open-files.js';

/** Below /run: after a restart nobody is at work. */
const DIRECTORY = '/run/bench/at-work';

function lockPath(dataset: string): string {
  return join(DIRECTORY, `${dataset.replaceAll('/', '%2F')}.lock`);
}

/**
 * What takes hours, such as the copy of an image, must not keep everybody else out of a pool. While it is made, a
 * dataset is known by its own lock to be at work, and is no leftover; a copy that outlives a killed bench keeps it.
 * @throws BusyError `busy` where somebody is making it already
 */
export function whileAtWork<T>(
  dataset: string,
  host: Runner,
  purpose: string,
  work: (runner: Runner) => Promise<T>,
): Promise<T> {
  const lock = { path: lockPath(dataset), timeoutMs: 0, purpose, runner: host };
  return withLock(lock, (held) => work(holding(host, held)));
}

/** Who is making a dataset at the moment, for people; undefined where nobody is. No process is started. */
export async function whoIsAtWork(dataset: string): Promise<string | undefined> {
  const lock = await stat(lockPath(dataset)).catch(ignoreMissing);
  if (lock === undefined) return undefined;
  const [holder] = await flockHolders(lock);
  return holder === undefined ? undefined : formatProcess(holder);
}
