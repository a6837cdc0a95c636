import { expect, test } from 'vitest';
import type { Layout } from '../../../src/bench/layout.js';
import type { Mount } from '../../../src/host/mounts.js';
import { refuseOtherMounts } from '../../../src/snapshot/obstacles.js';

const layout = {
  dataset: 'p/shop',
  mountpoint: '/p/shop',
  parts: {
    benches: { source: '/p/shop/benches', target: '/srv/benches/shop' },
    mariadb: { target: '/var/lib/mysql-shop' },
  },
  volumes: [{ target: '/srv/benches/shop/sites/up' }],
} as Layout;

const mount = (target: string, source = 'p/shop', fstype = 'zfs'): Mount => ({
  root: '/',
  target,
  fstype,
  source,
});
const ours = [mount('/p/shop'), mount('/srv/benches/shop'), mount('/var/lib/mysql-shop')];

test.each([
  ['what bench has mounted', []],
  ['a snapshot that somebody looks at', [mount('/p/shop/.zfs/snapshot/good', 'p/shop@good')]],
  [
    'one of its volumes, by both ways to its directory',
    [
      mount('/srv/benches/shop/sites/up', 'p/_volumes/up'),
      mount('/p/shop/benches/sites/up', 'p/_volumes/up'),
    ],
  ],
  ['another bench', [mount('/srv/benches/shop-2', 'p/shop-2')]],
])('%s is not in the way', (_, more) => {
  expect(() => refuseOtherMounts(layout, [...ours, ...more])).not.toThrow();
});

test.each([
  ['a bind mount of the bench elsewhere', mount('/mnt/b')],
  ['another file system in it', mount('/srv/benches/shop/sites/nfs', 'server:/x', 'nfs')],
  ['a dataset below it', mount('/p/shop/child', 'p/shop/child')],
])('%s is', (_, more) => {
  expect(() => refuseOtherMounts(layout, [...ours, more])).toThrow(more.target);
});
