import { describe, expect, test } from 'vitest';
import { isOnlyPartitioned } from '../../../src/bench/unfinished-pool.js';
import type { DiskContents } from '../../../src/disks/describe.js';
import type { ReasonCode } from '../../../src/disks/types.js';

/** What lsblk of util-linux 2.41 printed of a disk on which `zpool create` of OpenZFS 2.3.9 had made its partitions. */
const LSBLK = `{
   "blockdevices": [
      {"path":"/dev/vdc", "parttype":null, "partlabel":null},
      {"path":"/dev/vdc1", "parttype":"6a898cc3-1dd2-11b2-99a6-080020736631", "partlabel":"zfs-72b8592a9178aef1"},
      {"path":"/dev/vdc9", "parttype":"6a945a3b-1dd2-11b2-99a6-080020736631", "partlabel":null}
   ]
}`;

const NOTE = {
  version: 1,
  pool: 'bench-pool',
  disk: { path: '/dev/vdb', sizeBytes: 21_474_836_480, model: null, serial: 'spare' },
} as const;

const reason = (code: ReasonCode) => ({ code, message: 'is so' });
const part = (path: string, ...types: string[]): DiskContents['parts'][number] => ({
  path,
  sizeBytes: 8_388_608,
  signatures: types.map((type) => ({ type, offset: '0x0', label: null, uuid: null })),
  mountpoints: [],
});

/** The disk under the name that it has after the next boot. */
const CONTENTS: DiskContents = {
  disk: {
    path: '/dev/vdc',
    stablePath: '/dev/disk/by-id/virtio-spare',
    sizeBytes: 21_474_836_480,
    model: null,
    serial: 'spare',
    transport: null,
    rotational: true,
    supportsTrim: false,
    qualifies: false,
    reasons: [reason('has-children'), reason('has-signature')],
  },
  parts: [part('/dev/vdc', 'gpt', 'gpt', 'PMBR'), part('/dev/vdc1'), part('/dev/vdc9')],
};

const onDisk = (changes: Partial<DiskContents['disk']>): DiskContents => ({
  ...CONTENTS,
  disk: { ...CONTENTS.disk, ...changes },
});
const withParts = (...parts: DiskContents['parts']): DiskContents => ({ ...CONTENTS, parts });

describe('a disk on which making the pool was cut off', () => {
  test('is one with the partitions of ZFS and nothing in them', () => {
    expect(isOnlyPartitioned(NOTE, CONTENTS, LSBLK)).toBe(true);
  });

  test('is one whose partitions were being cleared', () => {
    const table = withParts(part('/dev/vdc', 'PMBR'));
    const row = '{"blockdevices":[{"path":"/dev/vdc","parttype":null,"partlabel":null}]}';
    expect(isOnlyPartitioned(NOTE, table, row)).toBe(true);
    expect(isOnlyPartitioned(NOTE, table, LSBLK)).toBe(false);
  });

  test.each<[string, DiskContents]>([
    ['of another size', onDisk({ sizeBytes: 1 })],
    ['of another model', onDisk({ model: 'ACME' })],
    ['of another serial number', onDisk({ serial: null })],
    ['that is free', onDisk({ qualifies: true, reasons: [] })],
    ['in a pool that can be imported', onDisk({ reasons: [reason('in-importable-pool')] })],
    ['in use', onDisk({ reasons: [...CONTENTS.disk.reasons, reason('in-use')] })],
    ['that could not be read', onDisk({ reasons: [...CONTENTS.disk.reasons, reason('unreadable')] })],
    [
      'with a file system in the place of the table',
      withParts(part('/dev/vdc', 'gpt', 'ext4'), part('/dev/vdc1'), part('/dev/vdc9')),
    ],
    [
      'with anything in the first partition, a pool too',
      withParts(part('/dev/vdc', 'gpt'), part('/dev/vdc1', 'zfs_member'), part('/dev/vdc9')),
    ],
    [
      'with anything in the last partition',
      withParts(part('/dev/vdc', 'gpt'), part('/dev/vdc1'), part('/dev/vdc9', 'swap')),
    ],
    ['with one partition less', withParts(part('/dev/vdc', 'gpt'), part('/dev/vdc1'))],
    [
      'with one partition more',
      withParts(part('/dev/vdc', 'gpt'), part('/dev/vdc1'), part('/dev/vdc2'), part('/dev/vdc9')),
    ],
  ])('is none %s', (_, contents) => {
    expect(isOnlyPartitioned(NOTE, contents, LSBLK)).toBe(false);
  });

  test.each([
    ['of another type', LSBLK.replace('6a898cc3', '0fc63daf')],
    ['of another name', LSBLK.replace('zfs-72b8592a9178aef1', 'data')],
    ['without a name', LSBLK.replace('"zfs-72b8592a9178aef1"', 'null')],
    ['where the last one has a name', LSBLK.replace('"partlabel":null}\n', '"partlabel":"data"}\n')],
    ['that lsblk does not tell', 'nonsense'],
  ])('is none with partitions %s', (_, lsblk) => {
    expect(lsblk).not.toBe(LSBLK);
    expect(isOnlyPartitioned(NOTE, CONTENTS, lsblk)).toBe(false);
  });
});
