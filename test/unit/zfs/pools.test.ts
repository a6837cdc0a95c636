import { describe, expect, it } from 'vitest';
import {
  type ImportablePool,
  importablePools,
  importablePoolsNamed,
  parseImportable,
} from '../../../src/zfs/pool-import.js';
import { labelPaths, lastUser, parseLabel } from '../../../src/zfs/pool-label.js';
import {
  LIST_POOLS_ARGV,
  listPools,
  listPoolsWithDevices,
  POOL_DEVICES_ARGV,
  POOLS_WITH_DEVICES_ARGV,
  parsePoolDevices,
  parsePools,
  poolDevices,
} from '../../../src/zfs/pools.js';
import { fixture } from '../support/fixture.js';
import { type ScriptedAnswer, ScriptedRunner } from '../support/scripted-runner.js';

const unexpected = expect.objectContaining({ code: 'unexpected-output' });

describe('listPools', () => {
  it('reads the imported pools without privilege', async () => {
    const runner = new ScriptedRunner([{ argv: LIST_POOLS_ARGV, stdout: fixture('zpool/list.txt') }]);
    const pools = await listPools(runner);
    expect(pools.map(({ name }) => name)).toEqual(['filed', 'imported', 'parts']);
    expect(pools[1]).toEqual({
      name: 'imported',
      guid: '13429537776020967082',
      health: 'ONLINE',
      sizeBytes: 12348030976,
      allocatedBytes: 115200,
      freeBytes: 12347915776,
      readonly: false,
      isOpen: true,
      ashift: 0,
    });
    expect(runner.commands[0]?.privileged).toBeUndefined();
  });

  it('knows a pool that was imported read-only', () => {
    expect(parsePools(fixture('zpool/list-readonly.txt')).map(({ readonly }) => readonly)).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('takes no output for no pool', () => {
    expect(parsePools('')).toEqual([]);
  });

  it('takes a pool that ZFS cannot open beside the others', () => {
    const pools = parsePools(fixture('zpool/list-faulted.derived.txt'));
    expect(pools.map(({ name, isOpen }) => [name, isOpen])).toEqual([
      ['bench-pool', true],
      ['foreign', false],
    ]);
    expect(pools[1]).toMatchObject({
      guid: '9471243069821060831',
      health: 'FAULTED',
      sizeBytes: 0,
      freeBytes: 0,
      readonly: false,
    });
  });

  it.each([
    'p\t1\tONLINE\t1\t1\t1\toff',
    'p\t1\tONLINE\t1\t1\t1\toff\t12\tmore',
    'p\t1\tONLINE\t1G\t1\t1\toff\t12',
    'p\tx\tONLINE\t1\t1\t1\toff\t12',
    'p\t1\tONLINE\t1\t1\t1\tmaybe\t12',
  ])('does not accept %j', (line) => {
    expect(() => parsePools(`${line}\n`)).toThrowError(unexpected);
  });
});

describe('poolDevices', () => {
  it('names data, log, cache and spare vdevs, partitions and files', async () => {
    const runner = new ScriptedRunner([{ argv: POOL_DEVICES_ARGV, stdout: fixture('zpool/list-v.txt') }]);
    expect([...(await poolDevices(runner))]).toEqual([
      ['filed', ['/root/file vdev.img']],
      ['imported', ['/dev/disk/by-id/virtio-ZIMPORTED-part1']],
      ['parts', ['/dev/vdw1', '/dev/vdw2', '/dev/vdw3', '/dev/vdw4', '/root/spare.img']],
    ]);
  });

  it('knows a pool called like a class of vdevs', () => {
    expect([...parsePoolDevices('logs\n\t/dev/sdb1\t1\t-\n')]).toEqual([['logs', ['/dev/sdb1']]]);
  });

  it('does not accept a device without a pool', () => {
    expect(() => parsePoolDevices('\t/dev/sdb1\t1\n')).toThrowError(unexpected);
  });
});

describe('listPoolsWithDevices', () => {
  it('tells of each pool what it is and what it lies on', async () => {
    const runner = new ScriptedRunner([
      { argv: POOLS_WITH_DEVICES_ARGV, stdout: fixture('zpool/list-v-columns.txt') },
    ]);
    expect(await listPoolsWithDevices(runner)).toEqual([
      {
        name: 'bench-pool',
        guid: '1894554068104180845',
        health: 'ONLINE',
        sizeBytes: 20937965568,
        allocatedBytes: 5996544,
        freeBytes: 20931969024,
        readonly: false,
        isOpen: true,
        ashift: 12,
        devices: ['/dev/disk/by-id/virtio-disk-a-part1'],
      },
      expect.objectContaining({
        name: 'filed',
        ashift: 0,
        devices: ['/root/a', '/root/b', '/root/c', '/root/s'],
      }),
    ]);
  });
});

describe('parseImportable', () => {
  it('reads one pool', () => {
    expect(parseImportable(fixture('zpool/import-one.txt'))).toEqual([
      { name: 'exported', guid: '12616340220346061366', state: 'ONLINE', devices: ['virtio-ZEXPORTED'] },
    ]);
  });

  it('reads several pools, blanks in a path, and vdevs of every class', () => {
    expect(parseImportable(fixture('zpool/import-three.txt'))).toEqual([
      { name: 'filed', guid: '13884512918985583674', state: 'ONLINE', devices: ['/root/file vdev.img'] },
      { name: 'exported', guid: '12616340220346061366', state: 'ONLINE', devices: ['virtio-ZEXPORTED'] },
      {
        name: 'parts',
        guid: '15645583780414275212',
        state: 'ONLINE',
        devices: ['vdw1', 'vdw2', 'vdw4', '/root/spare.img', 'vdw3'],
      },
    ]);
  });

  it('says what is wrong with a pool', () => {
    expect(parseImportable(fixture('zpool/import-degraded.txt'))[1]).toEqual({
      name: 'parts',
      guid: '15645583780414275212',
      state: 'DEGRADED',
      status: 'One or more devices contains corrupted data.',
      devices: ['vdw1', 'vdw2', 'vdw4', '/root/spare.img', 'vdw3'],
    });
  });
});

describe('a pool that another system has not exported', () => {
  const OTHER = fixture('zpool/import-other-system.txt');
  const label = fixture('zpool/label-other-system.txt');
  const argv = ['zpool', 'import', '-d', '/dev/disk/by-id', '-d', '/dev'];
  const script = (...answers: ScriptedAnswer[]) => new ScriptedRunner([{ argv, stdout: OTHER }, ...answers]);

  it('is told from one that is merely exported', () => {
    expect(parseImportable(OTHER).map(({ name, state, heldBy }) => [name, state, heldBy?.now])).toEqual([
      ['third', 'ONLINE', false],
      ['two', 'ONLINE', false],
      ['bench-pool', 'ONLINE', false],
    ]);
    expect(parseImportable(fixture('zpool/import-one.txt'))[0]?.heldBy).toBeUndefined();
  });

  // What show_import of cmd/zpool/zpool_main.c prints for a pool with multihost=on.
  it('is named by zpool where it is in use', () => {
    const text = OTHER.replace(/state: ONLINE/, 'state: UNAVAIL')
      .replace('was last accessed by another', 'is currently imported by another')
      .replace(
        /action: .*\n.*\n/,
        'action: The pool must be exported from db-new (hostid=bab10d)\n\tbefore it can be safely imported.\n',
      );
    expect(parseImportable(text)[0]).toMatchObject({
      state: 'UNAVAIL',
      heldBy: { name: 'db-new', hostid: 'bab10d', now: true },
    });
  });

  it('names the system that its label names', () => {
    expect(parseLabel(label, '17018123497866891288')).toEqual({ name: 'db-old', hostid: 'bab10c' });
    expect(parseLabel(label, '42')).toBeUndefined();
    expect(parseLabel('failed to unpack label 0\n', '42')).toBeUndefined();
  });

  it('is looked up on the first partition of a disk that is there, or in the file', async () => {
    const path = '/dev/disk/by-id/virtio-disk-c-part1';
    const runner = script({ argv: ['zdb', '-l', path], stdout: label });
    const [third] = parseImportable(OTHER);
    const isThere = async (each: string) => each === path;
    expect(await lastUser(runner, third as ImportablePool, isThere)).toEqual({
      name: 'db-old',
      hostid: 'bab10c',
    });
    expect(runner.commands[0]?.privileged).toBe(true);
    expect(labelPaths('/var/lib/pool.img').at(-1)).toBe('/var/lib/pool.img');
    expect(labelPaths('nvme0n1')).toContain('/dev/nvme0n1p1');
  });

  it('is one of that name only, and its system unknown without zdb', async () => {
    const runner = script({ argv: ['zdb', '-l', '/dev/null'], notFound: true });
    const pools = await importablePoolsNamed(runner, 'two', ['/dev/disk/by-id', '/dev']);
    expect(pools.map(({ name, heldBy }) => [name, heldBy])).toEqual([
      ['two', { name: undefined, hostid: undefined, now: false }],
    ]);
    const unknown = await lastUser(
      runner,
      { guid: '1', devices: ['/dev/null'] },
      async (path) => path === '/dev/null',
    );
    expect(unknown).toEqual({ name: undefined, hostid: undefined });
  });
});

describe('parseImportable of a damaged pool', () => {
  const damaged = fixture('zpool/import-damaged.txt');

  it('reads one whose lines are moved by its comment', () => {
    expect(parseImportable(damaged)).toEqual([
      {
        name: 'foreign',
        guid: '16943725651553079741',
        state: 'FAULTED',
        status: 'The pool metadata is corrupted.',
        devices: ['/root/imp/f1'],
      },
    ]);
  });

  // What show_import of cmd/zpool/zpool_main.c prints below the table; a pool that makes 2.3 print it was not found.
  it.each(['', ' '])('takes no sentence below the table for a device (indented by %j)', (indent) => {
    const text = `\n\t${indent}Additional devices are known to be part of this pool, though their\n\t${indent}exact configuration cannot be determined.\n`;
    expect(parseImportable(damaged + text)).toEqual(parseImportable(damaged));
  });
});

describe('importablePools', () => {
  const argv = ['zpool', 'import', '-d', '/dev/disk/by-id', '-d', '/dev'];

  it('looks in /dev/disk/by-id and /dev, as root', async () => {
    const runner = new ScriptedRunner([{ argv, stdout: fixture('zpool/import-one.txt') }]);
    expect(await importablePools(runner)).toHaveLength(1);
    expect(runner.commands[0]?.privileged).toBe(true);
  });

  it.each([0, 1])('takes "no pools available" for an answer (exit %i)', async (exitCode) => {
    const runner = new ScriptedRunner([{ argv, exitCode, stderr: fixture('zpool/import-none.txt') }]);
    expect(await importablePools(runner)).toEqual([]);
  });

  it.each(['zpool/import-not-root.txt', 'zpool/no-module.stderr'])('fails on %s', async (file) => {
    const runner = new ScriptedRunner([{ argv, exitCode: 1, stderr: fixture(file) }]);
    await expect(importablePools(runner)).rejects.toThrowError(
      expect.objectContaining({ code: 'command-failed' }),
    );
  });
});
