import { CALENDAR_FORMS } from '../config/calendar.js';
import { UsageError } from '../errors.js';
import { CommandError, type Runner } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import type { WantedJob } from './job.js';

/**
 * The next times at which these calendars elapse after a moment, in order, as systemd itself says (systemd-analyze(1),
 * `calendar`): at least `count` of them, unless there are no more. One process.
 */
export async function elapses(
  runner: Runner,
  calendars: readonly string[],
  { after, count }: { after: Date; count: number },
): Promise<Date[]> {
  const base = `--base-time=@${Math.floor(after.getTime() / 1000)}`;
  const { stdout } = await runner.run({
    argv: ['systemd-analyze', 'calendar', base, `--iterations=${count}`, '--', ...calendars],
  });
  return parseElapses(stdout);
}

/** In another zone than UTC systemd prints each time once more in UTC, on a line of its own. Pure. */
export function parseElapses(stdout: string): Date[] {
  const lines = stdout.matchAll(/: \w{3} (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)? UTC$/gm);
  const times = [...lines].map(([, date, time]) => new Date(`${date}T${time}Z`));
  return times.sort((a, b) => a.getTime() - b.getTime());
}

/**
 * Has systemd judge what bench.toml says, before a timer is made of it.
 * @returns how far apart runs are at least, in seconds
 * @throws UsageError `schedule-invalid`
 */
export async function requireCalendar(
  { config: { file }, table, key, when }: Pick<WantedJob, 'config' | 'table' | 'key' | 'when'>,
  runner: Runner,
): Promise<number> {
  const invalid = (why: string, command?: readonly string[]) =>
    new UsageError(
      'schedule-invalid',
      `${file}: ${table}.${key} = ${JSON.stringify(when.text)}: ${onOneLine(why)} Nothing was changed.`,
      {
        ...(command === undefined ? {} : { command }),
        suggestions: [`It must be ${CALENDAR_FORMS}.`, 'man systemd.time, "Calendar Events"'],
      },
    );
  let times: Date[];
  try {
    times = await elapses(runner, when.calendars, { after: new Date(), count: ITERATIONS });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw invalid(error.result.stderr.trim().split('\n')[0] ?? '', error.result.argv);
  }
  const distinct = [...new Set(times.map((time) => time.getTime()))];
  if (distinct.length < 2) throw invalid('That comes at most once, and then never again.');
  const gaps = distinct.slice(1).map((time, index) => (time - (distinct[index] ?? 0)) / 1000);
  return Math.min(...gaps);
}

/** Enough to see the shortest distance of what comes several times a day. */
const ITERATIONS = 12;
