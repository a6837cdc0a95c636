import { describe, expect, test } from 'vitest';
import {
  escapeOctal,
  formatSource,
  mountAt,
  parseMountinfo,
  showsDataset,
  unescapeOctal,
} from '../../../src/host/mounts.js';
import { fixture } from '../support/fixture.js';

const bench = parseMountinfo(fixture('mounts/bench-mounted.txt'));
const papered = parseMountinfo(fixture('mounts/bind-of-empty-directory.txt'));

describe('parseMountinfo', () => {
  test('tells a dataset, and a part of it that is mounted elsewhere', () => {
    expect(mountAt(bench, '/bench-pool/shop')).toEqual({
      root: '/',
      target: '/bench-pool/shop',
      fstype: 'zfs',
      source: 'bench-pool/shop',
    });
    expect(mountAt(bench, '/var/lib/mysql-shop')).toMatchObject({
      root: '/mariadb',
      source: 'bench-pool/shop',
    });
    expect(mountAt(bench, '/nowhere')).toBeUndefined();
  });

  test('takes the last mount at a path: it hides the others', () => {
    const twice = [...bench, { root: '/x', target: '/bench-pool/shop', fstype: 'ext4', source: '/dev/vda' }];
    expect(mountAt(twice, '/bench-pool/shop')?.fstype).toBe('ext4');
  });
});

describe('showsDataset', () => {
  test('is true for a bind mount of the dataset', () => {
    expect(showsDataset(bench, '/srv/benches/shop', 'bench-pool/shop', '/benches')).toBe(true);
  });

  test('is false for another part, another dataset, and for nothing', () => {
    expect(showsDataset(bench, '/srv/benches/shop', 'bench-pool/shop', '/mariadb')).toBe(false);
    expect(showsDataset(bench, '/srv/benches/shop', 'bench-pool/other', '/benches')).toBe(false);
    expect(showsDataset(bench, '/srv/benches/other', 'bench-pool/shop', '/benches')).toBe(false);
  });

  test('is false for the empty directory that takes the place of a missing pool, though it is a mount', () => {
    const mount = mountAt(papered, '/srv/benches/shop');
    expect(mount && formatSource(mount)).toBe('/dev/vda[/bench-pool/shop/benches]');
    expect(showsDataset(papered, '/srv/benches/shop', 'bench-pool/shop', '/benches')).toBe(false);
  });
});

test('fields of fstab and mountinfo are escaped and read back', () => {
  const path = '/srv/a b\tc\\d#e\nf';
  expect(escapeOctal(path)).toBe('/srv/a\\040b\\011c\\134d\\043e\\012f');
  expect(unescapeOctal(escapeOctal(path))).toBe(path);
});
