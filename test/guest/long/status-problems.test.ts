import { expect, test } from 'vitest';
import type { Status } from '../../../src/status/status.js';
import { benchJson } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({
  image: 'product',
  disks: [
    { size: '2G', serial: 'pool-disk' },
    { size: '2G', serial: 'second' },
  ],
});

const sh = async (script: string) => (await guest().sh(script, { timeoutMs: 280_000 })).stdout;
const problems = async () => (await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems;

/** Runs what status prints for these problems, as typed and each command once; then nothing is wrong any more. */
async function mend(...expected: string[]): Promise<void> {
  const found = await problems();
  expect(found.map(({ code }) => code)).toEqual(expected);
  for (const fix of new Set(found.map((problem) => problem.fix))) await sh(fix);
  await sh('zpool wait -t scrub bench-pool');
  expect(await problems()).toEqual([]);
}

test('a bench that was just made has no problem', async () => {
  await sh(`zpool create -O mountpoint=/bench-pool bench-pool /dev/disk/by-id/virtio-pool-disk
    bench new shop; bench init -b shop`);
  expect(await problems()).toEqual([]);
});

test('damage that a scrub has found', async () => {
  await sh(`zfs create -o compression=off bench-pool/files; cd /bench-pool/files; printf 'damage-me\\n%.0s' {1..9000} > bad
    zpool sync; disk=/dev/disk/by-id/virtio-pool-disk-part1; at=$(grep -abom1 damage-me $disk | cut -d: -f1)
    head -c 512 /dev/urandom | dd of=$disk bs=512 seek=$((at / 512)) conv=notrunc,fsync
    zpool scrub -w bench-pool`);
  const [damage] = await problems();
  expect(damage?.code).toBe('data-errors');
  expect(await sh(damage?.fix ?? '')).toContain('/bench-pool/files/bad');
  await sh('zfs destroy bench-pool/files');
  await mend('data-errors', 'device-errors');
});

test('sizes that somebody has set by hand', async () => {
  await sh('zfs set reservation=none quota=1500M bench-pool/shop');
  await mend('quota-differs', 'reservation-differs');
});

test('a quota that is nearly used up', async () => {
  const used = Number(await sh('zfs get -Hpo value used bench-pool/shop'));
  await sh(`bench volume set --quota ${Math.ceil(used / 0.95)} --reservation 1M -b shop`);
  await mend('quota-nearly-full');
});

test('a pool that is filling up, and nearly full', async () => {
  const fill = (name: string, mib: number) =>
    sh(`head -c ${mib}M /dev/zero > /bench-pool/filler/${name}; zpool sync; zpool list -Hpo cap bench-pool`);
  // Three copies of each block, so that a third of the data fills the pool.
  await sh('zfs create -o compression=off -o recordsize=1M -o checksum=off -o copies=3 bench-pool/filler');
  expect(await fill('most', 525)).toMatch(/^8\d\n$/);
  expect((await problems()).map(({ code }) => code)).toEqual(['pool-filling']);
  expect(await fill('more', 55)).toMatch(/^9\d\n$/);
  const [problem] = await problems();
  expect(problem?.code).toBe('pool-nearly-full');
  expect(await sh(problem?.fix ?? '')).toMatch(/bench-pool\/filler +\S+ +1\.\d+G/);
  await sh('zfs destroy bench-pool/filler; zpool wait -t free bench-pool');
  // What is freed counts as free some transaction groups later.
  await expect.poll(problems, { timeout: 120_000, interval: 2000 }).toEqual([]);
});

test('a disk of a mirror that is off', async () => {
  await sh(`zpool attach -w bench-pool /dev/disk/by-id/virtio-pool-disk /dev/disk/by-id/virtio-second
    zpool offline bench-pool /dev/disk/by-id/virtio-second`);
  await mend('pool-degraded');
  await sh('zpool detach bench-pool /dev/disk/by-id/virtio-second');
});

test('a disk that was replaced', async () => {
  const [old, second] = ['/dev/disk/by-id/virtio-pool-disk', '/dev/disk/by-id/virtio-second'];
  await sh(`zpool replace -w bench-pool ${old} ${second}`);
  const { pool } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  expect(pool.backing).toEqual({ kind: 'device', path: second });
  await mend('record-stale');
  expect(await sh('cat /var/lib/bench/shop/host.json /srv/benches/shop/bench.toml')).not.toContain(old);
  expect(await benchJson(guest(), ['init', '-b', 'shop'])).toMatchObject({ changed: false });
  // Back to where the other tests look for it.
  await sh(`zpool replace -w bench-pool ${second} ${old}; bench init -b shop`);
});

test('MariaDB that was stopped, and a scrub that was', async () => {
  // Held up, for there is so little to scrub that it would have ended by itself.
  await sh(`suspend=/sys/module/zfs/parameters/zfs_scan_suspend_progress; systemctl stop mariadb@shop; echo 1 > $suspend
    zpool scrub bench-pool; zpool scrub -s bench-pool; echo 0 > $suspend`);
  await mend('mariadb-down', 'scrub-due');
});

test('what was removed from the host or lies over it is brought back by one command', async () => {
  await sh(`systemctl stop mariadb@shop; mkdir /root/other; umount /var/lib/mysql-shop /srv/benches/shop
    mount --bind /root/other /var/lib/mysql-shop; sed -i '/mysql-shop/d' /etc/fstab
    rm /etc/systemd/system/mariadb@shop.service.d/50-bench-volume.conf; systemctl daemon-reload`);
  const [first] = await problems();
  await sh(first?.fix ?? '');
  expect(await problems()).toEqual([]);
});

test('months without a snapshot and a scrub', async () => {
  await sh('date -s "+36 days"');
  await mend('scrub-due', 'snapshot-none');
  await sh('date -s "+8 days"');
  await mend('snapshot-old');
});
