import { expect, test } from 'vitest';
import { poolBacking, wholeDisk } from '../../../src/bench/pool-backing.js';
import type { DeviceNames } from '../../../src/disks/kernel.js';

/** Two disks: `old` is /dev/sdb, `new` is /dev/sdc. */
const TARGETS: Readonly<Record<string, string>> = {
  '/dev/sdb': '/dev/sdb',
  '/dev/disk/by-id/ata-old': '/dev/sdb',
  '/dev/disk/by-id/wwn-old': '/dev/sdb',
  '/dev/sdc': '/dev/sdc',
  '/dev/disk/by-id/ata-new': '/dev/sdc',
};
const host: DeviceNames = {
  resolve: (path) => TARGETS[path],
  stablePaths: () =>
    new Map([
      ['/dev/sdb', '/dev/disk/by-id/wwn-old'],
      ['/dev/sdc', '/dev/disk/by-id/ata-new'],
    ]),
};

test.each<[what: string, devices: string[], known: (string | undefined)[], expected: string | undefined]>([
  ['the name that is recorded', ['/dev/sdb1'], ['/dev/disk/by-id/wwn-old'], '/dev/disk/by-id/wwn-old'],
  ['any of its names', ['/dev/disk/by-id/ata-old-part1'], ['/dev/sdb'], '/dev/sdb'],
  [
    'that of bench.toml before the record',
    ['/dev/sdb1'],
    ['/dev/sdb', '/dev/disk/by-id/wwn-old'],
    '/dev/sdb',
  ],
  [
    'the record where bench.toml names none of its disks',
    ['/dev/sdb1'],
    ['/dev/sdc', '/dev/disk/by-id/wwn-old'],
    '/dev/disk/by-id/wwn-old',
  ],
  ['the new disk by its stable name', ['/dev/sdc1'], ['/dev/disk/by-id/wwn-old'], '/dev/disk/by-id/ata-new'],
  [
    'the old one beside another leg',
    ['/dev/sdc1', '/dev/sdb1'],
    ['/dev/disk/by-id/wwn-old'],
    '/dev/disk/by-id/wwn-old',
  ],
  [
    'one that is gone and still in the pool',
    ['/dev/disk/by-id/gone-part1'],
    ['/dev/disk/by-id/gone'],
    '/dev/disk/by-id/gone',
  ],
  [
    'the one that takes its place',
    ['1234567890', '/dev/sdc1'],
    ['/dev/disk/by-id/gone'],
    '/dev/disk/by-id/ata-new',
  ],
  [
    'what is recorded of a pool of which nothing is known',
    ['1234567890'],
    [undefined, '/dev/sdb'],
    '/dev/sdb',
  ],
  ['what ZFS says where nothing is recorded', ['/dev/sdb1'], [undefined], '/dev/disk/by-id/wwn-old'],
  ['an image', ['/var/lib/bench-zfs/p.img'], ['/dev/sdb'], '/var/lib/bench-zfs/p.img'],
  ['nothing', [], [undefined], undefined],
])('%s: %j', (_, devices, known, expected) => {
  expect(poolBacking(devices, known, host)).toBe(expected);
});

test.each([
  ['/dev/vdb1', '/dev/vdb'],
  ['/dev/nvme0n1p1', '/dev/nvme0n1'],
  ['/dev/disk/by-id/virtio-DATA-part1', '/dev/disk/by-id/virtio-DATA'],
  ['/srv/image-part1', '/srv/image-part1'],
  ['/dev/vdb2', '/dev/vdb2'],
])('%s is on %s', (device, disk) => {
  expect(wholeDisk(device)).toBe(disk);
});
