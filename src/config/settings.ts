import { basename } from 'node:path';
import { UsageError } from '../errors.js';
import { type BenchConfig, KEEP_RULES, type KeepRule, type Policy } from './config.js';
import { escapeText } from './findings.js';
import { formatKeySource } from './key-source.js';
import { nearest } from './nearest.js';
import { formatSize } from './size.js';
import type { TomlValue } from './toml-value.js';

/** Every key of bench.toml that is ours, and what holds for it, defaults included; null where nothing does. */
const READ: Readonly<Record<string, (config: BenchConfig) => TomlValue | null>> = {
  'bench.name': (config) => config.name,
  'mariadb.instance': ({ mariadb }) => mariadb.instance,
  'mariadb.port': ({ mariadb }) => mariadb.port,
  'mariadb.data_dir': ({ mariadb }) => mariadb.dataDir,
  'mariadb.socket_path': ({ mariadb }) => mariadb.socketPath,
  'volume.pool': ({ volume }) => volume.pool,
  'volume.backing': ({ volume }) => volume.backing,
  'volume.device': ({ volume }) => volume.device ?? null,
  'volume.name': ({ volume }) => basename(volume.dataset),
  'volume.encryption': ({ volume }) => (volume.key === undefined ? 'off' : 'on'),
  'volume.key': ({ volume }) => (volume.key === undefined ? null : formatKeySource(volume.key)),
  'volume.image.size': ({ volume }) => size(volume.image.sizeBytes),
  'volume.image.path': ({ volume }) => volume.image.path,
  'volume.dataset.reservation': ({ volume }) => size(volume.reservationBytes),
  'volume.dataset.quota': ({ volume }) => size(volume.quotaBytes),
  'volume.dataset.direct_io': ({ volume }) => volume.directIo ?? null,
  'snapshot.lock': ({ snapshot }) => snapshot.lock,
  'snapshot.lock_timeout': ({ snapshot: { lockTimeoutMs: ms } }) =>
    ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`,
  'schedule.snapshot': ({ schedule }) => schedule?.snapshot ?? null,
  ...Object.fromEntries(
    KEEP_RULES.map((rule) => [
      `schedule.keep.${rule}`,
      ({ schedule }: BenchConfig) => kept(schedule?.policy, rule),
    ]),
  ),
  'schedule.keep_days': ({ schedule }) =>
    schedule?.policy !== undefined && 'days' in schedule.policy ? schedule.policy.days : null,
  'schedule.prune': ({ schedule }) => schedule?.prune ?? null,
  'offsite.url': ({ offsite }) => offsite?.url ?? null,
  'offsite.endpoint': ({ offsite }) => offsite?.endpoint ?? null,
  'offsite.region': ({ offsite }) => offsite?.region ?? null,
  'offsite.credentials': ({ offsite }) => offsite?.credentials ?? null,
  'offsite.recipients': ({ offsite }) => offsite?.recipients ?? null,
  'offsite.schedule': ({ offsite }) => offsite?.schedule?.text ?? null,
  ...Object.fromEntries(
    KEEP_RULES.map((rule) => [
      `offsite.keep.${rule}`,
      ({ offsite }: BenchConfig) => kept(offsite?.policy, rule),
    ]),
  ),
  'offsite.full_every': ({ offsite }) =>
    offsite === undefined
      ? null
      : 'increments' in offsite.fullEvery
        ? offsite.fullEvery.increments
        : age(offsite.fullEvery.ageMs),
  'offsite.lock_days': ({ offsite }) => offsite?.lockDays ?? null,
  'verify.max_age': ({ verify }) => age(verify.maxAgeMs),
  'verify.schedule': ({ verify }) => verify.schedule?.text ?? null,
  'replicate.to': ({ replicate }) => replicate?.to ?? null,
  'replicate.target': ({ replicate }) => replicate?.target ?? null,
  'replicate.schedule': ({ replicate }) => replicate?.schedule?.text ?? null,
  'replicate.bandwidth': ({ replicate }) => size(replicate?.bandwidthBytes),
  'maintenance.units': ({ maintenance }) => maintenance.units,
  'clone.sql': ({ clone }) => clone.sql,
  'clone.run': ({ clone }) => clone.run,
};

const LISTS: readonly string[] = ['maintenance.units', 'clone.sql', 'clone.run', 'offsite.recipients'];

function kept(policy: Policy | undefined, rule: KeepRule): number | null {
  return policy === undefined || 'days' in policy ? null : policy[rule];
}

/** Those whose value is a number, and those whose value is true or false. */
const NUMBERS = /^(mariadb\.port|schedule\.keep(_days|\..*)|offsite\.(keep\..*|full_every|lock_days))$/;
const SWITCHES = ['schedule.prune', 'volume.dataset.direct_io'];

export const SETTING_KEYS: readonly string[] = Object.keys(READ);

/**
 * What holds for a key, or for every key of a table, as bench.toml would say it; null where there is nothing.
 * Throws {@link UsageError} `config-key-unknown` for a key of other tools, whose values may be secrets.
 */
export function readSettings(config: BenchConfig, key: string): Record<string, TomlValue | null> {
  const entries = Object.entries(READ).filter(([name]) => name === key || name.startsWith(`${key}.`));
  if (entries.length === 0) throw unknownSetting(key);
  return Object.fromEntries(entries.map(([name, read]) => [name, read(config)]));
}

/**
 * The value that a text on the command line stands for: a number for the port and what is counted, true or false, a list
 * (parted by commas) for units and for what a clone runs, else the text. Whether bench.toml allows it is judged when it is
 * written.
 */
export function parseSetting(key: string, text: string): TomlValue {
  if (!SETTING_KEYS.includes(key)) throw unknownSetting(key);
  if (NUMBERS.test(key) && /^[0-9]{1,9}$/.test(text)) return Number(text);
  if (SWITCHES.includes(key) && /^(true|false)$/.test(text)) return text === 'true';
  if (LISTS.includes(key)) return text.split(',').filter((item) => item !== '');
  return text;
}

function unknownSetting(key: string): UsageError {
  const similar = nearest(key, SETTING_KEYS);
  return new UsageError('config-key-unknown', `${escapeText(key)} is not a key of bench in bench.toml.`, {
    suggestions: [similar === undefined ? `Keys: ${SETTING_KEYS.join(', ')}` : `Did you mean ${similar}?`],
  });
}

const HOUR_MS = 60 * 60_000;

function age(ms: number | undefined): string | null {
  if (ms === undefined) return null;
  return ms % (24 * HOUR_MS) === 0 ? `${ms / (24 * HOUR_MS)}d` : `${ms / HOUR_MS}h`;
}

function size(bytes: number | undefined): string | null {
  return bytes === undefined ? null : formatSize(bytes);
}
