import { expect, test } from 'vitest';
import { quote } from '../../../guest/ssh.js';
import type { DestroyResult, RestoreResult } from '../../../src/snapshot/snapshot-orchestrator.js';
import type { Status } from '../../../src/status/status.js';
import { benchJson, contentOf, type Failure, fillBench, sql } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

const SITE_CONFIG = '/srv/benches/shop/sites/common_site_config.json';
const UNIT = 'mariadb@shop.service';
const GIB = 1024 ** 3;

const status = () => benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
const problems = async () => (await status()).problems.map(({ code }) => code);
const restoreArgs = (tag: string) => ['volume', 'restore-snapshot', tag, '-b', 'shop', '--yes'];
const restore = (tag: string) => benchJson<RestoreResult>(guest(), restoreArgs(tag));
const refused = async (tag: string) => {
  const { error } = await benchJson<Failure>(guest(), restoreArgs(tag), 3);
  return `${error.code}: ${error.message} ${error.suggestions.join(' ')}`;
};
const isActive = async () => (await guest().sh(`systemctl is-active ${UNIT} || true`)).stdout.trim();

let good: string;

/** What a restore to `good` has to bring back, and what it has to leave as it was. */
async function expectGood(): Promise<void> {
  expect(await contentOf(guest(), 'shop')).toBe(good);
  const { problems: wrong, dataset, mariadb } = await status();
  expect(wrong).toEqual([]);
  expect(mariadb.active).toBe(true);
  expect(dataset).toMatchObject({ quotaBytes: 9 * GIB, reservationBytes: 2 * GIB });
  const toml = await guest().read('/srv/benches/shop/bench.toml');
  expect(toml).toMatch(/^quota = "9G"/m);
  expect(toml).toMatch(/^reservation = "2G"/m);
  expect(JSON.parse(await guest().read(SITE_CONFIG))).toEqual({ maintenance_mode: 0, redis: 'x' });
  const { stdout } = await guest().run(['zfs', 'get', '-H', '-o', 'value', 'canmount', 'bench-pool/shop']);
  expect(stdout.trim()).toBe('on');
}

/** Starts a restore and kills it with SIGKILL as soon as it has reported this step; its children go on. */
async function killAfter(step: string): Promise<void> {
  // On one processor the loop looks before the command has emptied the file of the one before.
  await guest().sh(`: > /tmp/err; bench ${restoreArgs('good').map(quote).join(' ')} >/tmp/out 2>/tmp/err </dev/null & pid=$!
    until grep -q ${quote(step)} /tmp/err; do kill -0 $pid || { cat /tmp/err; exit 9; }; sleep 0.02; done
    kill -9 $pid`);
}

test('a bench with a snapshot of closed sites and other sizes', async () => {
  await guest().run(['bench', 'new', 'shop']);
  await guest().run(['bench', 'init', '-b', 'shop'], { timeoutMs: 280_000 });
  await fillBench(guest(), 'shop');
  await guest().write(SITE_CONFIG, '{"maintenance_mode": 1, "redis": "x"}');
  await guest().run(['bench', 'volume', 'snapshot', '-b', 'shop', '--tag', 'good']);
  await guest().write(SITE_CONFIG, '{"maintenance_mode": 0, "redis": "x"}');
  good = await contentWithOpenSites();
  await guest().sh(`bench config set volume.dataset.quota 9G -b shop; bench config set volume.dataset.reservation 2G -b shop
    zfs set quota=9G reservation=2G bench-pool/shop`);
  await guest().sh(`printf '[app]\\nsmtp = "secret"\\n' >> /srv/benches/shop/bench.toml`);
  await spoil();
  await guest().run(['bench', 'volume', 'snapshot', '-b', 'shop', '--tag', 'newer']);
});

/** The files of the snapshot, with maintenance mode as it is to be after the restore. */
async function contentWithOpenSites(): Promise<string> {
  await guest().write(SITE_CONFIG, '{"maintenance_mode": 0, "redis": "x"}');
  return contentOf(guest(), 'shop');
}

async function spoil(): Promise<void> {
  await sql(guest(), 'shop', 'DELETE FROM app.orders WHERE id % 2; CREATE DATABASE other');
  await guest().sh("cd /srv/benches/shop/sites; rm 'file 2'; echo changed > 'file 3'; echo new > new");
}

const STEPS = [
  ['Maintenance mode on', 'any'],
  ['Stop services', 'inactive'],
  ['Unmount', 'inactive'],
  ['Roll back to good', 'inactive'],
  ['Mount', 'inactive'],
  ['Keep the volume settings', 'any'],
  ['Start MariaDB', 'any'],
] as const;

test.each(STEPS)('killed after "%s", status says so and how to go on', async (step, expected) => {
  await killAfter(`s  ${step}`);
  if (expected === 'inactive') expect(await isActive()).toBe('inactive');
  const [first, ...rest] = (await status()).problems;
  expect(first).toMatchObject({
    code: 'restore-unfinished',
    fix: 'bench volume restore-snapshot good -b shop',
  });
  // Whatever else is wrong is mended by the same command: nothing else may start services now.
  expect(rest.map(({ fix }) => fix).filter((fix) => !/^bench volume restore|^journalctl/.test(fix))).toEqual(
    [],
  );
});

test('everything else is refused until it is finished', async () => {
  for (const args of [['volume', 'snapshot'], ['init'], ['volume', 'destroy-snapshot', 'good', '--yes']]) {
    const { error } = await benchJson<Failure>(guest(), [...args, '-b', 'shop'], 3);
    expect(error.code).toBe('restore-unfinished');
  }
});

test('the bench.toml in force is kept for root alone, whatever else it holds', async () => {
  const { stdout } = await guest().sh(`cd /var/lib/bench/shop; stat -c %a:%U restore.bench.toml
    grep -c '^quota = "9G"' restore.bench.toml
    grep -c smtp restore.bench.toml; grep -c smtp restore.json || true`);
  expect(stdout.trim().split('\n')).toEqual(['600:root', '1', '1', '0']);
});

test('what a newer bench has begun is refused, not guessed at, and status still tells everything else', async () => {
  const journal = '/var/lib/bench/shop/restore.json';
  await guest().sh(`cp ${journal} /root/journal; sed -i 's/"version": 1/"version": 99/' ${journal}`);
  expect((await status()).problems[0]).toMatchObject({
    code: 'journal-invalid',
    message: expect.stringMatching(/newer bench \(format 99\)/),
  });
  expect(await refused('good')).toMatch(/^journal-invalid: .*newer bench/);
  expect((await benchJson<Failure>(guest(), ['init', '-b', 'shop'], 3)).error.code).toBe('journal-invalid');
  await guest().sh(`cp /root/journal ${journal}`);
});

test('the same command finishes it: content exact, settings and maintenance mode as they were', async () => {
  await restore('good');
  await expectGood();
});

test('destroy-snapshot destroys all that are named or none', async () => {
  await guest().sh(`zfs snapshot bench-pool/shop@by-hand
    zfs snapshot -o bench:quiesce=stopped bench-pool/shop@monday
    zfs snapshot -o bench:quiesce=stopped bench-pool/shop@held; zfs hold audit bench-pool/shop@held`);
  const destroy = ['volume', 'destroy-snapshot', '-b', 'shop', '--yes', 'monday'];
  const refusals = [
    ['held', 3, 'snapshot-held'],
    ['nope', 2, 'snapshot-missing'],
    ['by-hand', 3, 'snapshot-not-ours'],
  ] as const;
  for (const [other, exitCode, code] of refusals)
    expect((await benchJson<Failure>(guest(), [...destroy, other], exitCode)).error.code).toBe(code);
  expect(await snapshotNames()).toEqual(['good', 'by-hand', 'monday', 'held']);
  const result = await benchJson<DestroyResult>(guest(), [...destroy, 'bench-pool/shop@by-hand']);
  expect(result.destroyed.toSorted()).toEqual(['by-hand', 'monday']);
  expect(await snapshotNames()).toEqual(['good', 'held']);
  await guest().sh('zfs release audit bench-pool/shop@held; zfs destroy bench-pool/shop@held');
});

async function snapshotNames(): Promise<string[]> {
  const { stdout } = await guest().sh('zfs list -H -t snapshot -s createtxg -o name bench-pool/shop');
  return stdout
    .trim()
    .split('\n')
    .map((name) => name.slice(name.indexOf('@') + 1));
}

test('a database that does not start any more, a damaged site config, a dataset that is not mounted', async () => {
  await guest().sh(`systemctl kill -s KILL ${UNIT}; systemctl stop ${UNIT}; rm /var/lib/mysql-shop/ibdata1
    echo '{' > ${SITE_CONFIG}
    for i in 1 2 3; do systemctl start ${UNIT} || true; done; systemctl stop ${UNIT}
    umount /var/lib/mysql-shop /srv/benches/shop; zfs unmount bench-pool/shop`);
  expect(await problems()).toContain('dataset-unmounted');
  await restore('good');
  // What maintenance mode was could not be read: it is what the snapshot holds.
  expect(JSON.parse(await guest().read(SITE_CONFIG))).toEqual({ maintenance_mode: 1, redis: 'x' });
  expect(await contentWithOpenSites()).toBe(good);
  await expectGood();
});

test('what stands in the way is named, and nothing is touched', async () => {
  await guest().sh('zfs snapshot bench-pool/shop@newer; zfs hold audit bench-pool/shop@newer');
  expect(await refused('good')).toMatch(/^snapshot-held: .*newer/);
  await guest().sh(
    'zfs release audit bench-pool/shop@newer; zfs clone bench-pool/shop@newer bench-pool/copy',
  );
  expect(await refused('good')).toMatch(/^snapshot-cloned: .*newer.*bench-pool\/copy/);
  await guest().sh('zfs destroy bench-pool/copy');

  // Somebody looks at a snapshot, and a bind mount of a part of the bench.
  const looking = await guest().sh(
    'cd /bench-pool/shop/.zfs/snapshot/good/benches; sleep 1000 >/dev/null 2>&1 & echo $!; sleep 1',
  );
  expect(await refused('good')).toContain(`sleep (pid ${looking.stdout.trim()}, ssh.service)`);
  await guest().sh(
    `kill ${looking.stdout.trim()}; mkdir -p /mnt/b; mount --bind /srv/benches/shop/sites /mnt/b`,
  );
  expect(await refused('good')).toMatch(/^dataset-mounted-elsewhere: .*\/mnt\/b/);
  await guest().sh('umount /mnt/b');

  // A directory in use here, one in use in another mount namespace, and a mount that nobody uses in another one.
  const { stdout } = await guest().sh(`cd /srv/benches/shop/sites
    sleep 1000 >/dev/null 2>&1 & echo $!
    unshare -m sleep 1000 >/dev/null 2>&1 & echo $!
    cd /; unshare -m sleep 1000 >/dev/null 2>&1 & echo $!
    sleep 1`);
  const [here, there, mounted] = stdout.trim().split('\n');
  const busy = await refused('good');
  expect(busy).toMatch(/^dataset-busy/);
  expect(busy).toContain(`sleep (pid ${here}, ssh.service)`);
  expect(busy).toContain(`sleep (pid ${there}, ssh.service)`);
  expect(busy).toContain(`sleep (pid ${mounted}, ssh.service, in a mount namespace of its own)`);
  await guest().sh(`kill ${here} ${there} ${mounted}`);

  await guest().sh("cp -a /etc/fstab /root/fstab; sed -i '/mysql-shop/d' /etc/fstab");
  expect(await refused('good')).toMatch(
    /^fstab-missing: .*Add to \/etc\/fstab: \/bench-pool\/shop\/mariadb /,
  );
  await guest().sh('cp -a /root/fstab /etc/fstab');

  expect(await problems()).toEqual([]);
  expect(JSON.parse(await guest().read(SITE_CONFIG))).toMatchObject({ maintenance_mode: 0 });
});

test('a power cut in the middle: nothing starts on it at boot, and the restore is finished after it', async () => {
  await spoil();
  await killAfter('s  Roll back to good');
  await guest().reboot({ clean: false });
  await guest().run(['systemctl', 'is-system-running', '--wait'], { check: false, timeoutMs: 280_000 });
  expect(await isActive()).toBe('inactive');
  expect((await problems())[0]).toBe('restore-unfinished');
  await restore('good');
  await expectGood();
});
