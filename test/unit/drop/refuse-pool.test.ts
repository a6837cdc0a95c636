import { expect, test } from 'vitest';
import { refusePool } from '../../../src/drop/refuse-pool.js';
import type { Subject } from '../../../src/drop/subject.js';
import { importArgv, LIST_POOLS_ARGV } from '../../../src/zfs/zfs.js';
import { fixture } from '../support/fixture.js';
import { ScriptedRunner } from '../support/scripted-runner.js';
import { record } from './facts.js';

/** Of the pool in zpool/import-one.txt, which is not imported. */
const EXPORTED = '12616340220346061366';
/** Of the pool in zpool/list-bench.txt, which is. */
const IMPORTED = '13708126825656576039';

const subject = (guid: string, changed: Partial<Subject> = {}) =>
  ({
    name: 'shop',
    record: { ...record, pool: { name: 'bench-pool', guid } },
    isRecorded: true,
    ...changed,
  }) as Subject;

const imported = { stdout: fixture('zpool/list-bench.txt') };
const host = (importable: string) =>
  new ScriptedRunner([
    { argv: LIST_POOLS_ARGV, ...imported },
    { argv: [...LIST_POOLS_ARGV, 'bench-pool'], ...imported },
    ...[['/dev/disk/by-id', '/dev'], ['/dev']].map((directories) => ({
      argv: importArgv(directories),
      stdout: fixture(`zpool/${importable}`),
    })),
  ]);

test('a pool that is nowhere is lost, once the operator says so', async () => {
  const runner = host('import-none.txt');
  expect(await refusePool(subject('1'), false, runner, true)).toBe(true);
  // Another one by its name does not count.
  expect(await refusePool(subject('1'), true, runner, true)).toBe(true);
});

test('before, it is refused, with the way', async () => {
  for (const [isImported, code] of [
    [false, 'pool-missing'],
    [true, 'pool-other'],
  ] as const)
    await expect(refusePool(subject('1'), isImported, host('import-none.txt'), false)).rejects.toMatchObject({
      code,
      suggestions: expect.arrayContaining(['Only if it is lost for good: bench drop shop --forget']),
    });
});

test('one that is imported, under whatever name, or could be, is not lost', async () => {
  for (const [guid, isImported] of [
    [IMPORTED, true],
    [IMPORTED, false],
    [EXPORTED, false],
  ] as const)
    await expect(
      refusePool(subject(guid), isImported, host('import-one.txt'), true),
      guid,
    ).rejects.toMatchObject({ code: 'pool-present' });
});

test('in sight again, what was begun to be forgotten is dropped as any other', async () => {
  const note = { forget: true } as Subject['note'];
  const runner = host('import-none.txt');
  await expect(refusePool(subject(IMPORTED), true, runner, false)).rejects.toThrow(/not in the script/);
  expect(await refusePool(subject(IMPORTED, { note }), true, runner, true)).toBe(false);
});
