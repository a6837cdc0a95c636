import { expect, test } from 'vitest';
import {
  belowTheMounts,
  bootedUnits,
  HELD_BACK,
  mendFirst,
  problemsOf,
  shopToml,
  statusOf,
  UP,
  WEB,
} from './boot-support.js';
import { benchJson, contentOf, type Failure, fillBench, rebootFully } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

const INSTANCE = 'my-shop.v2_x';
const UNIT = 'mariadb@my\\x2dshop.v2_x.service';
const DATA_DIR = `/var/lib/mysql-${INSTANCE}`;

let before: string;
const content = () => contentOf(guest(), 'shop', INSTANCE);
const below = () => belowTheMounts(guest(), DATA_DIR);

const DEFAULT_INSTANCE = `systemctl start mariadb.service
mariadb -e 'CREATE DATABASE theirs; CREATE TABLE theirs.t (i INT); INSERT INTO theirs.t VALUES (42)'`;
const defaultInstance = async () =>
  (
    await guest().sh(
      "systemctl show -p MainPID,UnitFileState mariadb.service; mariadb -BNe 'SELECT @@port, i FROM theirs.t'",
    )
  ).stdout;

test('a port that is taken is found before anything changes, and by whom', async () => {
  await guest().sh(DEFAULT_INSTANCE, { timeoutMs: 280_000 });
  await guest().write('/srv/benches/shop/bench.toml', shopToml(INSTANCE));
  await guest().sh(WEB);
  const world = async () =>
    (await guest().sh('zpool list -H; ls -lAR --full-time /srv/benches/shop /etc/mysql /etc/systemd')).stdout;
  const untouched = await world();

  await guest().write('/srv/benches/other/bench.toml', '[bench]\nname = "other"\n');
  const clash = await benchJson<Failure>(guest(), ['init', '-b', 'shop'], 3);
  expect(clash.error).toMatchObject({ code: 'bench-clash', message: expect.stringContaining("'other'") });
  await guest().sh(`rm -r /srv/benches/other
    systemd-run --quiet --unit=listener socat TCP-LISTEN:3307,fork,reuseaddr /dev/null
    until ss -ltn | grep -q :3307; do sleep 0.2; done`);
  expect((await benchJson<Failure>(guest(), ['init', '-b', 'shop'], 3)).error.code).toBe('port-in-use');
  await guest().sh('systemctl stop listener');
  expect(await world()).toBe(untouched);
});

test('an instance with dash, dot and underscore runs beside a default instance, which is left alone', async () => {
  const theirs = await defaultInstance();
  expect(theirs).toContain('3306\t42');
  await guest().run(['bench', 'init', '-b', 'shop'], { timeoutMs: 280_000 });
  expect(await defaultInstance()).toBe(theirs);
  expect(await bootedUnits(guest(), UNIT)).toEqual(UP);
  const status = await statusOf(guest());
  expect(status.problems).toEqual([]);
  expect(status.mariadb).toMatchObject({ instance: INSTANCE, unit: UNIT });
  await fillBench(guest(), 'shop', INSTANCE);
  before = await content();
});

test("the instance's own system tables are looked after, with no default instance to fall back on", async () => {
  const { stdout } = await guest().sh(`systemctl stop mariadb.service
    systemctl start 'bench-mariadb-upgrade@my\\x2dshop.v2_x.service'
    journalctl -b -q --no-pager -u '${UNIT}' | grep -c 'Upgrade failed' || true`);
  expect(stdout.trim()).toBe('0');
});

test('with zfs-mount-generator, zed and an import that takes its time, everything comes up', async () => {
  await guest().sh(`mkdir -p /etc/zfs/zfs-list.cache; touch /etc/zfs/zfs-list.cache/bench-pool
    zfs set canmount=on bench-pool
    until grep -q bench-pool/shop /etc/zfs/zfs-list.cache/bench-pool; do sleep 0.2; done
    mkdir -p /etc/systemd/system/zfs-import-cache.service.d
    printf '[Service]\\nExecStartPre=/bin/sleep 3\\n' > /etc/systemd/system/zfs-import-cache.service.d/slow.conf`);
  await rebootFully(guest());
  expect(await bootedUnits(guest(), UNIT)).toEqual(UP);
  expect((await statusOf(guest())).problems).toEqual([]);
  expect(await content()).toBe(before);
  const { stdout } = await guest().sh(`systemctl show -p FragmentPath --value 'bench\\x2dpool-shop.mount'
    rm -r /etc/systemd/system/zfs-import-cache.service.d`);
  expect(stdout.trim()).toBe('/run/systemd/generator/bench\\x2dpool-shop.mount');
});

test('with the pool exported nothing starts, by hand neither, and one command brings everything back', async () => {
  await guest().sh(
    `systemctl stop shop-web '${UNIT}'; umount /srv/benches/shop ${DATA_DIR}; zpool export bench-pool`,
  );
  const untouched = await below();
  await rebootFully(guest());
  expect(await bootedUnits(guest(), UNIT)).toEqual(HELD_BACK);
  for (const unit of [UNIT, 'shop-web.service']) {
    expect((await guest().run(['systemctl', 'start', unit], { check: false })).exitCode).not.toBe(0);
  }
  expect(await below()).toBe(untouched);
  expect(await problemsOf(guest())).toEqual(['pool-exported: bench init -b shop']);
  await mendFirst(guest());
  expect(await bootedUnits(guest(), UNIT)).toEqual(UP);
  expect((await statusOf(guest())).problems).toEqual([]);
  expect(await content()).toBe(before);
});

test('without them, a dataset that is not mounted and a line of fstab removed are named and mended', async () => {
  await guest().sh(`rm /etc/zfs/zfs-list.cache/bench-pool; systemctl disable --quiet zfs-zed
    zfs set canmount=noauto bench-pool/shop; sed -i '\\|${DATA_DIR}|d' /etc/fstab`);
  expect(await problemsOf(guest())).toEqual([
    'dataset-not-at-boot: bench init -b shop',
    'fstab-missing: bench init -b shop',
  ]);
  await guest().sh(
    `systemctl stop shop-web '${UNIT}'; umount /srv/benches/shop ${DATA_DIR}; zfs unmount bench-pool/shop`,
  );
  const untouched = await below();
  await rebootFully(guest());
  expect(await bootedUnits(guest(), UNIT)).toEqual(HELD_BACK);
  expect(await below()).toBe(untouched);
  expect(await problemsOf(guest())).toEqual([
    'dataset-unmounted: bench init -b shop',
    'bind-missing: bench init -b shop',
    'fstab-missing: bench init -b shop',
    'bind-missing: bench init -b shop',
    'mariadb-down: bench init -b shop',
    'unit-down: bench init -b shop',
  ]);
  await mendFirst(guest());
  expect(await bootedUnits(guest(), UNIT)).toEqual(UP);
  expect((await statusOf(guest())).problems).toEqual([]);
  expect(await content()).toBe(before);
});
