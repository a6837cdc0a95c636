import { posix } from 'node:path';
import { parseS3Url } from '../store-names.js';
import type { Calendars } from './calendars.js';
import {
  type BenchConfig,
  DEFAULTS,
  defaultImagePath,
  type KeepRule,
  type OffsiteConfig,
  type Policy,
  type Replicate,
  type Schedule,
  type WantedVolume,
} from './config.js';
import { ageMs, durationMs } from './duration.js';
import { parseKeySource } from './key-source.js';
import type { BenchToml } from './schema.js';
import { parseSize, parseVolumeSize } from './size.js';

/**
 * Fills in every default. `toml` has been validated; `file` is an absolute path.
 * @param calendars of the keys that say when something runs
 */
export function resolveConfig(toml: BenchToml, file: string, calendars: Calendars): BenchConfig {
  const {
    bench,
    mariadb = {},
    volume = {},
    snapshot = {},
    schedule = {},
    replicate = {},
    verify = {},
    maintenance = {},
    clone = {},
    volumes = [],
  } = toml;
  const instance = mariadb.instance || bench.name;
  const pool = volume.pool ?? DEFAULTS.pool;
  const dataset = `${pool}/${volume.name ?? bench.name}`;
  const imageSize = bytes(volume.image?.size);
  const reservation = bytes(volume.dataset?.reservation);
  const quota = bytes(volume.dataset?.quota);
  const directIo = volume.dataset?.direct_io;
  return {
    file,
    name: bench.name,
    mariadb: {
      instance,
      port: mariadb.port ?? DEFAULTS.port,
      dataDir: cleanPath(mariadb.data_dir || `/var/lib/mysql-${instance}`),
      socketPath: cleanPath(mariadb.socket_path || `/run/mysqld/mysqld-${instance}.sock`),
    },
    volume: {
      pool,
      dataset,
      mountpoint: `/${dataset}`,
      backing: volume.backing ?? (volume.device === undefined ? DEFAULTS.backing : 'device'),
      ...(volume.device === undefined ? {} : { device: cleanPath(volume.device) }),
      image: {
        path: cleanPath(volume.image?.path ?? defaultImagePath(pool)),
        ...(imageSize === undefined ? {} : { sizeBytes: imageSize }),
      },
      ...(reservation === undefined ? {} : { reservationBytes: reservation }),
      ...(quota === undefined ? {} : { quotaBytes: quota }),
      ...keyOf(volume, bench.name),
      ...(directIo === undefined ? {} : { directIo }),
    },
    snapshot: {
      lock: snapshot.lock ?? DEFAULTS.lock,
      lockTimeoutMs: durationMs(snapshot.lock_timeout ?? DEFAULTS.lockTimeout) ?? 10_000,
    },
    ...resolveSchedule(schedule, calendars['schedule.snapshot']),
    ...resolveOffsite(toml.offsite, calendars['offsite.schedule']),
    ...resolveReplicate(replicate, calendars['replicate.schedule']),
    verify: resolveVerify(verify, calendars['verify.schedule']),
    maintenance: { units: maintenance.units ?? [] },
    clone: { sql: clone.sql ?? [], run: clone.run ?? [] },
    volumes: volumes.map(wantedVolume),
  };
}

function wantedVolume({
  name,
  path,
  mode = 'rw',
  size,
  overlay_size,
}: NonNullable<BenchToml['volumes']>[number]): WantedVolume {
  return {
    name,
    path,
    mode,
    ...(size === undefined ? {} : { sizeBytes: parseVolumeSize(size as string | number) }),
    ...(overlay_size === undefined ? {} : { overlayBytes: parseVolumeSize(overlay_size as string | number) }),
  };
}

function keyOf(
  { encryption, key }: NonNullable<BenchToml['volume']>,
  bench: string,
): Pick<BenchConfig['volume'], 'key' | 'keyAsWritten'> {
  if (encryption !== 'on') return {};
  return {
    key: parseKeySource(key ?? DEFAULTS.key, bench),
    ...(key === undefined ? {} : { keyAsWritten: key }),
  };
}

function resolveSchedule(
  { snapshot, keep, keep_days: days, prune }: NonNullable<BenchToml['schedule']>,
  calendars: readonly string[] = [],
): { schedule?: Schedule } {
  if (snapshot === undefined) return {};
  const policy: Policy | undefined = days !== undefined ? { days } : policyOf(keep);
  return {
    schedule: {
      snapshot,
      calendars: [...calendars],
      ...(policy === undefined ? {} : { policy }),
      prune: prune ?? policy !== undefined,
    },
  };
}

function resolveReplicate(
  { to, target, schedule, bandwidth }: NonNullable<BenchToml['replicate']>,
  calendars: string[] = [],
): { replicate?: Replicate } {
  if (to === undefined) return {};
  const bandwidthBytes = bytes(bandwidth);
  return {
    replicate: {
      to,
      ...(target === undefined ? {} : { target }),
      ...(schedule === undefined ? {} : { schedule: { text: schedule, calendars } }),
      ...(bandwidthBytes === undefined ? {} : { bandwidthBytes }),
    },
  };
}

/** A rule that is not named is 0; undefined where none is. */
function policyOf(keep: Partial<Record<KeepRule, number | undefined>> | undefined): Policy | undefined {
  if (keep === undefined || Object.keys(keep).length === 0) return undefined;
  const { last = 0, hourly = 0, daily = 0, weekly = 0, monthly = 0, yearly = 0 } = keep;
  return { last, hourly, daily, weekly, monthly, yearly };
}

function resolveOffsite(
  offsite: BenchToml['offsite'],
  calendars: string[] = [],
): { offsite?: OffsiteConfig } {
  const { url, endpoint, region, credentials, recipients, schedule, keep, full_every, lock_days } =
    offsite ?? {};
  // Keys may be there before the place is.
  if (url === undefined || credentials === undefined || recipients === undefined) return {};
  const policy = policyOf(keep);
  const fullAgeMs = typeof full_every === 'string' ? ageMs(full_every) : undefined;
  return {
    offsite: {
      url: url.replace(/\/$/, ''),
      ...parseS3Url(url),
      ...(endpoint === undefined ? {} : { endpoint: endpoint.replace(/\/$/, '') }),
      region: region ?? DEFAULTS.region,
      credentials,
      recipients,
      ...(schedule === undefined ? {} : { schedule: { text: schedule, calendars } }),
      ...(policy === undefined ? {} : { policy }),
      fullEvery:
        fullAgeMs === undefined
          ? { increments: typeof full_every === 'number' ? full_every : DEFAULTS.fullEvery }
          : { ageMs: fullAgeMs },
      ...(lock_days === undefined ? {} : { lockDays: lock_days }),
    },
  };
}

function resolveVerify(
  { sql = [], max_age, schedule }: NonNullable<BenchToml['verify']>,
  calendars: string[] = [],
): BenchConfig['verify'] {
  const maxAgeMs = max_age === undefined ? undefined : ageMs(max_age);
  return {
    sql: sql.map(({ query, expect }) => ({ query, expect: answerText(expect) })),
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
    ...(schedule === undefined ? {} : { schedule: { text: schedule, calendars } }),
  };
}

/** MariaDB has 1 and 0 for what TOML calls true and false. */
function answerText(expect: string | number | boolean): string {
  return typeof expect === 'boolean' ? String(Number(expect)) : String(expect);
}

function bytes(size: unknown): number | undefined {
  return size === undefined ? undefined : parseSize(size as string | number);
}

/** No double and no trailing slashes: paths are compared with what the kernel reports. */
function cleanPath(path: string): string {
  return posix.normalize(path).replace(/\/+$/, '');
}
