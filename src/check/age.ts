import { UsageError } from '../errors.js';
import { ageText } from '../status/status.js';

const SECONDS = { s: 1, m: 60, h: 60 * 60, d: 24 * 60 * 60 } as const;

/**
 * Seconds of an age such as `90m`, `28h` or `7d`.
 * @throws UsageError `age-invalid`
 */
export function parseAge(text: string): number {
  const [, number, unit] = /^([1-9][0-9]{0,5})([smhd])$/.exec(text) ?? [];
  if (number !== undefined && unit !== undefined)
    return Number(number) * SECONDS[unit as keyof typeof SECONDS];
  throw new UsageError('age-invalid', `${JSON.stringify(text)} is no age such as 90m, 28h or 7d.`);
}

/** Seconds, as people say an age. Pure. */
export function secondsText(seconds: number): string {
  return ageText(seconds / SECONDS.d);
}
