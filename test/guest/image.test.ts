import { expect, test } from 'vitest';
import type { Status } from '../../src/status/status.js';
import { benchJson, contentOf, fillBench, rebootFully } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'product', disks: [] });

test('without a free disk the pool lies on a preallocated image that only root can read', async () => {
  await guest().run(['bench', 'new', 'shop']);
  await guest().run(['bench', 'init', '-b', 'shop'], { timeoutMs: 280_000 });
  const status = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  expect(status.problems).toEqual([]);
  expect(status.pool.backing).toEqual({ kind: 'image', path: '/var/lib/bench-zfs/bench-pool.img' });
  const { stdout } = await guest().run(['stat', '-c', '%a %U %s %b %B', status.pool.backing.path ?? '']);
  const [mode, owner, size, blocks, blockSize] = stdout.trim().split(' ');
  expect([mode, owner]).toEqual(['600', 'root']);
  expect(Number(blocks) * Number(blockSize)).toBeGreaterThanOrEqual(Number(size));
});

test('the image is imported at boot, before anything that needs it', async () => {
  await fillBench(guest(), 'shop');
  const before = await contentOf(guest(), 'shop');
  await rebootFully(guest());
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
  expect(await contentOf(guest(), 'shop')).toBe(before);
});
