import { CALENDAR_FORMS, calendarProblem, isCron } from './calendar.js';
import { type RawFinding, showValue } from './findings.js';

/** What `schedule.snapshot` and `offsite.schedule` stand for. */
export interface Calendars {
  snapshot: string[];
  offsite: string[];
}

/** Every time that bench.toml names, as calendars of systemd, and what is wrong with them. */
export async function calendarsOf(
  document: Record<string, unknown>,
): Promise<{ calendars: Calendars; findings: RawFinding[] }> {
  const snapshot = await calendarsAt(document, 'schedule', 'snapshot');
  const offsite = await calendarsAt(document, 'offsite', 'schedule');
  return {
    calendars: { snapshot: snapshot.calendars, offsite: offsite.calendars },
    findings: [...snapshot.findings, ...offsite.findings],
  };
}

/**
 * The calendars of systemd that a key stands for; none where it is missing or of no form at all, which the schema finds.
 * The parser of cron is loaded only for what is written in cron's fields.
 */
async function calendarsAt(
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
