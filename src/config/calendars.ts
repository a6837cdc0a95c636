import { CALENDAR_FORMS, calendarProblem, isCron } from './calendar.js';
import { type RawFinding, showValue } from './findings.js';

/** The keys of bench.toml that say when something runs by itself: table and key. */
const TIMED = [
  ['schedule', 'snapshot'],
  ['verify', 'schedule'],
  ['offsite', 'schedule'],
  ['replicate', 'schedule'],
] as const;

/** The calendars of systemd that each such key stands for, by `table.key`. */
export type Calendars = Readonly<Record<string, string[]>>;

/**
 * What the keys that say when something runs stand for; nothing for one that is missing or of no form at all, which the
 * schema finds. The parser of cron is loaded only for what is written in cron's fields.
 */
export async function timedCalendars(
  document: Record<string, unknown>,
): Promise<{ calendars: Calendars; findings: RawFinding[] }> {
  const calendars: Record<string, string[]> = {};
  const findings: RawFinding[] = [];
  for (const [table, key] of TIMED) {
    const value = (document[table] as Record<string, unknown> | undefined | null)?.[key];
    if (typeof value !== 'string' || calendarProblem(value) !== undefined) continue;
    const found = await calendarsOf(value);
    if ('calendars' in found) calendars[`${table}.${key}`] = found.calendars;
    else {
      const message = `${found.problem}; it must be ${CALENDAR_FORMS}`;
      findings.push({ path: [table, key], message, value: showValue(value) });
    }
  }
  return { calendars, findings };
}

async function calendarsOf(value: string): Promise<{ calendars: string[] } | { problem: string }> {
  if (!isCron(value)) return { calendars: [value] };
  const { cronCalendars } = await import('./cron.js');
  return cronCalendars(value);
}
