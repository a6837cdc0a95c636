/** `YYYYMMDD-HHMMSS` in UTC: the tag of a snapshot, and the time in the name of what is moved aside. */
export function utcStamp(date: Date): string {
  const [day, time] = date.toISOString().split('T') as [string, string];
  return `${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`;
}
