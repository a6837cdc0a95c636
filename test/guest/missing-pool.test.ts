import { expect, test } from 'vitest';
import type { Status } from '../../src/volume-manager/status.js';
import { benchJson, contentOf, type Failure, fillBench, rebootFully } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({
  image: 'product',
  disks: [
    { size: '20G', serial: 'pool-disk' },
    { size: '20G', serial: 'spare' },
  ],
});

let before: string;

test('a bench with data', async () => {
  await guest().run(['bench', 'new', 'shop']);
  await guest().run(['bench', 'init', '-b', 'shop'], { timeoutMs: 280_000 });
  await fillBench(guest(), 'shop');
  before = await contentOf(guest(), 'shop');
});

test('with its disk gone at boot, no empty database starts and nothing is written below the mounts', async () => {
  await rebootFully(guest(), { without: ['pool-disk'] });
  const { stdout } = await guest().sh(
    'systemctl is-active mariadb@shop.service || true; find /bench-pool /srv/benches/shop /var/lib/mysql-shop -mindepth 1',
  );
  expect(stdout.trim().split('\n')).toEqual(['inactive']);
  const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  expect(problems[0]).toMatchObject({ code: 'pool-missing', fix: 'bench init -b shop' });
});

test('init does not make another pool of that name, though a disk is free', async () => {
  const failure = await benchJson<Failure>(guest(), ['init', '-b', 'shop'], 3);
  expect(failure.error.code).toBe('pool-missing');
  expect((await guest().sh('zpool list -H -o name')).stdout.trim()).toBe('');
});

test('with the disk back everything comes up by itself', async () => {
  await rebootFully(guest());
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
  expect(await contentOf(guest(), 'shop')).toBe(before);
});
