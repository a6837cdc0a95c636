import { expect, test } from 'vitest';
import type { Status } from '../../../src/status/status.js';
import { runBeside } from '../beside.js';
import { benchJson, contentOf, type Failure, fillBench, rebootFully } from '../product.js';
import { useGuest } from '../support.js';

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

test('a line of fstab that would stop the next boot is named and completed, and every other byte stays', async () => {
  await guest().sh(`printf '# f\\374r\\n//nas/x /mnt/x cifs noauto\\r\\n' >> /etc/fstab
    sed -i '/shop/s/nofail,x-systemd[^ ]*/noatime/; s:/srv/benches/shop :/srv//benches/shop/ :' /etc/fstab
    cp /etc/fstab /root/fstab`);
  const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  expect(problems.map(({ code, fix }) => [code, fix])).toEqual(
    Array(2).fill(['fstab-options', 'bench init -b shop']),
  );
  const { steps } = await benchJson<{ steps: { kind: string }[] }>(guest(), ['init', '-b', 'shop']);
  expect(steps.map(({ kind }) => kind)).toEqual(['fstab.options', 'fstab.options', 'systemd.reload']);
  const { stdout } = await guest().sh('diff /root/fstab /etc/fstab || true; findmnt --verify | tail -n 1');
  const added = ',nofail,x-systemd.requires=zfs-mount.service,x-systemd.after=zfs-mount.service';
  const changed = stdout.split('\n').flatMap((line) => /^> (.*)$/.exec(line)?.[1] ?? []);
  expect(changed).toEqual([
    `/bench-pool/shop/benches /srv//benches/shop/ none bind,noatime${added} 0 0`,
    `/bench-pool/shop/mariadb /var/lib/mysql-shop none bind,noatime${added} 0 0`,
  ]);
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
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

test('init does not make another pool of that name, for no bench, though a disk is free', async () => {
  const failure = await benchJson<Failure>(guest(), ['init', '-b', 'shop'], 3);
  expect(failure.error.code).toBe('pool-missing');
  await guest().run(['bench', 'new', 'second']);
  const { error } = await benchJson<Failure>(guest(), ['init', '-b', 'second', '--yes'], 3);
  expect([error.code, error.message]).toEqual([
    'pool-missing',
    expect.stringMatching(/^The bench shop lives in pool bench-pool .* on \S*pool-disk/),
  ]);
  await guest().run(['rm', '-r', '/srv/benches/second']);
  expect((await guest().sh('zpool list -H -o name')).stdout.trim()).toBe('');
});

test('with the disk back everything comes up by itself', async () => {
  await rebootFully(guest());
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
  expect(await contentOf(guest(), 'shop')).toBe(before);
});

const SPARE = '/dev/disk/by-id/virtio-spare';
/** Makes the pool and takes it away again, as a power cut does that comes before its labels are on the disk. */
const CUT_OFF = `case "$1" in
  create)
    /usr/sbin/zpool "$@" && /usr/sbin/zpool destroy cut-pool && /usr/sbin/zpool labelclear -f ${SPARE}-part1
    udevadm settle
    kill -9 $PPID ;;
  *) exec /usr/sbin/zpool "$@" ;;
esac`;

test('a pool that was cut off while its disk was partitioned is made on that disk, and nothing else is cleared', async () => {
  await guest().sh(`bench new cut
    bench config set volume.pool cut-pool -b cut
    bench config set volume.device ${SPARE} -b cut; bench config set volume.backing device -b cut`);
  const killed = await runBeside(guest(), 'zpool', CUT_OFF, 'bench init -b cut > /dev/null');
  expect(killed).toEqual({ exitCode: 137, stdout: '' });
  const { stdout } = await guest().sh(`lsblk -nro PARTLABEL ${SPARE}; wipefs -n ${SPARE}-part*`);
  expect(stdout.trim()).toMatch(/^zfs-[0-9a-f]{16}$/);

  await guest().sh(`mkfs.ext4 -q ${SPARE}-part1; udevadm settle`);
  const { error } = await benchJson<Failure>(guest(), ['init', '-b', 'cut'], 3);
  expect(error.code).toBe('disk-not-free');
  await guest().sh(`wipefs -aq ${SPARE}-part1; udevadm settle`);

  const plan = await guest().run(['bench', 'init', '-b', 'cut', '--dry-run']);
  expect(plan.stdout).toContain(`An init that was cut off had found ${SPARE} free`);
  await benchJson(guest(), ['init', '-b', 'cut']);
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'cut'])).problems).toEqual([]);
  expect((await guest().sh('ls /var/lib/bench/cut')).stdout).not.toContain('pool-create');
});

/** Makes the dataset as a power cut leaves it that comes before its properties are on the disk, and the boot after it. */
const BARE_DATASET = `[ "$1" = create ] || exec /usr/sbin/zfs "$@"
for dataset; do :; done
/usr/sbin/zfs create "$dataset"
kill -9 $PPID`;

test('a dataset that was cut off before it had its properties gets them, unless there is something in it', async () => {
  await guest().sh(`bench new bare
    bench config set volume.pool cut-pool -b bare
    bench config set volume.device ${SPARE} -b bare; bench config set volume.backing device -b bare
    bench config set volume.dataset.quota 2G -b bare; bench config set volume.dataset.reservation 1G -b bare`);
  const killed = await runBeside(guest(), 'zfs', BARE_DATASET, 'bench init -b bare > /dev/null');
  expect(killed).toEqual({ exitCode: 137, stdout: '' });
  const names = 'recordsize,compression,atime,quota,reservation,direct,bench:name,bench:layout';
  const properties = async () =>
    (await guest().sh(`zfs get -H -p -o value ${names} cut-pool/bare`)).stdout.trim().split('\n');
  expect((await properties()).at(-2)).toBe('-');

  await guest().write('/cut-pool/bare/file', 'of somebody');
  const { error } = await benchJson<Failure>(guest(), ['init', '-b', 'bare'], 3);
  expect(error.code).toBe('dataset-not-ours');
  expect((await properties()).at(-2)).toBe('-');
  await guest().sh('rm /cut-pool/bare/file');

  const plan = await guest().run(['bench', 'init', '-b', 'bare', '--dry-run']);
  expect(plan.stdout).toContain('had begun to make the dataset cut-pool/bare');
  await benchJson(guest(), ['init', '-b', 'bare']);
  expect(await properties()).toEqual([
    ...['16384', 'zstd', 'off', String(2 * 1024 ** 3), String(1024 ** 3), 'disabled', 'bare', '1'],
  ]);
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'bare'])).problems).toEqual([]);
  expect((await guest().sh('ls /var/lib/bench/bare')).stdout).not.toContain('dataset-create');
  const { stdout } =
    await guest().sh(`systemctl stop mariadb@bare; umount /srv/benches/bare /var/lib/mysql-bare
    zfs unmount cut-pool/bare; lsattr -d /cut-pool/bare`);
  expect(stdout).toMatch(/^-+i/);
});
