import { UsageError } from '../errors.js';

const UNITS = ['K', 'M', 'G', 'T'] as const;
const SIZE = /^([1-9][0-9]*)([KMGT]?)$/i;

export const SIZE_RULE =
  'a positive whole number with an optional K, M, G or T (base 1024), such as "60G"; a bare number is bytes';

/** What is wrong with a size as written by a person, or undefined. */
export function sizeProblem(value: unknown): string | undefined {
  return toBytes(value) === undefined ? `must be ${SIZE_RULE}` : undefined;
}

/**
 * Bytes of a size as written in bench.toml or on the command line (`60G`, `1536m`, `1073741824`).
 * Throws {@link UsageError} `size-invalid` for everything else: decimals, signs, blanks, `GB`, zero, 2^53 and above.
 */
export function parseSize(text: string | number): number {
  const bytes = toBytes(text);
  if (bytes === undefined) {
    throw new UsageError('size-invalid', `${JSON.stringify(text)} is not a size: it must be ${SIZE_RULE}.`);
  }
  return bytes;
}

/** As {@link parseSize}, for data volumes, where `10GB` and `10GiB` are allowed as well and mean base 1024, too. */
export function parseVolumeSize(value: string | number): number {
  return parseSize(withoutByte(value) as string | number);
}

export function volumeSizeProblem(value: unknown): string | undefined {
  return sizeProblem(withoutByte(value));
}

function withoutByte(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/^([0-9]+[KMGT])i?B$/i, '$1') : value;
}

/** The shortest exact form for bench.toml: `60G`, `1536M`, or bare bytes where no unit divides them. */
export function formatSize(bytes: number): string {
  for (let power = UNITS.length; power > 0; power--) {
    const unit = 1024 ** power;
    if (bytes > 0 && bytes % unit === 0) return `${bytes / unit}${UNITS[power - 1]}`;
  }
  return String(bytes);
}

/** Rounded for people, as zfs prints it: `5.0G`, `124M`, `100G`, `0B`. Never parsed again. */
export function humanSize(bytes: number): string {
  const units = ['B', ...UNITS, 'P', 'E'];
  let value = bytes;
  let power = 0;
  // 1023.6M would be rounded to 1024M, so the next unit starts where rounding reaches 1024.
  while (power < units.length - 1 && (power === 0 ? value >= 1024 : value >= 1023.5)) {
    value /= 1024;
    power++;
  }
  const digits = power > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)}${units[power]}`;
}

function toBytes(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const match = SIZE.exec(value);
  if (match === null) return undefined;
  const power = UNITS.indexOf((match[2] ?? '').toUpperCase() as 'K') + 1;
  const bytes = Number(match[1]) * 1024 ** power;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
