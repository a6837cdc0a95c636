const DAY_MS = 24 * 60 * 60_000;

/** Days from one moment to a later one, with their fraction. */
export function days(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / DAY_MS;
}

/** `3 years`, `20 days`, `5 hours`, or `less than an hour`; from two years on nobody counts the days. */
export function ageText(inDays: number): string {
  if (inDays >= 730) return `${Math.floor(inDays / 365)} years`;
  if (inDays >= 2) return `${Math.floor(inDays)} days`;
  const hours = Math.floor(inDays * 24);
  return hours >= 2 ? `${hours} hours` : hours === 1 ? 'an hour' : 'less than an hour';
}
