import { expect, test } from 'vitest';
import type { Status } from '../../../src/status/status.js';
import { benchJson, type Failure, rebootFully } from '../product.js';
import { useGuest } from '../support.js';
import { wholeSystem } from './system.js';

const guest = useGuest({ image: 'product', disks: [{ size: '12G', serial: 'data', format: 'ext4' }] });

interface Planned {
  steps: { title: string; commands: string[][] }[];
}

const toml = (size: string) => `[bench]
name = "shop"
[volume]
backing = "image"
[volume.image]
size = "${size}"
path = "/data/big-disk/pool.img"
`;

test('an image that does not fit is refused, and nothing is changed', async () => {
  await guest().sh(`mkdir -p /data/big-disk
    echo '/dev/disk/by-id/virtio-data /data/big-disk ext4 defaults,nofail 0 2' >> /etc/fstab
    systemctl daemon-reload; mount /data/big-disk`);
  await guest().write('/srv/benches/shop/bench.toml', toml('30G'));
  const { error } = await benchJson<Failure>(guest(), ['init', '-b', 'shop'], 3);
  expect(error.code).toBe('image-does-not-fit');
  // Only now: the first attempt has made the directory of the lock.
  const before = await wholeSystem(guest());
  for (const args of [['init'], ['init', '--dry-run']])
    expect((await benchJson<Failure>(guest(), [...args, '-b', 'shop'], 3)).error).toEqual(error);
  expect(await wholeSystem(guest())).toBe(before);
});

let planned: Planned;

test('a dry run prints every step with its exact commands, and changes nothing', async () => {
  await guest().write('/srv/benches/shop/bench.toml', toml('10G'));
  const before = await wholeSystem(guest());
  planned = await benchJson<Planned>(guest(), ['init', '-b', 'shop', '--dry-run']);
  const { stdout } = await guest().run(['bench', 'init', '-b', 'shop', '--dry-run']);
  expect(await wholeSystem(guest())).toBe(before);
  for (const { title, commands } of planned.steps) {
    expect(withoutTime(stdout)).toContain(withoutTime(`  ${title}\n`));
    for (const argv of commands) expect(withoutTime(stdout)).toContain(`      ${withoutTime(argv[0] ?? '')}`);
  }
  expect(stdout).toContain('      zpool create -o ashift=12 -O mountpoint=/bench-pool bench-pool /data/');
});

test('init carries out just that', async () => {
  const done = await benchJson<Planned>(guest(), ['init', '-b', 'shop']);
  expect(done.steps.map(withoutTimes)).toEqual(planned.steps.map(withoutTimes));
});

const withoutTime = (text: string) => text.replace(/\d{8}-\d{6}/g, 'TIME');
const withoutTimes = (step: Planned['steps'][number]) => JSON.parse(withoutTime(JSON.stringify(step)));

test('on another file system than the root the image is in sight when pools are imported at boot', async () => {
  await rebootFully(guest());
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
  const { stdout } = await guest().sh(`systemctl show -p Wants zfs-import-cache.service
    stat -c '%A %U' /data/big-disk/pool.img
    test $(( $(stat -c %b /data/big-disk/pool.img) * 512 )) -ge $(stat -c %s /data/big-disk/pool.img)`);
  expect(stdout).toContain('x2ddisk.mount');
  expect(stdout).toContain('-rw------- root');
});

test('a second init changes nothing, says so, and starts at most twelve processes', async () => {
  const { stdout, stderr } = await guest().sh('BENCH_DEBUG=1 bench init -b shop');
  expect(stdout).toBe('Bench shop is complete: nothing to do.\n');
  const started = stderr.match(/^\[\d+ ms\] \S+/gm) ?? [];
  expect(started.length, stderr).toBeGreaterThan(3);
  expect(started.length, stderr).toBeLessThanOrEqual(12);
});
