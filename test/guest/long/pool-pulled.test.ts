import { expect, test } from 'vitest';
import type { BenchList } from '../../../src/bench/bench.js';
import type { SnapshotList } from '../../../src/snapshot/snapshot-orchestrator.js';
import type { Status } from '../../../src/status/status.js';
import { benchJson, contentOf, type Failure } from '../product.js';
import { useGuest } from '../support.js';

// QEMU: User Mode Linux does not let go of a disk that is in use.
const guest = useGuest({ image: 'bench', machine: 'qemu' });

const init = (name: string) => benchJson(guest(), ['init', '-b', name]);
const refused = async (name: string) => (await benchJson<Failure>(guest(), ['init', '-b', name], 3)).error;

test('a pool whose disk is pulled out is refused at once, and status says why; with the disk it is as it was', async () => {
  const before = await contentOf(guest(), 'shop');
  await guest().sh(`bench config set schedule.snapshot daily -b shop; bench config set schedule.keep.last 1 -b shop
    bench init -b shop; bench schedule run -b shop; bench volume snapshot -b shop
    bench new newer; systemctl stop mariadb@shop; sync`);
  const snapshots = async () =>
    (await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'shop'])).snapshots.map(
      ({ tag }) => tag,
    );
  const taken = await snapshots();
  await guest().removeDisk('disk-a');
  await guest().sh(`setsid touch /bench-pool/shop/write < /dev/null > /dev/null 2>&1 &
    until [ "$(cat /proc/spl/kstat/zfs/bench-pool/state)" = SUSPENDED ]; do sleep 0.2; done`);
  const works = ['init', 'volume snapshot', 'volume prune', 'schedule run', 'replicate run', 'offsite push'];
  for (const args of works.map((words) => words.split(' '))) {
    const { error } = await benchJson<Failure>(guest(), [...args, '-b', 'shop'], 3);
    expect(error.code).toBe('pool-suspended');
    expect(error.suggestions[0]).toContain('zpool clear bench-pool');
  }
  expect((await refused('newer')).code).toBe('pool-suspended');
  const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  expect(problems).toMatchObject([{ code: 'pool-suspended', fix: 'zpool clear bench-pool' }]);
  const { benches } = await benchJson<BenchList>(guest(), ['list']);
  expect(benches.find(({ name }) => name === 'shop')?.state).toBe('pool-suspended');

  // The timer's run fails, and whoever watches is told.
  const { stdout } = await guest().sh(
    'systemctl start bench-snapshot-shop || systemctl is-failed bench-snapshot-shop; bench check -b shop || echo "exit $?"',
    { check: false },
  );
  expect(stdout).toMatch(/^failed\nBENCH CRITICAL - shop: .*suspended.*\nexit 2\n$/s);

  await guest().reboot({ clean: false });
  await init('shop');
  expect(await contentOf(guest(), 'shop')).toBe(before);
  expect(await snapshots()).toEqual(taken);
  await benchJson(guest(), ['schedule', 'run', '-b', 'shop']);
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
});
