import { describe, expect, test } from 'vitest';
import { isOver } from '../../../src/clone/lifetime.js';
import { scriptSteps } from '../../../src/clone/scripts.js';
import { CLONES_TIMER } from '../../../src/clone/timer.js';
import { checkConfig } from '../../../src/config/load.js';
import { UNKNOWN_UNIT } from '../../../src/host/systemd.js';
import { type HostTimerFacts, planNoTimer, planTimer } from '../../../src/timers/timers.js';
import type { CloneMarks } from '../../../src/zfs/zfs.js';

const NOW = new Date('2026-11-30T12:00:00Z');
const MARKS: CloneMarks = {
  source: 'shop',
  tag: 'monday',
  template: undefined,
  state: 'unprepared',
  serverId: 7,
  heldUnits: [],
  expiresAt: undefined,
  isProtected: false,
};

describe('the end of a clone', () => {
  const over = (marks: Partial<CloneMarks>, origin: string | undefined = 'tank/shop@monday') =>
    isOver({ clone: { ...MARKS, ...marks }, origin }, NOW);
  const past = new Date('2026-11-30T11:59:59Z');

  test('comes when its time is over, unless it is protected', () => {
    expect(over({ expiresAt: past })).toBe(true);
    expect(over({ expiresAt: NOW })).toBe(true);
    expect(over({ expiresAt: past, isProtected: true })).toBe(false);
    expect(over({ expiresAt: new Date('2026-11-30T12:00:01Z') })).toBe(false);
  });

  test('does not come to one that was promoted', () => {
    expect(isOver({ clone: { ...MARKS, expiresAt: past }, origin: undefined }, NOW)).toBe(false);
  });

  test('never comes to one without an end, nor to what is no clone', () => {
    expect(over({})).toBe(false);
    expect(isOver({ clone: undefined, origin: 'tank/shop@monday' }, NOW)).toBe(false);
  });
});

describe('the timer of sweeps', () => {
  const files = { '/etc/x.service': 'service', '/etc/x.timer': 'timer' };
  const none = { '/etc/x.service': undefined, '/etc/x.timer': undefined };
  const at = (facts: Partial<HostTimerFacts>): HostTimerFacts => ({
    wanted: files,
    files,
    state: UNKNOWN_UNIT,
    ...facts,
  });
  const kinds = (steps: readonly { kind: string }[]) => steps.map(({ kind }) => kind);
  const runs = { ...UNKNOWN_UNIT, load: 'loaded', active: 'active', enabled: 'enabled' };

  test('is made as a whole, mended in part, and left where it is as it should be', () => {
    expect(kinds(planTimer(CLONES_TIMER, at({ files: none })))).toEqual([
      ...['file.write', 'file.write'],
      ...['unit.enable', 'systemd.reload', 'timer.start'],
    ]);
    const changed = { ...files, '/etc/x.timer': 'of an older bench' };
    expect(kinds(planTimer(CLONES_TIMER, at({ files: changed, state: runs })))).toEqual([
      'file.write',
      'systemd.reload',
    ]);
    expect(planTimer(CLONES_TIMER, at({ state: runs }))).toEqual([]);
  });

  test('ends before its files go, and nothing is done where it is not there', () => {
    expect(kinds(planNoTimer(CLONES_TIMER, at({ state: runs })))).toEqual([
      ...['unit.stop', 'unit.disable'],
      ...['file.remove', 'file.remove', 'systemd.reload'],
    ]);
    expect(planNoTimer(CLONES_TIMER, at({ files: none }))).toEqual([]);
  });
});

describe('what a clone runs before it may act', async () => {
  const { config } = await checkConfig(
    '[bench]\nname = "try"\n[clone]\nsql = ["config/mute.sql"]\nrun = ["/opt/mute"]\n',
    '/srv/benches/try/bench.toml',
  );
  if (config === undefined) throw new Error('not valid');

  test('is statements first, then programs as the owner of its bench.toml', () => {
    expect(scriptSteps(config, MARKS, 'frappe')).toMatchObject([
      {
        kind: 'sql.run',
        file: '/srv/benches/try/config/mute.sql',
        variables: { bench_name: 'try', bench_source: 'shop' },
      },
      {
        kind: 'program.run',
        program: '/opt/mute',
        user: 'frappe',
        directory: '/srv/benches/try',
        environment: { BENCH_NAME: 'try', BENCH_SOURCE: 'shop', BENCH_SOCKET: '/run/mysqld/mysqld-try.sock' },
      },
    ]);
  });

  test.each(['prepared', 'ready'] as const)('has run where it is %s', (state) => {
    expect(scriptSteps(config, { ...MARKS, state }, 'frappe')).toEqual([]);
  });
});
