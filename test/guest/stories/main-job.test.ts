import { expect, test } from 'vitest';
import type { SnapshotList, SnapshotResult } from '../../../src/snapshot/snapshot-orchestrator.js';
import type { Status } from '../../../src/status/status.js';
import { benchJson, contentOf, type Failure, fillBench, rebootFully, sql } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({
  image: 'product',
  disks: [
    { size: '20G', serial: 'small' },
    { size: '40G', serial: 'large' },
  ],
});

let filled: string;

test('bench new and bench init provision a bench on the larger free disk', async () => {
  await guest().run(['bench', 'new', 'shop']);
  await guest().run(['bench', 'init', '-b', 'shop'], { timeoutMs: 280_000 });

  const status = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  expect(status.problems).toEqual([]);
  expect(status.pool).toMatchObject({
    name: 'bench-pool',
    health: 'ONLINE',
    backing: { kind: 'device', path: '/dev/disk/by-id/virtio-large' },
  });
  expect(status.dataset).toMatchObject({ name: 'bench-pool/shop', mounted: true });
  expect(status.binds.map(({ target, mounted, inFstab }) => ({ target, mounted, inFstab }))).toEqual([
    { target: '/srv/benches/shop', mounted: true, inFstab: true },
    { target: '/var/lib/mysql-shop', mounted: true, inFstab: true },
  ]);
  expect(status.mariadb).toMatchObject({ unit: 'mariadb@shop.service', active: true });
  expect((await guest().sh('ls -A /srv/benches')).stdout).toBe('shop\n');
});

test('the properties of pool and dataset, and the settings of the instance, are in force', async () => {
  const { stdout } = await guest().sh(
    'zpool get -H -p -o value ashift,autotrim bench-pool; ' +
      'zfs get -H -p -o value recordsize,compression,atime,acltype,direct,bench:name bench-pool/shop',
  );
  expect(stdout.trim().split('\n')).toEqual([
    '12',
    'on',
    '16384',
    'zstd',
    'off',
    'posix',
    'disabled',
    'shop',
  ]);
  const variables = await sql(
    guest(),
    'shop',
    'SELECT @@datadir, @@port, @@bind_address, @@innodb_doublewrite, @@innodb_flush_neighbors, @@innodb_use_native_aio',
  );
  expect(variables.split('\t')).toEqual(['/var/lib/mysql-shop/', '3307', '127.0.0.1', 'ON', '0', '0']);
});

test('what was computed is written back, and quota and reservation are in force', async () => {
  const toml = await guest().read('/srv/benches/shop/bench.toml');
  expect(toml).toMatch(/^backing = "device"/m);
  expect(toml).toMatch(/^device = "\/dev\/disk\/by-id\/virtio-large"$/m);
  const { dataset } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  expect(toml).toContain(`quota = "${dataset.quotaBytes / 1024 ** 3}G"`);
  expect(toml).toContain(`reservation = "${dataset.reservationBytes / 1024 ** 3}G"`);
  expect(dataset.reservationBytes).toBeGreaterThan(0);
});

test('a second init finds nothing to do', async () => {
  const before = await guest().sh(
    'cat /etc/fstab /srv/benches/shop/bench.toml /var/lib/bench/shop/host.json',
  );
  expect(await benchJson(guest(), ['init', '-b', 'shop'])).toMatchObject({ changed: false, steps: [] });
  const after = await guest().sh('cat /etc/fstab /srv/benches/shop/bench.toml /var/lib/bench/shop/host.json');
  expect(after.stdout).toBe(before.stdout);
});

test('a snapshot brings back tables that were dropped and files that were deleted', async () => {
  await fillBench(guest(), 'shop');
  filled = await contentOf(guest(), 'shop');
  const taken = await benchJson<SnapshotResult>(guest(), [
    'volume',
    'snapshot',
    '-b',
    'shop',
    '--note',
    'before\tit',
  ]);
  expect(taken).toMatchObject({ quiesce: 'backup-stage', name: `bench-pool/shop@${taken.tag}` });
  expect(taken.tag).toMatch(/^\d{8}-\d{6}$/);

  await sql(guest(), 'shop', 'DROP DATABASE app');
  await guest().sh('rm -r /srv/benches/shop/sites/file*');
  await benchJson(guest(), ['volume', 'snapshot', '-b', 'shop', '--tag', 'too-late']);
  const list = await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'shop']);
  expect(list.snapshots.map(({ tag, quiesce, note }) => ({ tag, quiesce, note }))).toEqual([
    { tag: 'too-late', quiesce: 'backup-stage', note: null },
    { tag: taken.tag, quiesce: 'backup-stage', note: 'before\tit' },
  ]);

  const restored = await benchJson<{ destroyed: string[] }>(guest(), [
    'volume',
    'restore-snapshot',
    taken.tag,
    '-b',
    'shop',
    '--yes',
  ]);
  expect(restored.destroyed).toEqual(['too-late']);
  expect(await contentOf(guest(), 'shop')).toBe(filled);
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
  expect(JSON.parse(await guest().read('/srv/benches/shop/sites/common_site_config.json'))).toEqual({
    maintenance_mode: 0,
  });
});

test('a restore without --yes is refused where nobody can be asked, and touches nothing', async () => {
  const { snapshots } = await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'shop']);
  const tag = snapshots[0]?.tag ?? '';
  const refused = await benchJson<Failure>(guest(), ['volume', 'restore-snapshot', tag, '-b', 'shop'], 3);
  expect(refused.error.code).toBe('confirmation-needed');
  expect(await contentOf(guest(), 'shop')).toBe(filled);
});

test('a second bench shares the pool and keeps to itself', async () => {
  await guest().run(['bench', 'new', 'my-books']);
  await guest().run(['bench', 'init', '-b', 'my-books'], { timeoutMs: 280_000 });
  const status = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'my-books']);
  expect(status.problems).toEqual([]);
  expect(status.dataset.name).toBe('bench-pool/my-books');
  expect(status.mariadb.unit).toBe('mariadb@my\\x2dbooks.service');
  expect((await guest().sh('zpool list -H -o name')).stdout.trim()).toBe('bench-pool');
  await sql(guest(), 'my-books', 'CREATE DATABASE books');
  expect(await sql(guest(), 'shop', "SHOW DATABASES LIKE 'books'")).toBe('');
});

test('after a reboot everything is mounted and both databases answer', async () => {
  await rebootFully(guest());
  for (const name of ['shop', 'my-books']) {
    const status = await benchJson<Status>(guest(), ['volume', 'status', '-b', name]);
    expect(status.problems).toEqual([]);
    expect(status.mariadb.version).toContain('MariaDB');
  }
  expect(await contentOf(guest(), 'shop')).toBe(filled);
});
