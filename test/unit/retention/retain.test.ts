import { describe, expect, it, test } from 'vitest';
import { retain } from '../../../src/retention/retain.js';
import { DAY_MS, HOUR_MS, keep, made, series, staying } from './snapshots.js';

describe("restic's documented examples", () => {
  const sundays = series('2019-09-01T11:00Z', 12, 7 * DAY_MS);

  it('--keep-daily 4 of one backup each Sunday: the last four Sundays', () => {
    expect(staying(sundays, keep({ daily: 4 }), '2019-11-20T00:00Z')).toEqual([
      '2019-10-27T11:00',
      '2019-11-03T11:00',
      '2019-11-10T11:00',
      '2019-11-17T11:00',
    ]);
  });

  it('one a day for 100 years, --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --keep-yearly 75', () => {
    const days = series('1926-11-25T12:00Z', 36_525, DAY_MS);
    const kept = staying(days, keep({ daily: 7, weekly: 5, monthly: 12, yearly: 75 }), '2026-11-25T00:00Z');
    // The newest is of Tuesday, 24 November 2026. "The most recent 7 daily snapshots and 4 last-day-of-the-week ones
    // (since the 7 dailies already include 1 weekly)": the week that goes on is one more of the dailies here.
    const daily = ['11-18', '11-19', '11-20', '11-21', '11-22', '11-23', '11-24'];
    const weekly = ['11-01', '11-08', '11-15'];
    // "12 or 11 last-day-of-the-month": November's is the newest daily.
    const monthly = [
      '01-31',
      '02-28',
      '03-31',
      '04-30',
      '05-31',
      '06-30',
      '07-31',
      '08-31',
      '09-30',
      '10-31',
    ];
    const thisYear = [...monthly, ...weekly, ...daily].map((day) => `2026-${day}T12:00`);
    // "75 or 74 last-day-of-the-year": 2026's is the newest daily, and 2025's is December's monthly, too.
    const yearly = Array.from({ length: 74 }, (_, index) => `${1952 + index}-12-31T12:00`);
    expect(kept).toEqual([...yearly, ...thisYear].sort());
  });

  it('--keep-last 1 keeps one', () => {
    expect(staying(sundays, keep({ last: 1 }), '2019-11-20T00:00Z')).toEqual(['2019-11-17T11:00']);
  });

  it('calendar rules work on natural boundaries: Monday 00:00 to Sunday 23:59', () => {
    const around = ['2026-11-22T23:59Z', '2026-11-23T00:00Z', '2026-11-23T00:59Z', '2026-11-23T01:00Z'];
    const snapshots = around.map((time) => made(time));
    expect(staying(snapshots, keep({ weekly: 2 }), '2026-11-23T02:00Z')).toEqual([
      '2026-11-22T23:59',
      '2026-11-23T01:00',
    ]);
    expect(staying(snapshots, keep({ hourly: 2 }), '2026-11-23T02:00Z')).toEqual([
      '2026-11-23T00:59',
      '2026-11-23T01:00',
    ]);
  });
});

describe("sanoid's documented templates, over a year of one snapshot an hour", () => {
  const hours = series('2025-11-24T00:00Z', 366 * 24, HOUR_MS);
  const now = '2026-11-24T23:30Z';

  it.each([
    ['the defaults', { hourly: 48, daily: 90, monthly: 6 }],
    ['production of the example', { hourly: 36, daily: 30, monthly: 3 }],
    ['backup of the example', { hourly: 30, daily: 90, monthly: 12 }],
  ])('%s', (_, rules) => {
    const kept = staying(hours, keep(rules), now);
    // The newest ones of hours, then the last ones of days and months before those.
    const wanted = new Set(hours.slice(-rules.hourly).map(({ tag }) => tag));
    for (let day = 0; day < rules.daily; day += 1)
      wanted.add(`${new Date(Date.parse('2026-11-24') - day * DAY_MS).toISOString().slice(0, 10)}T23:00`);
    for (let month = 1; month < rules.monthly; month += 1)
      wanted.add(`${new Date(Date.UTC(2026, 11 - month, 0)).toISOString().slice(0, 10)}T23:00`);
    expect(kept).toEqual([...wanted].sort());
  });
});

describe('the calendar', () => {
  it('of a leap year: 29 February is a day, and the end of its month', () => {
    const days = series('2028-02-25T12:00Z', 8, DAY_MS);
    expect(staying(days, keep({ monthly: 2 }), '2028-03-05T00:00Z')).toEqual([
      '2028-02-29T12:00',
      '2028-03-03T12:00',
    ]);
    expect(staying(days, keep({ daily: 4 }), '2028-03-05T00:00Z')).toEqual([
      '2028-02-29T12:00',
      '2028-03-01T12:00',
      '2028-03-02T12:00',
      '2028-03-03T12:00',
    ]);
  });

  it('of ISO weeks: the turn of a year does not end one', () => {
    // 2026 has a week 53, from 28 December to 3 January.
    const days = series('2026-12-26T12:00Z', 11, DAY_MS);
    expect(staying(days, keep({ weekly: 3 }), '2027-01-06T00:00Z')).toEqual([
      '2026-12-27T12:00',
      '2027-01-03T12:00',
      '2027-01-05T12:00',
    ]);
    expect(staying(days, keep({ yearly: 2 }), '2027-01-06T00:00Z')).toEqual([
      '2026-12-31T12:00',
      '2027-01-05T12:00',
    ]);
  });

  test.each(['Europe/Berlin', 'America/St_Johns', 'Asia/Kolkata', 'UTC'])(
    'does not follow the zone of the host (%s), whose days may have 23 hours or 25',
    (zone) => {
      const before = process.env.TZ;
      process.env.TZ = zone;
      try {
        // Over both changes of summer time in 2026.
        for (const from of ['2026-03-28T00:30Z', '2026-10-24T00:30Z']) {
          const hours = series(from, 72, HOUR_MS);
          const now = hours[71]?.createdAt ?? new Date();
          expect(staying(hours, keep({ daily: 3 }), now)).toEqual([23, 47, 71].map((i) => hours[i]?.tag));
          expect(staying(hours, keep({ hourly: 30 }), now)).toHaveLength(30);
        }
      } finally {
        process.env.TZ = before;
      }
    },
  );
});

describe('keep_days', () => {
  it('keeps everything younger', () => {
    const hours = series('2026-11-20T00:00Z', 100, HOUR_MS);
    const now = '2026-11-24T04:00Z';
    const kept = staying(hours, { days: 2 }, now);
    expect(kept).toEqual(hours.filter(({ tag }) => tag > '2026-11-22T04:00').map(({ tag }) => tag));
  });

  it('after a pause, or with a clock that is ahead, keeps the newest of as many days', () => {
    const hours = series('2026-11-20T00:00Z', 100, HOUR_MS);
    expect(staying(hours, { days: 2 }, '2038-01-19T00:00Z')).toEqual([
      '2026-11-23T23:00',
      '2026-11-24T03:00',
    ]);
  });
});

describe('what no rule decides', () => {
  const now = '2026-11-24T12:00Z';
  const [old, newer, newest] = [
    made('2026-11-20T12:00Z'),
    made('2026-11-21T12:00Z'),
    made('2026-11-24T11:00Z'),
  ] as const;
  const only = (rest: Parameters<typeof made>[1]) =>
    retain([newest, newer, { ...old, ...rest }], keep({ last: 1 }), new Date(now)).at(-1)?.keptBy;

  it.each<[string, Parameters<typeof made>[1], string[]]>([
    ['nothing keeps it', {}, []],
    ['somebody made it', { scheduled: false }, ['not-scheduled']],
    ['pinned', { pinned: true }, ['pinned']],
    ['held', { holds: 1 }, ['held']],
    ['cloned', { clones: ['bench-pool/copy'] }, ['cloned']],
    ['a copy depends on it', { neededBy: 'offsite' }, ['needed']],
    ['all at once', { pinned: true, holds: 2, clones: ['a'] }, ['pinned', 'held', 'cloned']],
  ])('%s', (_, rest, reasons) => {
    expect(only(rest)).toEqual(reasons);
  });

  it('what somebody else has made does not count as the newest of its day', () => {
    const byHand = made('2026-11-21T13:00Z', { scheduled: false });
    expect(staying([old, newer, byHand, newest], keep({ daily: 3 }), now)).toHaveLength(4);
  });

  it('the newest scheduled one stays although a newer one was made by hand', () => {
    const byHand = made('2026-11-24T11:30Z', { scheduled: false });
    const verdicts = retain([byHand, newest, newer], keep({ yearly: 1 }), new Date(now));
    expect(verdicts.map(({ keptBy }) => keptBy)).toEqual([
      ['newest', 'not-scheduled'],
      ['yearly', 'newest'],
      [],
    ]);
  });

  it('a snapshot from the future: the clock was set back, and nothing goes', () => {
    const future = made('2026-11-24T12:00:01Z');
    const verdicts = retain([future, newest, newer, old], keep({ last: 1 }), new Date(now));
    expect(verdicts.map(({ keptBy }) => keptBy)).toEqual([
      ['last', 'newest'],
      ['clock'],
      ['clock'],
      ['clock'],
    ]);
  });

  it('one that is known to be bad takes no place of a good one', () => {
    const days = series('2026-11-18T12:00Z', 6, DAY_MS);
    const bad = days.map((each, index) => ({ ...each, ...(index > 2 ? { proof: 'bad' as const } : {}) }));
    expect(staying(days, keep({ daily: 2 }), now)).toEqual(['2026-11-22T12:00', '2026-11-23T12:00']);
    expect(staying(bad, keep({ daily: 2 }), now)).toEqual([
      '2026-11-19T12:00',
      '2026-11-20T12:00',
      '2026-11-22T12:00',
      '2026-11-23T12:00',
    ]);
    expect(staying(bad, { days: 2 }, now)).toContain('2026-11-20T12:00');
  });

  it('the newest that is known to be good stays as long as there is a bad one', () => {
    const [first, second, ...rest] = series('2026-11-18T12:00Z', 6, DAY_MS);
    const good = [first, second].map((each) => ({ ...made(0), ...each, proof: 'good' as const }));
    const last = { ...made(0), ...rest.at(-1), proof: 'bad' as const };
    const verdicts = retain(
      [last, ...rest.slice(0, -1).reverse(), ...good.reverse()],
      keep({ last: 1 }),
      new Date(now),
    );
    expect(verdicts.map(({ keptBy }) => keptBy)).toEqual([
      ['last', 'newest'],
      ['last'],
      [],
      [],
      ['proven'],
      [],
    ]);
    expect(staying([...good.reverse(), ...rest], keep({ last: 1 }), now)).toEqual(['2026-11-23T12:00']);
  });

  it.each([keep({}), { days: 0 }, keep({ last: -1, daily: 2 })])('no policy at all is refused', (policy) => {
    expect(() => retain([newest], policy, new Date(now))).toThrow(
      expect.objectContaining({ code: 'policy-empty' }),
    );
  });
});
