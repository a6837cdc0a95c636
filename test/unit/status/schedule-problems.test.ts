import { describe, expect, it } from 'vitest';
import { UNKNOWN_UNIT, type UnitState } from '../../../src/host/systemd.js';
import type { ScheduleStatus } from '../../../src/schedule/status.js';
import type { ScheduleEvidence } from '../../../src/status/evidence.js';
import { scheduleProblems } from '../../../src/status/schedule-problems.js';

const NOW = new Date('2026-11-24T12:00:00Z');
const timer: UnitState = { ...UNKNOWN_UNIT, load: 'loaded', active: 'active', enabled: 'enabled' };
const last: NonNullable<ScheduleStatus['last']> = {
  startedAt: '2026-11-24T11:00:00.000Z',
  endedAt: '2026-11-24T11:00:02.000Z',
  outcome: 'done',
  snapshot: '20261124-110000',
  pruned: 1,
  error: null,
};
const status: ScheduleStatus = {
  bench: 'shop',
  snapshot: 'hourly',
  calendars: ['hourly'],
  keep: null,
  prune: false,
  timer: 'bench-snapshot-shop.timer',
  active: true,
  enabled: true,
  nextAt: '2026-11-24T12:03:00.000Z',
  last,
};
const fine: ScheduleEvidence = {
  status,
  files: 'as-wanted',
  units: { timer, service: { ...UNKNOWN_UNIT, load: 'loaded' } },
  dueAt: new Date('2026-11-24T12:00:00Z'),
  behindUntil: undefined,
};
const found = (over: Partial<ScheduleEvidence>, now = NOW) =>
  scheduleProblems('shop', { ...fine, ...over }, now, 'bench init -b shop');
const codes = (over: Partial<ScheduleEvidence>, now = NOW) => found(over, now).map(({ code }) => code);
const inMinutes = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);

describe('what is wrong with a schedule', () => {
  it.each<[string, Partial<ScheduleEvidence>, string[]]>([
    ['nothing', {}, []],
    ['there is none', { status: null, files: 'none' }, []],
    ['the timer has other calendars', { files: 'differ' }, ['schedule-differs']],
    ['nobody has made it', { files: 'missing' }, ['schedule-differs']],
    [
      'it does not run',
      { units: { ...fine.units, timer: { ...timer, active: 'inactive' } } },
      ['schedule-differs'],
    ],
    [
      'the next boot will not start it',
      { units: { ...fine.units, timer: { ...timer, enabled: 'disabled' } } },
      ['schedule-differs'],
    ],
    [
      'systemd has not read it',
      { units: { ...fine.units, timer: { ...timer, stale: true } } },
      ['schedule-differs'],
    ],
    ['bench.toml has none any more', { files: 'left' }, ['schedule-left']],
    ['a clock that was set back', { behindUntil: inMinutes(60) }, ['clock-behind']],
    ['a clock that was, and is right by now', { behindUntil: inMinutes(-60) }, []],
    [
      'a run that was killed',
      { status: { ...status, last: { ...last, outcome: 'killed' } } },
      ['schedule-failed'],
    ],
    [
      'a service that could not even begin',
      { units: { timer, service: { ...timer, active: 'failed', result: 'exit-code' } } },
      ['schedule-failed'],
    ],
  ])('%s', (_, over, wanted) => {
    expect(codes(over)).toEqual(wanted);
  });

  it('a run that failed says why, and whether a snapshot was taken', () => {
    const failed = {
      ...last,
      outcome: 'failed' as const,
      error: { code: 'lock-timeout', message: 'The lock was not had.' },
    };
    const message = (snapshot: string | null) =>
      found({ status: { ...status, last: { ...failed, snapshot } } })[0]?.message;
    expect(message(null)).toContain('took no snapshot: The lock was not had.');
    expect(message('t')).toContain('took t, but pruned nothing: The lock was not had.');
  });

  it('a run that was due is missed after an hour, unless one is under way', () => {
    expect(codes({}, inMinutes(60))).toEqual([]);
    expect(codes({}, inMinutes(70))).toEqual(['schedule-overdue']);
    expect(codes({ status: { ...status, last: { ...last, outcome: 'running' } } }, inMinutes(70))).toEqual(
      [],
    );
    expect(codes({ dueAt: undefined }, inMinutes(70))).toEqual([]);
  });
});
