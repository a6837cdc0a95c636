import { escapeText } from '../config/findings.js';
import { UsageError } from '../errors.js';
import { benchName, instanceName } from '../names.js';

/** What an operator asks of `bench clone`. */
export interface CloneRequest {
  /** The bench, or the template, that is cloned. */
  source: { kind: 'bench' | 'template'; name: string };
  /** Of the clone. */
  name: string;
  /** Of the snapshot to clone; a fresh one is taken where it is not named. */
  tag?: string | undefined;
  port?: number | undefined;
  quotaBytes?: number | undefined;
  /** Milliseconds until its time is over; it has no end without. */
  lifetimeMs?: number | undefined;
  protect: boolean;
  /** What becomes of data volumes that the source writes. */
  volumes: 'clone' | 'omit';
  /** False: everything is made, and nothing of it is started. */
  start: boolean;
}

/** In a plan, for the snapshot that is taken when it is carried out. */
export const NEW_TAG = '<now>';

/** @throws UsageError `bench-name-invalid` */
export function refuseName(name: string): void {
  const wrong = benchName(name) ?? instanceName(name);
  if (wrong === undefined) return;
  throw new UsageError(
    'bench-name-invalid',
    `${escapeText(name)} cannot be the name of a clone and its MariaDB instance: it ${wrong}. Nothing was changed.`,
    { suggestions: ['Give it another name, such as shop-test.'] },
  );
}
