import { join } from 'node:path';
import { refuseUnread } from '../bench/bench.js';
import type { BenchConfig, OffsiteConfig } from '../config/config.js';
import { UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { holding, withLock } from '../host/lock.js';
import { OFFSITE_LOCK, PUSH_LOCK, stateDir } from '../host/paths.js';
import { readCredentials } from './credentials.js';
import { readOffsiteRecord } from './record.js';
import { retrying } from './retrying.js';
import type { Store } from './store.js';

/** A bench.toml that says where copies go. */
export type WithOffsite = BenchConfig & { offsite: OffsiteConfig };

/**
 * Where bench.toml is out of sight, with its pool away or its key not loaded, copies go where the last one went: what is
 * in the dataset is then as it was.
 * @throws UsageError `offsite-missing`; RefusedError `config-unread` where none was ever made
 */
export async function requireOffsite(config: BenchConfig): Promise<WithOffsite> {
  const offsite = config.offsite ?? (config.fromRecord && (await readOffsiteRecord(config.name)).settings);
  if (offsite !== undefined) return { ...config, offsite };
  refuseUnread(config, '[offsite]');
  throw new UsageError(
    'offsite-missing',
    `bench.toml of ${config.name} has no [offsite]. Nothing was changed.`,
    {
      suggestions: [
        'Say where copies go, with which key, and for whom they are encrypted: docs/offsite.md, "Setting it up"',
      ],
    },
  );
}

/**
 * The store that bench.toml names. Nothing is asked of it yet.
 * @throws what {@link readCredentials} throws
 */
export async function openStore(offsite: OffsiteConfig, runner: Runner): Promise<Store> {
  const credentials = await readCredentials(offsite.credentials, runner);
  const { openS3 } = await import('./s3.js');
  return retrying(openS3(offsite, credentials));
}

/** One for all that changes the copies of a bench. */
export function offsiteLock(bench: string): string {
  return join(stateDir(bench), OFFSITE_LOCK);
}

/**
 * Works on the copies of a bench while nothing else of this host does; what it starts keeps the lock, should bench be
 * killed. The bench itself goes on working, and may be changed meanwhile.
 * @throws BusyError `busy`
 */
export function aloneOnCopies<T>(
  { name, snapshot }: Pick<BenchConfig, 'name' | 'snapshot'>,
  host: Runner,
  purpose: string,
  work: (runner: Runner) => Promise<T>,
): Promise<T> {
  return withLock({ path: offsiteLock(name), timeoutMs: snapshot.lockTimeoutMs, purpose }, (held) =>
    work(holding(host, held)),
  );
}

/** The same for whoever sends snapshots: meanwhile none of them can change hands. */
export function aloneWhileSending<T>(
  config: Pick<BenchConfig, 'name' | 'snapshot'>,
  host: Runner,
  purpose: string,
  work: (runner: Runner) => Promise<T>,
): Promise<T> {
  const { name, snapshot } = config;
  const lock = { path: join(stateDir(name), PUSH_LOCK), timeoutMs: snapshot.lockTimeoutMs, purpose };
  return aloneOnCopies(config, host, purpose, (outer) =>
    withLock(lock, (held) => work(holding(outer, held))),
  );
}
