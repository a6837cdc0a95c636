import { parseCronExpression } from 'cron-schedule';

/** Of cron's five fields (crontab(5)): what they are called, their limits, and whether names stand for numbers. */
const FIELDS = [
  { name: 'minute', names: false },
  { name: 'hour', names: false },
  { name: 'day of month', names: false },
  { name: 'month', names: true },
  { name: 'day of week', names: true },
] as const;

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/**
 * cron's five fields as calendars of systemd, which together elapse when cron would run: two where both days are
 * restricted, for cron then takes either (crontab(5)). Pure.
 * @returns a `problem` for what cron would not understand
 */
export function cronCalendars(expression: string): { calendars: string[] } | { problem: string } {
  const fields = expression.trim().split(/[ \t]+/);
  const wrong = FIELDS.find(({ names }, index) => !isField(fields[index] ?? '', names));
  if (wrong !== undefined || fields.length !== FIELDS.length)
    return { problem: `is not cron's: its ${wrong?.name ?? 'number of fields'} cannot be read` };
  try {
    const cron = parseCronExpression(fields.join(' '));
    const time = `${list(cron.hours, 24)}:${list(cron.minutes, 60)}:00`;
    const months = list(
      cron.months.map((month) => month + 1),
      12,
    );
    const days = `*-${months}-${list(cron.days, 31)}`;
    const weekdays = cron.weekdays.length === 7 ? '' : `${weekdayList(cron.weekdays)} `;
    // A field that begins with a star restricts nothing, whatever follows: `*/2` with a weekday wants both.
    const either = !fields[2]?.startsWith('*') && !fields[4]?.startsWith('*');
    return {
      calendars: either
        ? [`${days} ${time}`, `${weekdays}*-${months}-* ${time}`]
        : [`${weekdays}${days} ${time}`],
    };
  } catch (error) {
    return { problem: `is not cron's: ${(error as Error).message.replace(/\.$/, '')}` };
  }
}

/** Stars, numbers, names and ranges, each but a single number with a step if need be: more is no cron of a server. */
function isField(field: string, names: boolean): boolean {
  const one = names ? '(?:[0-9]{1,2}|[A-Za-z]{3})' : '[0-9]{1,2}';
  const element = `(?:(?:\\*|${one}-${one})(?:/[1-9][0-9]?)?|${one})`;
  return new RegExp(`^${element}(?:,${element})*$`).test(field);
}

/** A star for all of them, else each with two digits. */
function list(numbers: readonly number[], all: number): string {
  if (numbers.length === all) return '*';
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted.map((number) => String(number).padStart(2, '0')).join(',');
}

function weekdayList(weekdays: readonly number[]): string {
  return [...weekdays]
    .sort((a, b) => a - b)
    .map((weekday) => WEEKDAYS[weekday])
    .join(',');
}
