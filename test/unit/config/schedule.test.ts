import { spawnSync } from 'node:child_process';
import { parseCronExpression } from 'cron-schedule';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { calendarProblem } from '../../../src/config/calendar.js';
import { cronCalendars } from '../../../src/config/cron.js';
import { formatFindings } from '../../../src/config/findings.js';
import { checkConfig } from '../../../src/config/load.js';

const FILE = '/srv/benches/shop/bench.toml';

async function load(schedule: string) {
  const { config, findings } = await checkConfig(
    `[bench]\nname = "shop"\n[schedule]\n${schedule}`,
    FILE,
    'linux',
  );
  return { schedule: config?.schedule, findings: formatFindings(findings).replaceAll(`${FILE}:`, '') };
}

describe('[schedule]', () => {
  it('is none where no time is given', async () => {
    expect((await load('')).schedule).toBeUndefined();
  });

  it('adds rules up, with 0 for those that are not named', async () => {
    expect(await load('snapshot = "hourly"\nkeep = { hourly = 24, last = 3 }\n')).toEqual({
      findings: '',
      schedule: {
        snapshot: 'hourly',
        calendars: ['hourly'],
        policy: { last: 3, hourly: 24, daily: 0, weekly: 0, monthly: 0, yearly: 0 },
        prune: true,
      },
    });
  });

  it('has no rules in an empty table of them', async () => {
    expect(await load('snapshot = "daily"\nkeep = {}\n')).toMatchObject({
      findings: '',
      schedule: { prune: false },
    });
    expect((await load('snapshot = "daily"\nkeep = {}\nprune = true\n')).findings).toContain('needs to know');
  });

  it('prunes only where there are rules, and where it is not told otherwise', async () => {
    expect((await load('snapshot = "daily"\n')).schedule).toMatchObject({ prune: false });
    expect((await load('snapshot = "daily"\nkeep_days = 7\n')).schedule).toMatchObject({
      policy: { days: 7 },
      prune: true,
    });
    expect((await load('snapshot = "daily"\nkeep_days = 7\nprune = false\n')).schedule).toMatchObject({
      prune: false,
    });
  });

  it.each([
    ['snapshot = "daily"\nkeep = { hourly = 0, daily = 0 }\n', 'must keep something'],
    ['snapshot = "daily"\nkeep_days = 0\n', 'must be at least 1'],
    ['snapshot = "daily"\nprune = true\n', 'needs to know what to keep'],
    ['snapshot = "daily"\nkeep = { hourly = 1 }\nkeep_days = 2\n', 'does not go with keep'],
    ['keep = { hourly = 1 }\n', 'schedule.snapshot: is missing'],
    ['snapshot = "daily"\nkeep = { hourly = -1 }\n', 'must be a whole number from 0 to 10000'],
    ['snapshot = "daily"\nkeep = { hourli = 1 }\n', 'did you mean "hourly"?'],
    ['snapshot = "daily"\nkeep = 7\n', 'must be a table'],
    ['snapshot = "hurly"\n', 'a systemd calendar such as "hourly"'],
    ['snapshot = "@daily"\n', 'must be written without "@": "daily"'],
    ['snapshot = "61 * * * *"\n', 'outside of constraint range'],
    ['snapshot = "0 4 * * *\\nx"\n', 'a systemd calendar such as "hourly"'],
    ['snapshot = 5\n', 'must be a text in quotes'],
  ])('refuses %j', async (text, message) => {
    const found = await load(text);
    expect(found.schedule).toBeUndefined();
    expect(found.findings).toContain(message);
  });

  it('names everything that is wrong at once', async () => {
    const { findings } = await load(
      'snapshot = "0 25 * * *"\nkeep = { dayly = 1, last = 0 }\nprune = "yes"\n',
    );
    expect(findings.split('\n').map((line) => /schedule[.\w]*/.exec(line)?.[0])).toEqual([
      'schedule.snapshot',
      'schedule.keep.dayly',
      'schedule.prune',
    ]);
  });
});

describe('a calendar', () => {
  test.each([
    'hourly',
    'daily UTC',
    '*-*-* 04:00',
    '*:0/15',
    'Mon..Fri *-*-* 04,16:00:00',
    'Sat,Sun 10:00 Europe/Berlin',
    'Monday',
    '*-*~1 03:00',
    '*-02/3-01',
    '0 4 * * *',
  ])('%s is one', (text) => {
    expect(calendarProblem(text)).toBeUndefined();
  });

  test.each(['', 'never', 'UTC', '04', 'tomorrow', '-u', 'hourly daily', '*-*-* 04:00\n', 'Mon;Tue', '@17'])(
    '%j is none',
    (text) => {
      expect(calendarProblem(text)).toBeDefined();
    },
  );
});

describe("cron's fields as calendars of systemd", () => {
  test.each<[string, string[]]>([
    ['0 4 * * *', ['*-*-* 04:00:00']],
    ['*/15 * * * *', ['*-*-* *:00,15,30,45:00']],
    ['30 2 1 * *', ['*-*-01 02:30:00']],
    ['0 22 * * 1-5', ['Mon,Tue,Wed,Thu,Fri *-*-* 22:00:00']],
    ['0 0 * jan,JUL sun', ['Sun *-01,07-* 00:00:00']],
    ['0 0 * * 7', ['Sun *-*-* 00:00:00']],
    ['0 0 * * 5-7', ['Sun,Fri,Sat *-*-* 00:00:00']],
    // crontab(5): where both days are restricted, either is enough.
    ['30 4 1,15 * 5', ['*-*-01,15 04:30:00', 'Fri *-*-* 04:30:00']],
    // All days, but written as a restriction: still either.
    ['0 0 1 * 0-6', ['*-*-01 00:00:00', '*-*-* 00:00:00']],
    // A star restricts nothing, even with a step: then both have to fit.
    ['0 0 */2 * mon', ['Mon *-*-01,03,05,07,09,11,13,15,17,19,21,23,25,27,29,31 00:00:00']],
  ])('%s', (cron, calendars) => {
    expect(cronCalendars(cron)).toEqual({ calendars });
  });

  test.each([
    '5x * * * *',
    '3/5 * * * *',
    '* * L * *',
    '0 0 * * 1#2',
    '0 0 ? * *',
    'H 4 * * *',
    '5-1 * * * *',
  ])('%s is no cron of a server', (cron) => {
    expect(cronCalendars(cron)).toHaveProperty('problem');
  });
});

// The library counts in the host's own time.
process.env.TZ = 'UTC';
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

/** The next times that systemd itself makes of these calendars, in seconds since 1970. */
function elapses(calendars: readonly string[], base: Date, count: number): number[] {
  const { stdout, status, stderr } = spawnSync(
    'systemd-analyze',
    ['calendar', `--iterations=${count}`, `--base-time=@${base.getTime() / 1000}`, ...calendars],
    { encoding: 'utf8', env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' } },
  );
  if (status !== 0) throw new Error(stderr);
  const times = [...stdout.matchAll(/(?:Next elapse|Iter\. #\d+): \w+ (\S+ \S+) UTC/g)].map(
    ([, time]) => Date.parse(`${time?.replace(' ', 'T')}Z`) / 1000,
  );
  return [...new Set(times)].sort((a, b) => a - b).slice(0, count);
}

test.skipIf(!hasSystemd)('systemd elapses when cron would run, over random fields', () => {
  const number = (min: number, max: number) => fc.integer({ min, max }).map(String);
  const field = (min: number, max: number) =>
    fc.oneof(
      fc.constant('*'),
      fc.constant('*'),
      number(min, max),
      fc.tuple(number(min, max), number(min, max)).map(([a, b]) => `${a},${b}`),
      fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => {
        return `${Math.min(a, b)}-${Math.max(a, b)}`;
      }),
      fc.integer({ min: 2, max: 9 }).map((step) => `*/${step}`),
    );
  // Days that every month has: what never comes is another matter.
  const fields = fc.tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6));
  const base = new Date('2027-02-27T22:17:00Z');
  fc.assert(
    fc.property(fields, (parts) => {
      const cron = parts.join(' ');
      const translated = cronCalendars(cron);
      if (!('calendars' in translated)) throw new Error(translated.problem);
      // The library takes a field that holds all days for a star, and a star with a step for none; cron judges by how it
      // is written.
      fc.pre(!/^\*\/|\*\/\S+$/.test(`${parts[2]} ${parts[4]}`) && parts[4] !== '0-6');
      const wanted: number[] = [];
      let at = base;
      while (wanted.length < 4) {
        at = parseCronExpression(cron).getNextDate(at);
        wanted.push(at.getTime() / 1000);
      }
      expect(elapses(translated.calendars, base, 4)).toEqual(wanted);
    }),
    { numRuns: 60 },
  );
});
