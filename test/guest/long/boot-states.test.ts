import { beforeAll, expect, test } from 'vitest';
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
} from '../boot-support.js';
import { contentOf, fillBench, rebootFully } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

const UNIT = 'mariadb@shop.service';
const DATA_DIR = '/var/lib/mysql-shop';
/** Everything of the bench out of the way, as before a boot. */
const DOWN = `systemctl stop shop-web ${UNIT}; umount /srv/benches/shop ${DATA_DIR}; zfs unmount bench-pool/shop`;

let before: string;

/** After exactly the command that status gives first, everything is there again. */
async function mendAndCompare(): Promise<void> {
  await mendFirst(guest());
  expect((await statusOf(guest())).problems).toEqual([]);
  expect(await bootedUnits(guest(), UNIT)).toEqual(UP);
  expect(await contentOf(guest(), 'shop')).toBe(before);
}

/** Nothing of the bench starts, and nothing is written where the dataset belongs. */
async function startsNothing(): Promise<void> {
  const untouched = await belowTheMounts(guest(), DATA_DIR);
  for (const unit of [UNIT, 'shop-web.service']) {
    expect((await guest().run(['systemctl', 'start', unit], { check: false })).exitCode).not.toBe(0);
  }
  expect(await belowTheMounts(guest(), DATA_DIR)).toBe(untouched);
}

// Somebody else's pool: bench has not guarded the directory that it is mounted at.
beforeAll(async () => {
  await guest().sh(`head -c 32 /dev/urandom > /root/pool.key
    zpool create -O encryption=on -O keyformat=raw -O keylocation=file:///root/pool.key bench-pool /dev/vdb`);
  await guest().write('/srv/benches/shop/bench.toml', shopToml('shop'));
  await guest().sh(WEB);
  await guest().run(['bench', 'init', '-b', 'shop'], { timeoutMs: 280_000 });
  await fillBench(guest(), 'shop');
  before = await contentOf(guest(), 'shop');
});

test('a boot without the key of an encrypted pool', async () => {
  await rebootFully(guest());
  expect(await bootedUnits(guest(), UNIT)).toEqual(HELD_BACK);
  await startsNothing();
  expect((await guest().sh('find /bench-pool -mindepth 1')).stdout).toBe('');
  expect((await problemsOf(guest()))[0]).toBe(
    'key-not-loaded: zfs load-key bench-pool && bench init -b shop',
  );
  await mendAndCompare();
});

test('a boot with canmount=off', async () => {
  await guest().sh(`${DOWN}; zfs set canmount=off bench-pool/shop`);
  // The key is asked for by nobody at boot, and the pool is not mounted without it.
  await guest().sh(`cat > /etc/systemd/system/pool-key.service <<'UNIT'
[Unit]
DefaultDependencies=no
After=zfs-import.target
Before=zfs-mount.service
[Service]
Type=oneshot
ExecStart=/usr/sbin/zfs load-key -a
[Install]
WantedBy=zfs-mount.service
UNIT
    systemctl enable --quiet pool-key`);
  await rebootFully(guest());
  expect(await bootedUnits(guest(), UNIT)).toEqual(HELD_BACK);
  await startsNothing();
  expect((await problemsOf(guest()))[0]).toBe('dataset-unmounted: bench init -b shop');
  await mendAndCompare();
});

test('something else mounted over the dataset', async () => {
  await guest().sh(`${DOWN}; mount -t tmpfs tmpfs /bench-pool/shop`);
  await startsNothing();
  expect((await guest().sh('find /bench-pool/shop -mindepth 1')).stdout).toBe('');
  expect((await problemsOf(guest()))[0]).toBe(
    'dataset-covered: umount /bench-pool/shop && bench init -b shop',
  );
  await mendFirst(guest());
  await guest().sh('systemctl start shop-web');
  expect(await contentOf(guest(), 'shop')).toBe(before);
});

test('a file in the place of the mount point', async () => {
  await guest().sh(`${DOWN}; chattr -i /bench-pool/shop; rmdir /bench-pool/shop; echo x > /bench-pool/shop`);
  await startsNothing();
  expect((await problemsOf(guest()))[0]).toBe(
    'mountpoint-blocked: mv /bench-pool/shop /bench-pool/shop.aside && bench init -b shop',
  );
  await mendFirst(guest());
  await guest().sh('systemctl start shop-web');
  expect(await contentOf(guest(), 'shop')).toBe(before);
  expect((await guest().sh('cat /bench-pool/shop.aside')).stdout).toBe('x\n');
});

test('something else in the place of the datadir', async () => {
  await guest().sh(`systemctl stop shop-web ${UNIT}; umount ${DATA_DIR}; mount -t tmpfs tmpfs ${DATA_DIR}`);
  await startsNothing();
  const { problems } = await statusOf(guest());
  expect(problems.map(({ code }) => code)).toEqual(['bind-wrong', 'mariadb-down']);
  expect(problems[1]?.message).toContain('assertion failed');
  await mendFirst(guest());
  await guest().sh('systemctl start shop-web');
  expect((await statusOf(guest())).problems).toEqual([]);
  expect(await contentOf(guest(), 'shop')).toBe(before);
});

test('a guard and the settings of the instance removed, the unit disabled', async () => {
  await guest().sh(`rm -r /etc/systemd/system/${UNIT}.d /etc/mysql/mariadb.conf.d/90-bench-shop.cnf
    systemctl disable --quiet ${UNIT}`);
  expect(await problemsOf(guest())).toEqual([
    'host-file-missing: bench init -b shop',
    'guard-missing: bench init -b shop',
    'mariadb-not-at-boot: bench init -b shop',
  ]);
  await mendFirst(guest());
  // What the server was started with cannot be asked of a file that is new.
  expect(await problemsOf(guest())).toEqual([`mariadb-settings-old: systemctl restart ${UNIT}`]);
  await mendAndCompare();
});

test('a server that is newer than its system tables starts at once, and they follow', async () => {
  const info = `${DATA_DIR}/mariadb_upgrade_info`;
  await guest().sh(`printf 10.5.1-MariaDB > ${info}; systemctl restart ${UNIT}`, { timeoutMs: 280_000 });
  expect((await guest().sh(`cat ${info}`)).stdout).toBe('10.5.1-MariaDB');
  await guest().sh('systemctl start bench-mariadb-upgrade@shop', { timeoutMs: 600_000 });
  expect((await guest().sh(`cat ${info}`)).stdout).toMatch(/^11\.8\./);
  expect(await contentOf(guest(), 'shop')).toBe(before);
  expect((await statusOf(guest())).problems).toEqual([]);
});
