const DURATION = /^([1-9][0-9]*)(ms|s|m)$/;
const UNIT_MS = { ms: 1, s: 1000, m: 60_000 } as const;
const LONGEST_MS = 60 * 60_000;

/** Milliseconds of a duration such as `500ms`, `10s` or `2m`; undefined where it is none or longer than an hour. */
export function durationMs(value: string): number | undefined {
  const match = DURATION.exec(value);
  if (match === null) return undefined;
  const ms = Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  return ms <= LONGEST_MS ? ms : undefined;
}

/** What is wrong with a duration, or undefined. */
export function durationProblem(value: string): string | undefined {
  return durationMs(value) === undefined
    ? 'must be a whole number with ms, s or m, such as "500ms", "10s" or "2m"; at most one hour'
    : undefined;
}

/** Milliseconds of an age such as `36h`, `7d` or `4w`; undefined where it is none. */
export function ageMs(value: string): number | undefined {
  return value.endsWith('m') ? undefined : spanMs(value);
}

/** What is wrong with an age, or undefined. */
export function ageProblem(value: string): string | undefined {
  return ageMs(value) === undefined
    ? 'must be a whole number with h, d or w, such as "36h", "7d" or "4w"'
    : undefined;
}

const SPAN = /^([1-9][0-9]{0,4})(m|h|d|w)$/;
const SPAN_MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;

/** Milliseconds of a span of time on the command line: `30m`, `8h`, `30d`, `2w`; undefined where it is none. */
export function spanMs(value: string): number | undefined {
  const match = SPAN.exec(value);
  return match === null ? undefined : Number(match[1]) * SPAN_MS[match[2] as keyof typeof SPAN_MS];
}
