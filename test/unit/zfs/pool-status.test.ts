import { describe, expect, test } from 'vitest';
import { parsePoolStatus, poolStatusArgv, readPoolCondition } from '../../../src/zfs/pool-status.js';
import { fixture } from '../support/fixture.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

const parsed = (name: string) => parsePoolStatus(fixture(`zpool/status-${name}.txt`));

describe('the last scan', () => {
  test.each([
    ['never', 'none', undefined],
    ['scrubbing', 'running', undefined],
    ['paused', 'paused', undefined],
    ['canceled', 'canceled', undefined],
    ['scrubbed', 'finished', '2026-11-22T08:49:54.000Z'],
    ['resilvered', 'finished', '2026-11-22T08:51:04.000Z'],
  ])('%s is %s', (name, state, endedAt) => {
    const { scan } = parsed(name);
    expect({ ...scan, endedAt: scan.endedAt?.toISOString() }).toEqual({ state, endedAt, errors: 0 });
  });

  test('an older zpool says that none was requested, and a text that is not known is no alarm', () => {
    expect(parsePoolStatus('  scan: none requested\n').scan.state).toBe('none');
    expect(parsePoolStatus('  scan: error scrub repaired 2 blocks\n').scan.state).toBe('unknown');
  });
});

test('devices are the leaves, with their errors and what has taken them out', () => {
  const good = { state: 'ONLINE', readErrors: 0, writeErrors: 0, checksumErrors: 0, note: '' };
  expect(parsed('offline').devices).toEqual([
    { ...good, path: '/dev/vdc1', state: 'OFFLINE' },
    { ...good, path: '/dev/vdd1' },
    { ...good, path: '/dev/vde1' },
  ]);
  expect(parsed('faulted').devices[1]).toMatchObject({ state: 'FAULTED', note: 'external device fault' });
  expect(parsed('unavail').devices[0]).toEqual({
    ...good,
    path: '11661539281037248388',
    state: 'UNAVAIL',
    note: 'was /dev/vdc1',
  });
  expect(parsed('device-errors').devices).toEqual([{ ...good, path: '/dev/vdc1', checksumErrors: 2 }]);
});

test('is asked for one pool, by one process, in UTC', async () => {
  const argv = poolStatusArgv('bench-pool');
  const runner = new ScriptedRunner([{ argv, stdout: fixture('zpool/status-scrubbed.txt') }]);
  await readPoolCondition(runner, 'bench-pool');
  expect(runner.commands[0]?.env).toEqual({ TZ: 'UTC' });
});

test('of a pool that is not imported there is none', async () => {
  const argv = poolStatusArgv('bench-pool');
  const stderr = "cannot open 'bench-pool': no such pool\n";
  const missing = new ScriptedRunner([{ argv, stderr, exitCode: 1 }]);
  expect(await readPoolCondition(missing, 'bench-pool')).toBeUndefined();
  const failed = new ScriptedRunner([{ argv, stderr: 'internal error\n', exitCode: 1 }]);
  await expect(readPoolCondition(failed, 'bench-pool')).rejects.toMatchObject({ code: 'command-failed' });
});
