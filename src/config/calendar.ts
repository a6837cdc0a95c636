import type { Validator } from '../names.js';

/** Both ways to say when, as every refusal names them. */
export const CALENDAR_FORMS =
  'a systemd calendar such as "hourly" or "*-*-* 04:00", or the five fields of cron such as "0 4 * * *"';

const WEEKDAY = '(?:mon|tue|wed|thu|fri|sat|sun)(?:day|sday|nesday|rsday|urday)?';
const SHORTHAND = /^(minutely|hourly|daily|weekly|monthly|quarterly|semiannually|yearly|annually)$/i;
const WEEKDAYS = new RegExp(`^${WEEKDAY}(?:(?:\\.\\.|,)${WEEKDAY})*,?$`, 'i');
const DATE = /^[0-9*][0-9*,./]*[-~][0-9*,./~-]*$/;
const TIME = /^[0-9*][0-9*,./]*:[0-9*,./:]+$/;
const ZONE = /^(UTC|[A-Z][A-Za-z_]+(\/[A-Za-z0-9_+-]+)+)$/;

/** Whether a text has as many words as cron has fields; a systemd calendar has four at most (systemd.time(7)). */
export function isCron(text: string): boolean {
  return text.trim().split(/[ \t]+/).length === 5;
}

/**
 * What is wrong with the form of a calendar, or undefined. Typing errors are found here, at once and without a process;
 * the last word has `systemd-analyze calendar` when the timer is made. cron's fields are judged by `cron.ts`.
 */
export const calendarProblem: Validator = (value) => {
  if (/[^\x20-\x7e\t]/.test(value) || value.length > 200) return `must be ${CALENDAR_FORMS}`;
  if (isCron(value) || isCalendar(value)) return undefined;
  const plain = value.replace(/^@/, '');
  if (value.startsWith('@') && SHORTHAND.test(plain)) return `must be written without "@": "${plain}"`;
  return `must be ${CALENDAR_FORMS}`;
};

/** Weekdays, date, time and zone, in this order; each may be left out, but not all of the first three. */
function isCalendar(value: string): boolean {
  const words = value.split(' ');
  const last = words.at(-1) ?? '';
  if (words.length > 1 && ZONE.test(last)) words.pop();
  const [first = ''] = words;
  if (words.length === 1 && SHORTHAND.test(first)) return true;
  const count = words.length;
  for (const form of [WEEKDAYS, DATE, TIME]) if (form.test(words[0] ?? '')) words.shift();
  return words.length === 0 && count > 0;
}
