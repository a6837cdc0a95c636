const LIFETIME = /^([1-9][0-9]*)(m|h|d|w)$/;
const MINUTE_MS = 60_000;
const UNIT_MS = {
  m: MINUTE_MS,
  h: 60 * MINUTE_MS,
  d: 24 * 60 * MINUTE_MS,
  w: 7 * 24 * 60 * MINUTE_MS,
} as const;
const LONGEST_MS = 365 * UNIT_MS.d;

/** Milliseconds of a lifetime such as `30m`, `8h`, `2d` or `1w`; undefined where it is none or longer than a year. */
export function lifetimeMs(value: string): number | undefined {
  const match = LIFETIME.exec(value);
  if (match === null) return undefined;
  const ms = Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  return ms <= LONGEST_MS ? ms : undefined;
}

/** What is wrong with a lifetime, or undefined. */
export function lifetimeProblem(value: string): string | undefined {
  return lifetimeMs(value) === undefined
    ? 'must be a whole number with m, h, d or w, such as "30m", "8h" or "2d"; at most one year'
    : undefined;
}
