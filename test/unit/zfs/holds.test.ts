import { expect, test } from 'vitest';
import { newerThan, requireUnheld } from '../../../src/bench/own-holds.js';
import { releaseHolds } from '../../../src/zfs/holds.js';
import type { Snapshot } from '../../../src/zfs/snapshots.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

const snapshot = (tag: string, holds = 1) => ({ name: `tank/shop@${tag}`, tag, holds }) as Snapshot;
const held = (...lines: string[]) =>
  new ScriptedRunner([
    {
      argv: ['zfs', 'holds', '-H', '-p', 'tank/shop@b', 'tank/shop@a'],
      stdout: lines.map((line) => `${line}\t1764475200\n`).join(''),
    },
  ]);

test('holds of bench are told apart from everybody else’s', async () => {
  const own = held(
    'tank/shop@b\tbench:offsite',
    'tank/shop@b\tbench:replicate',
    'tank/shop@a\tbench:offsite',
  );
  const ends = await requireUnheld(own, [snapshot('b'), snapshot('a')], 'They are held');
  expect(releaseHolds(ends).map(({ argv }) => argv.join(' '))).toEqual([
    'zfs release bench:offsite tank/shop@b tank/shop@a',
    'zfs release bench:replicate tank/shop@b',
  ]);
  const mixed = held('tank/shop@b\tbench:offsite', 'tank/shop@a\tmine', 'tank/shop@a\tbench:offsite2');
  await expect(requireUnheld(mixed, [snapshot('b'), snapshot('a')], 'They are held')).rejects.toMatchObject({
    code: 'snapshot-held',
    message: 'They are held: a (mine, bench:offsite2). Nothing was changed.',
    suggestions: ['zfs release mine tank/shop@a', 'zfs release bench:offsite2 tank/shop@a'],
  });
});

test('ZFS is not asked where nothing is held', async () => {
  expect(await requireUnheld(new ScriptedRunner(), [snapshot('a', 0)], 'They are held')).toEqual([]);
});

test('a rollback destroys what is newer, and nothing where its snapshot is not there', () => {
  const all = [snapshot('c'), snapshot('b'), snapshot('a')];
  expect(newerThan(all, 'a').map(({ tag }) => tag)).toEqual(['c', 'b']);
  expect(newerThan(all, 'c')).toEqual([]);
  expect(newerThan(all, 'gone')).toEqual([]);
});
