import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Status } from '../../src/status/status.js';
import { ORIGINAL_ROWS, originalFiles, originalServices, USERS } from './originals.js';
import { benchJson, type Failure, sql } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

const shop = {
  name: 'shop',
  port: 3331,
  volume: `[volume]
backing = "device"
device = "/dev/vdb"
[volume.dataset]
quota = "60M"
reservation = "20M"`,
};

let database: string;
const readDatabase = () =>
  sql(guest(), 'shop', 'SELECT COUNT(*) FROM app.orders; CHECKSUM TABLE app.orders EXTENDED;');

test('a bench with files of every kind, its service, and a running MariaDB with data', async () => {
  await guest().sh(`${USERS}\n${originalFiles(shop)}`);
  await guest().sh(originalServices(shop), { timeoutMs: 280_000 });
  await sql(guest(), 'shop', ORIGINAL_ROWS);
  database = await readDatabase();
});

const state = async () =>
  (
    await guest().sh(
      'zpool list -H; cat /etc/fstab; ls -A /srv/benches; ls -d /var/lib/mysql-shop*;' +
        'systemctl is-active mariadb@shop shop-web; cat /srv/benches/shop/bench.toml; ls /etc/systemd/system',
    )
  ).stdout;

test('what does not fit is refused before anything is changed', async () => {
  const before = await state();
  const refused = await benchJson<Failure>(guest(), ['init', '-b', 'shop'], 3);
  expect(refused.error.code).toBe('no-room');
  expect(refused.error.message).toContain('/var/lib/mysql-shop');
  expect(await state()).toBe(before);
  await guest().sh("sed -i 's/60M/8G/; s/20M/1G/' /srv/benches/shop/bench.toml");
});

test('while somebody writes into the directory who is no unit of the bench, init refuses and names the process', async () => {
  await guest().sh(
    'setsid sleep 1000 >> /srv/benches/shop/logs/stray 2>/dev/null < /dev/null & echo $! > /root/stray',
  );
  const refused = await benchJson<Failure>(guest(), ['init', '-b', 'shop'], 3);
  expect(refused.error.code).toBe('directory-in-use');
  expect(refused.error.message).toMatch(/sleep \(pid \d+/);
  expect(refused.error.message).not.toContain('shop-web');
  await guest().sh('kill $(cat /root/stray)');
});

/** On a busy machine without KVM each run of init may take minutes. */
const WALK_MS = 1_200_000;

test('everything arrives, though init is killed in the middle of both copies', {
  timeout: WALK_MS,
}, async () => {
  for (const file of ['kill-walk.mjs', 'kill-points.mjs'])
    await guest().push(fileURLToPath(new URL(file, import.meta.url)), `/root/${file}`);
  const { stdout, stderr } = await guest().run(
    [
      ...['node', '/root/kill-walk.mjs', 'shop'],
      ...['--at', '/bench-pool/shop/.bench-incoming-benches/apps/b/50.py'],
      ...['--at', '/bench-pool/shop/.bench-incoming-mariadb/ibdata1'],
    ],
    { timeoutMs: WALK_MS, check: false },
  );
  const { killed = [] } = JSON.parse(stdout || '{}') as { killed?: string[] };
  expect(killed, stdout + stderr).toHaveLength(2);
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
  expect(await readDatabase()).toBe(database);
});

test('the result is that of an init that nobody disturbed', async () => {
  const properties = 'recordsize,compression,atime,acltype,quota,reservation,bench:name,bench:layout';
  const { stdout } = await guest().sh(`zfs get -H -o value ${properties} bench-pool/shop
    grep -c shop /etc/fstab; sort /etc/fstab | uniq -d
    systemctl show -p ActiveState,UnitFileState,NeedDaemonReload mariadb@shop
    systemctl show -p FragmentPath --value srv-benches-shop.mount 'var-lib-mysql\\x2dshop.mount'
    cd /bench-pool/shop; find . -maxdepth 1 -printf '%M %u:%g %P\n' | sort -k3
    mkdir /mnt/root; mount --bind / /mnt/root; cd /mnt/root; lsattr -d srv/benches/shop var/lib/mysql-shop
    find srv/benches/shop var/lib/mysql-shop -printf '%M %u %p\n'; cd /; umount /mnt/root
    find / -xdev '(' -name '*.bench-tmp' -o -name '.bench-incoming-*' -o -name '*.candidate' ')'
    ls /var/lib/bench/shop; pgrep -a rsync || true`);
  expect(stdout.trim().split('\n')).toEqual([
    ...['16K', 'zstd', 'off', 'posix', '8G', '1G', 'shop', '1'],
    '2',
    ...['ActiveState=active', 'UnitFileState=enabled', 'NeedDaemonReload=no'],
    ...['/run/systemd/generator/srv-benches-shop.mount', ''],
    '/run/systemd/generator/var-lib-mysql\\x2dshop.mount',
    ...['drwxr-xr-x root:root ', '-r--r--r-- root:root .bench-volume'],
    ...['drwxr-xr-x frappe:frappe benches', 'drwx------ mysql:mysql mariadb'],
    ...['----i---------e------- srv/benches/shop', '----i---------e------- var/lib/mysql-shop'],
    ...['drwxr-xr-x root srv/benches/shop', 'drwxr-xr-x root var/lib/mysql-shop'],
    ...['host.json', 'lock'],
  ]);
  expect(await benchJson(guest(), ['init', '-b', 'shop'])).toMatchObject({ changed: false, steps: [] });
});

test('content and metadata are those of the original, which is whole', async () => {
  const { stdout } = await guest().sh(`cd /srv/benches
    rsync -anicHAXS --numeric-ids --delete --exclude /logs shop.before-zfs-*/ shop/
    stat -c '%h' shop/apps/a/hard; stat -c '%i' shop/apps/a/hard shop/apps/b/hard shop/sites/hard | uniq | wc -l
    test $(du -k shop/sparse | cut -f1) -lt 1000; stat -c '%s' shop/sparse
    test -S shop/config/socket; getfattr --only-values -n trusted.note shop/apps/a/3.py; echo
    ls -d shop.before-zfs-* /var/lib/mysql-shop.before-zfs-* | wc -l
    stat -c '%U %a' shop /var/lib/mysql-shop`);
  expect(stdout.replace(/^\.d\.\.t.* \.\/\n/m, '').split('\n')).toEqual([
    '*deleting   .bench-volume',
    ...['3', '1', '314572800', 'kept', '2', 'frappe 755', 'mysql 700', ''],
  ]);
});

test('the service of the bench goes on where it stopped, and nothing is left of having stopped it', async () => {
  await guest().sh(`cd /srv/benches; systemctl is-active shop-web
    test ! -e /var/lib/bench/shop/stopped-units.json; before=$(stat -c %s shop.before-zfs-*/logs/web.log)
    until [ $(stat -c %s shop/logs/web.log) -gt $before ]; do sleep 0.2; done
    cmp -n $before shop.before-zfs-*/logs/web.log shop/logs/web.log`);
});

test('data on both sides are refused, and neither is touched', async () => {
  await guest().sh(`systemctl stop shop-web; umount /srv/benches/shop
    chattr -i /srv/benches/shop; echo mine > /srv/benches/shop/stray`);
  const { error } = await benchJson<Failure>(guest(), ['init', '-b', 'shop'], 3);
  expect(error.code).toBe('both-sides-have-data');
  expect(error.suggestions[1]).toBe(
    "Keep the dataset's: mv /srv/benches/shop /srv/benches/shop.old, then run bench init again.",
  );
  expect(await guest().read('/srv/benches/shop/stray')).toBe('mine\n');
  await guest().sh('mv /srv/benches/shop /srv/benches/shop.old; test -e /bench-pool/shop/benches/bench.toml');
  await benchJson(guest(), ['init', '-b', 'shop']);
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
  expect(await readDatabase()).toBe(database);
});

test('a bench that was only just made leaves no original, though init is killed before it has removed it', async () => {
  for (const file of ['kill-here.mjs', 'kill-points.mjs'])
    await guest().push(fileURLToPath(new URL(file, import.meta.url)), `/root/${file}`);
  await guest().sh(`bench new fresh; bench config set volume.dataset.quota 2G -b fresh
    bench config set volume.dataset.reservation 1G -b fresh; bench config set volume.device /dev/vdb -b fresh
    bench config set volume.backing device -b fresh; cp /srv/benches/fresh/bench.toml /root/fresh.toml`);
  const points = { 'after Bring /srv/benches/fresh into the dataset': 1 };
  const env = JSON.stringify({ points, others: 0, log: '/root/kill-here.log' });
  const { exitCode } = await guest().sh(
    `export KILL_WALK='${env}' NODE_OPTIONS=--import=/root/kill-here.mjs; bench init -b fresh`,
    { check: false, timeoutMs: 280_000 },
  );
  expect(exitCode).not.toBe(0);
  const left = async () => (await guest().sh('ls -A /srv/benches /bench-pool/fresh')).stdout;
  expect(await left()).toMatch(/fresh\.before-zfs-/);
  expect(await left()).toContain('.bench-incoming-benches.json');
  const { notes } = await benchJson<{ notes: string[] }>(guest(), ['init', '-b', 'fresh']);
  expect(notes.join()).not.toContain('before-zfs');
  expect(await left()).not.toMatch(/fresh\.before-zfs-|bench-incoming/);
  await guest().sh(
    'cmp /root/fresh.toml /srv/benches/fresh/bench.toml; ls -d /srv/benches/shop.before-zfs-*',
  );
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'fresh'])).problems).toEqual([]);
});
