import { expect, test } from 'vitest';
import type { Mount } from '../../../src/host/mounts.js';
import { importDropIn } from '../../../src/volume-manager/import-order.js';

const mount = (target: string, fstype = 'ext4'): Mount => ({ root: '/', target, fstype, source: '/dev/vdb' });
const mounts = [mount('/'), mount('/data'), mount('/data/big-disk', 'xfs'), mount('/net', 'nfs4')];
const image = (path: string) => importDropIn({ kind: 'image', path }, mounts);

test('an image waits for every file system that it lies below', () => {
  expect(image('/data/big-disk/pools/a.img')?.split('\n').slice(1)).toEqual([
    '[Unit]',
    'Wants=data.mount data-big\\x2ddisk.mount',
    'After=data.mount data-big\\x2ddisk.mount',
    '',
  ]);
  expect(image('/data/a.img')).toContain('Wants=data.mount\n');
});

test('one on the root file system, on a directory that only sounds alike, behind the network, or a disk does not', () => {
  expect(image('/var/lib/bench-zfs/bench-pool.img')).toBeUndefined();
  expect(image('/database/a.img')).toBeUndefined();
  expect(image('/net/a.img')).toBeUndefined();
  expect(importDropIn({ kind: 'device', path: '/dev/vdb' }, mounts)).toBeUndefined();
});
