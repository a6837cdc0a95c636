const DAY_MS = 24 * 60 * 60_000;

/** Days from one moment to a later one, with their fraction. */
export function days(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / DAY_MS;
}

/** `3 years`, `20 days`, `5 hours` or `12 minutes`; from two years on nobody counts the days. */
export function ageText(inDays: number): string {
  if (inDays >= 730) return `${Math.floor(inDays / 365)} years`;
  if (inDays >= 2) return `${Math.floor(inDays)} days`;
  const minutes = Math.floor(inDays * 24 * 60);
  if (minutes >= 120) return `${Math.floor(minutes / 60)} hours`;
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}
