import { expect, test } from 'vitest';
import type { DiscoverResult } from '../../../src/disks/disks.js';
import type { Status } from '../../../src/status/status.js';
import { KILL_AFTER_CREATE, KILL_BEFORE_CREATE, runBeside } from '../beside.js';
import { benchJson, type Failure } from '../product.js';
import { useGuest } from '../support.js';

/** Clearing a disk, cut off, and of other kinds; without a kill: ../discover.test.ts. */
const guest = useGuest({
  image: 'product',
  disks: [
    { size: '20G', serial: 'other' },
    { size: '40G', serial: 'files', format: 'ext4' },
    { size: '60G', serial: 'parted' },
    { size: '60G', serial: 'exported' },
  ],
});

const FILES = '/dev/disk/by-id/virtio-files';
const typed = (word: string) =>
  `script -qec "bench init -b shop --wipe-device ${FILES}" /dev/null <<< ${word}`;
const pools = async () => (await guest().sh('zpool list -H -o name')).stdout.trim();

test('another path than that of the disk clears nothing', async () => {
  await guest().sh(`udevadm settle; bench new shop`);
  const wrong = await guest().sh(typed('/dev/disk/by-id/virtio-other'), { check: false });
  expect(wrong.exitCode).toBe(3);
  expect(wrong.stdout).toMatch(/virtio-files\): 40G, .*serial "files".*ext4.*was not typed/s);
  await guest().sh(`blkid -t TYPE=ext4 ${FILES}`);
});

test('killed before and after zpool create, the next run goes on', async () => {
  expect((await runBeside(guest(), 'zpool', KILL_BEFORE_CREATE, typed(FILES))).exitCode).toBe(137);
  expect(await pools()).toBe('');
  const { disks } = await benchJson<DiscoverResult>(guest(), ['volume', 'discover']);
  expect(disks.find(({ stablePath }) => stablePath === FILES)).toMatchObject({ qualifies: true });

  expect((await runBeside(guest(), 'zpool', KILL_AFTER_CREATE, 'bench init -b shop')).exitCode).toBe(137);
  expect(await pools()).toBe('bench-pool');
  await guest().run(['bench', 'init', '-b', 'shop'], { timeoutMs: 280_000 });
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
  const again = ['init', '-b', 'shop', '--wipe-device', FILES, '--yes'];
  expect((await benchJson<Failure>(guest(), again, 3)).error.code).toBe('wipe-not-needed');
});

test.each([
  ['parted', 'parted -s $D mklabel gpt mkpart a 1MiB 4GiB mkpart b 4GiB 100%'],
  ['exported', 'zpool create exported $D; zpool export exported'],
])('a disk that is %s is cleared so that zpool create needs no force', async (serial, make) => {
  const disk = `/dev/disk/by-id/virtio-${serial}`;
  const name = `on-${serial}`;
  await guest().sh(`D=${disk}; ${make}; udevadm settle
    bench new ${name}; bench config set volume.pool ${name} -b ${name}`);
  const wipe = `bench init -b ${name} --wipe-device ${disk} --yes`;
  expect((await runBeside(guest(), 'zpool', KILL_AFTER_CREATE, wipe)).exitCode).toBe(137);
  expect((await pools()).split('\n')).toContain(name);
});
