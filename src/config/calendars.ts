import { CALENDAR_FORMS, calendarProblem, isCron } from './calendar.js';
import { type RawFinding, showValue } from './findings.js';

/**
 * The calendars of systemd that a key such as `schedule.snapshot` stands for; none where it is missing or of no form at
 * all, which the schema finds. The parser of cron is loaded only for what is written in cron's fields.
 */
export async function calendarsOf(
  document: Record<string, unknown>,
  table: string,
  key: string,
): Promise<{ calendars: string[]; findings: RawFinding[] }> {
  const value = (document[table] as Record<string, unknown> | undefined | null)?.[key];
  if (typeof value !== 'string' || calendarProblem(value) !== undefined)
    return { calendars: [], findings: [] };
  if (!isCron(value)) return { calendars: [value], findings: [] };
  const { cronCalendars } = await import('./cron.js');
  const found = cronCalendars(value);
  if ('calendars' in found) return { calendars: found.calendars, findings: [] };
  const message = `${found.problem}; it must be ${CALENDAR_FORMS}`;
  return {
    calendars: [],
    findings: [{ path: [table, key], message, value: showValue(value) }],
  };
}
