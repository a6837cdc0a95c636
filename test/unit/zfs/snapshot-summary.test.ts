import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseDatasets } from '../../../src/zfs/datasets.js';
import { summariseSnapshots } from '../../../src/zfs/snapshot-summary.js';
import { fixture } from '../support/fixture.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

const [shop] = parseDatasets(fixture('bench-volume/zfs-dataset.txt'));
if (shop === undefined) throw new Error('no dataset in the fixture');
const list = ['zfs', 'list', '-H', '-p', '-t', 'snapshot'];
const newest = {
  argv: [...list, '-o', 'name,creation', 'bench-pool/shop@t2'],
  stdout: fixture('bench-volume/zfs-newest.txt'),
};
const names = {
  argv: [...list, '-d', '1', '-o', 'name', '-s', 'name', 'bench-pool/shop'],
  stdout: fixture('bench-volume/zfs-names.txt'),
};
const latest = { tag: 't2', createdAt: new Date('2026-11-22T09:17:25.000Z') };

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bench-summary-'));
});
afterEach(() => rm(root, { recursive: true }));

test('a mounted dataset is asked for its newest one alone, however many there are', async () => {
  for (const tag of ['t1', 't2', 't3']) await mkdir(join(root, '.zfs/snapshot', tag), { recursive: true });
  const runner = new ScriptedRunner([newest]);
  expect(await summariseSnapshots(runner, shop, root)).toEqual({ count: 3, latest });
  expect(runner.lines).toHaveLength(1);
});

test.each([
  ['is not mounted', () => undefined],
  ['hides them (snapdir=disabled)', () => root],
])('one that %s is asked for their names', async (_, at) => {
  const runner = new ScriptedRunner([newest, names]);
  expect(await summariseSnapshots(runner, shop, at())).toEqual({ count: 2, latest });
});

test('without any there is nothing to ask', async () => {
  const { newestSnapshot, ...none } = shop;
  expect(newestSnapshot).toBe('bench-pool/shop@t2');
  expect(await summariseSnapshots(new ScriptedRunner([]), none, root)).toEqual({
    count: 0,
    latest: undefined,
  });
});

test('one that was destroyed in between is no failure', async () => {
  const gone = {
    ...newest,
    stdout: '',
    stderr: "cannot open 'bench-pool/shop@t2': dataset does not exist\n",
    exitCode: 1,
  };
  const runner = new ScriptedRunner([gone, names]);
  expect(await summariseSnapshots(runner, shop, undefined)).toEqual({ count: 2, latest: undefined });
});

test('the one that a clone was made from is none of its own', () => {
  const row = fixture('bench-volume/zfs-dataset.txt').replace('bench-pool/shop\t', 'bench-pool/copy\t');
  expect(parseDatasets(row)[0]).not.toHaveProperty('newestSnapshot');
});
