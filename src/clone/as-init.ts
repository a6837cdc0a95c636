import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { holding, withLock } from '../host/lock.js';
import { benchLock, HOST_LOCK } from '../host/paths.js';
import type { OnStep } from '../steps/steps.js';
import { converge } from '../volume-manager/volume-manager.js';
import type { Preparation } from './prepare.js';
import { reloadOwn } from './reload.js';

const LOCK_TIMEOUT_MS = 10_000;

/** Alone on the host and on the bench, as `bench init` is. */
export function withInitLocks<T>(
  name: string,
  purpose: string,
  host: Runner,
  work: (runner: Runner) => Promise<T>,
): Promise<T> {
  return withHostLock(purpose, () => withOwnLock(name, purpose, host, work));
}

export function withHostLock<T>(purpose: string, work: () => Promise<T>): Promise<T> {
  return withLock({ path: HOST_LOCK, timeoutMs: LOCK_TIMEOUT_MS, purpose }, work);
}

/** Of a bench that need not be there yet. */
export function withOwnLock<T>(
  name: string,
  purpose: string,
  host: Runner,
  work: (runner: Runner) => Promise<T>,
): Promise<T> {
  const lock = { path: benchLock(name), timeoutMs: LOCK_TIMEOUT_MS, purpose };
  return withLock(lock, (held) => work(holding(host, held)));
}

/** With what a clone is let act, under the locks of an init. */
export function preparationOf(
  config: BenchConfig,
  runner: Runner,
  finish: string,
  onEvent: OnStep,
  user = 'root',
): Preparation {
  const flags = { wipeDevice: undefined, operators: [] };
  const reload = () => reloadOwn(config);
  const init = { name: config.name, runner, flags, reload, confirm: async () => undefined, onEvent };
  return { config, runner, user, finish, onEvent, converge: async () => (await converge(init)).steps };
}
