import { expect, test } from 'vitest';
import type { BenchList } from '../../../src/bench/bench.js';
import type { Status } from '../../../src/status/status.js';
import { benchJson, contentOf, type Failure } from '../product.js';
import { useGuest } from '../support.js';

// QEMU: User Mode Linux does not let go of a disk that is in use.
const guest = useGuest({ image: 'bench', machine: 'qemu' });

const init = (name: string) => benchJson(guest(), ['init', '-b', name]);
const refused = async (name: string) => (await benchJson<Failure>(guest(), ['init', '-b', name], 3)).error;

test('a pool whose disk is pulled out is refused at once, and status says why; with the disk it is as it was', async () => {
  const before = await contentOf(guest(), 'shop');
  await guest().sh('bench new newer; systemctl stop mariadb@shop; sync');
  await guest().removeDisk('disk-a');
  await guest().sh(`setsid touch /bench-pool/shop/write < /dev/null > /dev/null 2>&1 &
    until [ "$(cat /proc/spl/kstat/zfs/bench-pool/state)" = SUSPENDED ]; do sleep 0.2; done`);
  for (const args of [['init'], ['volume', 'snapshot']]) {
    const { error } = await benchJson<Failure>(guest(), [...args, '-b', 'shop'], 3);
    expect(error.code).toBe('pool-suspended');
    expect(error.suggestions[0]).toContain('zpool clear bench-pool');
  }
  expect((await refused('newer')).code).toBe('pool-suspended');
  const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  expect(problems).toMatchObject([{ code: 'pool-suspended', fix: 'zpool clear bench-pool' }]);
  const { benches } = await benchJson<BenchList>(guest(), ['list']);
  expect(benches.find(({ name }) => name === 'shop')?.state).toBe('pool-suspended');

  await guest().reboot({ clean: false });
  await init('shop');
  expect(await contentOf(guest(), 'shop')).toBe(before);
});
