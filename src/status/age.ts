const DAY_MS = 24 * 60 * 60_000;

/** Days from one moment to a later one, with their fraction. */
export function days(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / DAY_MS;
}
