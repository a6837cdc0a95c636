import { describe, expect, it } from 'vitest';
import { importablePools, parseImportable } from '../../../src/zfs/pool-import.js';
import {
  LIST_POOLS_ARGV,
  listPools,
  POOL_DEVICES_ARGV,
  parsePoolDevices,
  parsePools,
  poolDevices,
} from '../../../src/zfs/pools.js';
import { fixture } from '../support/fixture.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

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

  it('gives 0 for what ZFS cannot tell of a pool', () => {
    expect(parsePools('p\t1\tUNAVAIL\t-\t-\t-\toff\t12\n')[0]).toMatchObject({
      health: 'UNAVAIL',
      sizeBytes: 0,
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
