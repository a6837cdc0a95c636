import { describe, expect, test } from 'vitest';
import { BenchError } from '../../../src/errors.js';
import { createDataset } from '../../../src/zfs/dataset-commands.js';
import { findDataset, listDatasets, listDatasetsWith, parseDatasets } from '../../../src/zfs/datasets.js';
import { decodeNote, encodeNote } from '../../../src/zfs/marks.js';
import { snapshotDataset } from '../../../src/zfs/snapshot-commands.js';
import { listSnapshots, parseSnapshots } from '../../../src/zfs/snapshots.js';
import { fixture } from '../support/fixture.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

const COLUMNS =
  'name,used,available,quota,reservation,mounted,mountpoint,bench:name,canmount,keystatus,encryptionroot,creation,prevsnap,' +
  'origin,bench:origin,bench:from-template,bench:clone,bench:server-id,bench:held-units,bench:expires,bench:protected';
const SNAPSHOT_COLUMNS =
  'name,creation,used,referenced,written,userrefs,clones,guid,bench:quiesce,bench:note,bench:verified,bench:for,bench:of,bench:schedule,bench:pin';
const list = ['zfs', 'list', '-H', '-p', '-t', 'filesystem'];

describe('datasets', () => {
  test('the pool root and the benches below it come from one process', async () => {
    const argv = [...list, '-d', '1', '-o', COLUMNS, 'bench-pool'];
    const runner = new ScriptedRunner([{ argv, stdout: fixture('zfs/list-filesystems.tsv') }]);
    expect(await listDatasets(runner, 'bench-pool')).toEqual([
      expect.objectContaining({ name: 'bench-pool', quotaBytes: 0, bench: undefined }),
      {
        name: 'bench-pool/shop',
        usedBytes: 1610752,
        availableBytes: 1072131072,
        quotaBytes: 1024 ** 3,
        reservationBytes: 1024 ** 3,
        mounted: true,
        mountpoint: '/bench-pool/shop',
        bench: 'shop',
        canmount: 'on',
        lockedBy: undefined,
        createdAt: new Date(1795337726_000),
        newestSnapshot: 'bench-pool/shop@foreign',
        origin: undefined,
        clone: undefined,
      },
    ]);
  });

  test('more properties of each come with them', async () => {
    const argv = [...list, '-d', '1', '-o', `${COLUMNS},recordsize,compression`, 'bench-pool'];
    const lines = fixture('zfs/list-filesystems.tsv').trimEnd().split('\n');
    const stdout = lines
      .map((line, index) => `${line}\t${index === 0 ? '131072\ton' : '16384\tlz4'}\n`)
      .join('');
    const runner = new ScriptedRunner([{ argv, stdout }]);
    const found = await listDatasetsWith(runner, 'bench-pool', ['recordsize', 'compression']);
    expect(found.datasets).toEqual(parseDatasets(lines.join('\n')));
    expect(Object.fromEntries(found.properties)).toEqual({
      'bench-pool': { recordsize: '131072', compression: 'on' },
      'bench-pool/shop': { recordsize: '16384', compression: 'lz4' },
    });
  });

  test('one that does not exist is no failure', async () => {
    const argv = [...list, '-o', COLUMNS, 'bench-pool/nope'];
    const stderr = "cannot open 'bench-pool/nope': dataset does not exist\n";
    expect(
      await findDataset(new ScriptedRunner([{ argv, stderr, exitCode: 1 }]), 'bench-pool/nope'),
    ).toBeUndefined();
  });

  test('any other failure is one', async () => {
    const argv = [...list, '-o', COLUMNS, 'bench-pool/shop'];
    const stderr = "cannot open 'bench-pool/shop': I/O error\n";
    const runner = new ScriptedRunner([{ argv, stderr, exitCode: 1 }]);
    await expect(findDataset(runner, 'bench-pool/shop')).rejects.toMatchObject({
      code: 'command-failed',
      stderr,
    });
  });

  test.each(['bench-pool\t1\t2\n', 'bench-pool\tx\t2\t0\t0\tyes\t/bench-pool\t-\n'])(
    'output of another shape is refused, not guessed at: %j',
    (stdout) => {
      expect(() => parseDatasets(stdout)).toThrow(BenchError);
    },
  );

  test('are created unmounted: the directory below is guarded first', () => {
    expect(createDataset('bench-pool/shop', { quota: '18G' }).argv).toEqual([
      'zfs',
      'create',
      '-u',
      '-o',
      'quota=18G',
      'bench-pool/shop',
    ]);
  });
});

describe('snapshots', () => {
  test('are read newest first, with holds, clones, and notes of any text', async () => {
    const argv = [
      'zfs',
      'list',
      '-H',
      '-p',
      '-t',
      'snapshot',
      '-d',
      '1',
      '-S',
      'createtxg',
      '-o',
      SNAPSHOT_COLUMNS,
      'bench-pool/shop',
    ];
    const runner = new ScriptedRunner([{ argv, stdout: fixture('zfs/list-snapshots.tsv') }]);
    const snapshots = await listSnapshots(runner, 'bench-pool/shop');
    expect(snapshots.map(({ tag }) => tag)).toEqual(['foreign', 'noted', 'good', '20261122-015139']);
    expect(snapshots[0]).toMatchObject({ quiesce: undefined, note: undefined, holds: 0, clones: [] });
    expect(snapshots[1]?.note).toBe('two\nlines\tand 100%');
    expect(snapshots[2]).toMatchObject({
      holds: 1,
      clones: ['bench-pool/copy'],
      guid: '13552347939663661498',
    });
    expect(snapshots[3]?.createdAt.toISOString()).toBe('2026-11-22T01:51:41.000Z');
  });

  test("are the schedule's only by their own tag: what a dataset says all of its snapshots inherit", () => {
    const row = (tag: string, schedule: string, pin: string) =>
      `bench-pool/shop@${tag}\t1\t0\t0\t0\t0\t-\t4\tstopped\t-\t-\t-\t-\t${schedule}\t${pin}\n`;
    const found = parseSnapshots(
      row('a', 'a', '-') + row('b', 'a', 'on') + row('c', '-', '-') + row('d', 'on', ''),
    );
    expect(found.map(({ scheduled, pinned }) => [scheduled, pinned])).toEqual([
      [true, false],
      [false, true],
      [false, false],
      [false, true],
    ]);
  });

  test('carry their metadata from the same process that makes them', () => {
    expect(snapshotDataset('bench-pool/shop@t', { 'bench:quiesce': 'stopped' }).argv).toEqual([
      'zfs',
      'snapshot',
      '-o',
      'bench:quiesce=stopped',
      'bench-pool/shop@t',
    ]);
  });

  test.each(['plain', 'tab\tnewline\ncr\r', '100%', '%0A', 'Übergröße €', 'a=b,c'])(
    'the note %j survives',
    (note) => {
      const stored = encodeNote(note);
      expect(stored).not.toMatch(/[\t\n\r]/);
      expect(decodeNote(stored)).toBe(note);
    },
  );

  test("somebody else's note is shown as it is", () => {
    expect(decodeNote('50% off')).toBe('50% off');
  });
});

test('what npm run perf has for ZFS is what bench asks it for', () => {
  expect(parseDatasets(fixture('bench-volume/zfs-dataset.txt'))).toHaveLength(1);
  expect(parseSnapshots(fixture('bench-volume/zfs-snapshots.txt'))).toHaveLength(2);
});

test('what looks like the row of another dataset, in a property of somebody, is no snapshot of this one', async () => {
  const argv = ['zfs', 'list', '-H', '-p', '-t', 'snapshot', '-d', '1', '-S', 'createtxg', '-o'];
  const row = (name: string, note: string) =>
    `${name}\t1\t0\t0\t0\t0\t-\t4\tstopped\t${note}\t-\t-\t-\t-\t-\n`;
  const stdout = row('bench-pool/shop@a', `x\t-\t-\t-\t-\t-\n${row('tank/other@old', '-').slice(0, -11)}`);
  const runner = new ScriptedRunner([{ argv: [...argv, SNAPSHOT_COLUMNS, 'bench-pool/shop'], stdout }]);
  await expect(listSnapshots(runner, 'bench-pool/shop')).rejects.toMatchObject({ code: 'unexpected-output' });
});
