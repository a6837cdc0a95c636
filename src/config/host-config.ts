import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import * as z from 'zod/mini';
import { RefusedError, UsageError } from '../errors.js';
import { onOneLine } from '../printable.js';
import { FLEET_KEYS, type FleetConfig, FleetToml, fleetOf } from './host-fleet.js';
import { humanSize, parseVolumeSize, SIZE_RULE } from './size.js';

/** What the administrator of a host sets for all benches; a host needs no such file. */
export const HOST_CONFIG = '/etc/bench/host.toml';

/** Undefined is no limit. */
export interface Limits {
  /** Bytes of one data volume. */
  maxVolumeSize?: number;
  maxVolumesPerBench?: number;
  /** Data volumes of the host. */
  maxVolumes?: number;
  maxBenches?: number;
}

const count = z.optional(
  z
    .number('must be a whole number')
    .check(
      z.refine((value) => Number.isSafeInteger(value) && value >= 0, 'must be a whole number, 0 or more'),
    ),
);
const size = z.optional(
  z
    .union([z.string(), z.number()], `must be a size: ${SIZE_RULE}`)
    .check(z.refine((value) => bytesOf(value) !== undefined, `must be a size: ${SIZE_RULE}`)),
);

const HostToml = z.strictObject({
  limits: z.optional(
    z.strictObject({
      max_volume_size: size,
      max_volumes_per_bench: count,
      max_volumes: count,
      max_benches: count,
    }),
  ),
  fleet: z.optional(FleetToml),
});

/**
 * The limits of the host.
 * @throws UsageError `host-config-invalid`: a limit that is not understood is not passed over
 */
export async function readLimits(file: string = HOST_CONFIG): Promise<Limits> {
  const text = await readHostToml(file);
  return text === undefined ? {} : parseLimits(text, file);
}

/**
 * The fleet that this host is in; undefined for one that works alone.
 * @throws UsageError `host-config-invalid`
 */
export async function readFleet(file: string = HOST_CONFIG): Promise<FleetConfig | undefined> {
  const text = await readHostToml(file);
  return text === undefined ? undefined : parseFleet(text, file);
}

export function readHostToml(file: string = HOST_CONFIG): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw invalid(file, [`cannot be read (${error.message})`]);
  });
}

export function parseFleet(text: string, file: string): FleetConfig | undefined {
  const { fleet } = parseHost(text, file);
  return fleet === undefined ? undefined : fleetOf(fleet);
}

export function parseLimits(text: string, file: string): Limits {
  const { max_volume_size, max_volumes_per_bench, max_volumes, max_benches } =
    parseHost(text, file).limits ?? {};
  const maxVolumeSize = max_volume_size === undefined ? undefined : bytesOf(max_volume_size);
  return {
    ...(maxVolumeSize === undefined ? {} : { maxVolumeSize }),
    ...(max_volumes_per_bench === undefined ? {} : { maxVolumesPerBench: max_volumes_per_bench }),
    ...(max_volumes === undefined ? {} : { maxVolumes: max_volumes }),
    ...(max_benches === undefined ? {} : { maxBenches: max_benches }),
  };
}

function parseHost(text: string, file: string): z.infer<typeof HostToml> {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw invalid(file, [(error as Error).message.split('\n')[0] ?? 'is not TOML']);
  }
  const outcome = HostToml.safeParse(document);
  if (!outcome.success) throw invalid(file, outcome.error.issues.map(findingOf));
  return outcome.data;
}

/**
 * Before something comes into being or grows.
 * @param wanted the number, or the size in bytes, that there would be
 * @throws RefusedError `limit-reached` that names the limit and the file
 */
export function refuseAboveLimit(limits: Limits, limit: keyof Limits, wanted: number): void {
  const allowed = limits[limit];
  if (allowed === undefined || wanted <= allowed) return;
  const [key, what] = NAMES[limit];
  const shown = (value: number) => (limit === 'maxVolumeSize' ? humanSize(value) : String(value));
  throw new RefusedError(
    'limit-reached',
    `That would be ${what} of ${shown(wanted)}; limits.${key} in ${HOST_CONFIG} allows ${shown(allowed)}. Nothing was changed.`,
    { suggestions: [`The administrator of this host can raise limits.${key} in ${HOST_CONFIG}.`] },
  );
}

const NAMES: Readonly<Record<keyof Limits, readonly [key: string, what: string]>> = {
  maxVolumeSize: ['max_volume_size', 'a volume'],
  maxVolumesPerBench: ['max_volumes_per_bench', 'a number of volumes of this bench'],
  maxVolumes: ['max_volumes', 'a number of data volumes'],
  maxBenches: ['max_benches', 'a number of benches'],
};

const KEYS: Readonly<Record<string, readonly string[]>> = {
  limits: Object.values(NAMES).map(([name]) => name),
  fleet: FLEET_KEYS,
};

function bytesOf(value: string | number): number | undefined {
  try {
    return parseVolumeSize(String(value));
  } catch {
    return undefined;
  }
}

function findingOf({ code, path, message, ...rest }: z.core.$ZodIssue): string {
  const key = path.join('.');
  if (code === 'unrecognized_keys') {
    const { keys } = rest as { keys: string[] };
    const allowed = KEYS[key] ?? ['limits', 'fleet'];
    return `${keys.map((each) => [key, each].filter(Boolean).join('.')).join(', ')} is not a key; allowed are ${allowed.join(', ')}`;
  }
  return message === 'Invalid input' ? `${key} is missing` : `${key} ${message}`;
}

function invalid(file: string, findings: readonly string[]): UsageError {
  return new UsageError(
    'host-config-invalid',
    `${file}: ${findings.map(onOneLine).join('; ')}. Nothing was changed.`,
    { suggestions: [`Correct ${file}.`] },
  );
}
