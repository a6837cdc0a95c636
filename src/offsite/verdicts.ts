import type { Manifest } from './manifest.js';
import type { OffsiteRecord } from './record.js';

/**
 * - `head`: every part is there and as large as it should be;
 * - `hash`: all of it is read, and is what was uploaded;
 * - `stream`: it is decrypted, is what was sent, and `zstream dump` can read it;
 * - `boot`: it is received out of sight, and MariaDB starts on it and is looked through.
 */
export const COPY_LEVELS = ['head', 'hash', 'stream', 'boot'] as const;
export type CopyLevel = (typeof COPY_LEVELS)[number];

/** What was found last of each copy, by its id. */
export type Verdicts = OffsiteRecord['verdicts'];

/** Whether a closer look than this one has found it bad: that is not forgotten for what this one says. */
function isWorse(before: Verdicts[string] | undefined, level: CopyLevel): boolean {
  const depth = (of: string) => COPY_LEVELS.indexOf(of as CopyLevel);
  return before?.verdict === 'bad' && depth(before.level) > depth(level);
}

/** All of a chain is good; what a closer look has found bad, one that goes less deep does not make good. Pure. */
export function withGood(
  before: Verdicts,
  chain: readonly Pick<Manifest, 'id'>[],
  level: CopyLevel,
  at: Date = new Date(),
): Verdicts {
  const verdict = { verdict: 'ok' as const, level, at: at.toISOString(), reason: null };
  const good = chain.filter(({ id }) => !isWorse(before[id], level));
  return { ...before, ...Object.fromEntries(good.map(({ id }) => [id, verdict])) };
}

/** One of a chain is bad, and with it what builds on it; what a closer look has found stays. Pure. */
export function withBad(
  before: Verdicts,
  chain: readonly Pick<Manifest, 'id'>[],
  level: CopyLevel,
  bad: { copy: Pick<Manifest, 'id'>; reason: string },
  at: Date = new Date(),
): Verdicts {
  const { copy, reason } = bad;
  const verdict = { verdict: 'bad' as const, level, at: at.toISOString() };
  const from = chain.findIndex(({ id }) => id === copy.id);
  const found = chain
    .slice(from)
    .filter(({ id }) => !isWorse(before[id], level))
    .map(({ id }) => [
      id,
      { ...verdict, reason: id === copy.id ? reason : `builds on ${copy.id}, which is bad: ${reason}` },
    ]);
  return { ...before, ...Object.fromEntries(found) };
}
