import { expect, test } from 'vitest';
import type { Runner } from '../../../src/host/exec.js';
import { parseListening } from '../../../src/host/ports.js';
import {
  activeStates,
  isHeldBack,
  parseShow,
  UNKNOWN_UNIT,
  type UnitState,
  unitStates,
} from '../../../src/host/systemd.js';
import { fixture } from '../support/fixture.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

test('the states of all units of a pattern come by one question', async () => {
  const argv = [
    'systemctl',
    'list-units',
    '--all',
    '--plain',
    '--no-legend',
    '--full',
    '--',
    'mariadb@*.service',
  ];
  const runner = new ScriptedRunner([{ argv, stdout: fixture('systemd/list-units.txt') }]);
  expect(await activeStates(runner, 'mariadb@*.service')).toEqual(
    new Map([
      ['mariadb@more1.service', 'active'],
      ['mariadb@shop.service', 'inactive'],
    ]),
  );
});

test('the states of several units come from one process, in order', async () => {
  const units = ['mariadb@shop.service', 'mariadb.service', 'nope.service'];
  const runner = new ScriptedRunner([
    {
      argv: [
        'systemctl',
        'show',
        '--property=Id,LoadState,ActiveState,SubState,Result,UnitFileState,FragmentPath,NeedDaemonReload,ConditionResult,ConditionTimestampMonotonic,AssertResult,AssertTimestampMonotonic,InactiveExitTimestampMonotonic,NextElapseUSecRealtime',
        '--',
        ...units,
      ],
      stdout: fixture('systemd/show-units.txt'),
    },
  ]);
  const fragment = (name: string) => `/usr/lib/systemd/system/${name}.service`;
  expect(await unitStates(runner, units)).toEqual([
    {
      ...UNKNOWN_UNIT,
      load: 'loaded',
      enabled: 'enabled',
      fragment: fragment('mariadb@'),
      hasRun: true,
      startedMs: 151454.504,
    },
    { ...UNKNOWN_UNIT, load: 'loaded', enabled: 'disabled', fragment: fragment('mariadb') },
    UNKNOWN_UNIT,
  ]);
});

test('a timer says when it elapses next', () => {
  const [timer, service] = parseShow(fixture('systemd/show-timer.txt'));
  expect(timer).toMatchObject({ active: 'active', enabled: 'enabled' });
  expect(timer?.nextElapse?.toISOString()).toBe('2026-11-24T17:11:18.000Z');
  expect(service).toMatchObject({ active: 'inactive', enabled: 'static', nextElapse: undefined });
});

test('no unit, no process', async () => {
  expect(await unitStates(new ScriptedRunner([]), [])).toEqual([]);
});

test('a unit whose file was removed is enabled no more, though systemd has not read that yet', async () => {
  const shown = (path: string, stale: string) =>
    `Id=a.timer\nUnitFileState=enabled\nFragmentPath=${path}\nNeedDaemonReload=${stale}\n`;
  const enabledOf = async (stdout: string) => {
    const runner: Runner = {
      run: async ({ argv }) => ({ argv, stdout, stderr: '', exitCode: 0, durationMs: 0 }),
    };
    return (await unitStates(runner, ['a.timer']))[0]?.enabled;
  };
  const gone = '/etc/systemd/system/bench-there-is-no-such.timer';
  expect(await enabledOf(shown(gone, 'yes'))).toBe('');
  expect(await enabledOf(shown('/etc/hostname', 'yes'))).toBe('enabled');
  expect(await enabledOf(shown('', 'yes'))).toBe('enabled');
});

test('a check that held a unit back is told from one that was never made', () => {
  const state = (text: string) => parseShow(text)[0]?.heldBackBy;
  expect(state('AssertResult=no\nAssertTimestampMonotonic=0\n')).toBeUndefined();
  expect(state('AssertResult=no\nAssertTimestampMonotonic=5\n')).toBe('assertion');
  expect(state('AssertResult=yes\nAssertTimestampMonotonic=5\n')).toBeUndefined();
  expect(state('ConditionResult=no\nConditionTimestampMonotonic=5\n')).toBe('condition');
});

test.each<[Partial<UnitState>, boolean]>([
  [{ enabled: 'enabled' }, true],
  [{ enabled: 'enabled', heldBackBy: 'assertion' }, true],
  [{ enabled: 'enabled', heldBackBy: 'condition' }, false],
  [{ enabled: 'enabled', hasRun: true }, false],
  [{ enabled: 'disabled' }, false],
])('of the units of a boot %j is held back: %s', (state, expected) => {
  expect(isHeldBack({ ...UNKNOWN_UNIT, load: 'loaded', ...state })).toBe(expected);
});

test('listening ports are told from connections', () => {
  expect(parseListening(fixture('mounts/proc-net-tcp.txt')).sort()).toEqual([22, 3306, 3307]);
});
