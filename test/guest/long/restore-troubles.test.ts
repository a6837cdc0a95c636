import { expect, test } from 'vitest';
import type { RestoreResult, UndoResult } from '../../../src/snapshot/snapshot-orchestrator.js';
import type { Status } from '../../../src/status/status.js';
import { benchJson, contentOf, type Failure, sql } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'bench' });

const MIB = 1024 ** 2;
const GIB = 1024 * MIB;
const LONG = { timeout: 1_800_000 };
const to = (tag: string, ...more: string[]) => [
  'volume',
  'restore-snapshot',
  tag,
  '-b',
  'shop',
  '--yes',
  ...more,
];
const UNDO = ['volume', 'undo-restore', '-b', 'shop', '--yes'];
const status = () => benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
const bytes = async (property: string, dataset: string) =>
  Number((await guest().run(['zfs', 'get', '-H', '-p', '-o', 'value', property, dataset])).stdout);

let good: string;

test('a bench with a snapshot', async () => {
  await guest().run(['bench', 'volume', 'snapshot', '-b', 'shop', '--tag', 'good']);
  good = await contentOf(guest(), 'shop');
});

/** Until ZFS takes no more. */
async function fillDataset(): Promise<void> {
  await guest().sh('dd if=/dev/urandom of=/srv/benches/shop/sites/filler bs=1M count=400 || true; sync', {
    timeoutMs: 280_000,
  });
}

async function setQuota(quotaBytes: number): Promise<void> {
  await guest().sh(`zfs set reservation=none quota=${quotaBytes} bench-pool/shop
    bench config set volume.dataset.reservation 1M -b shop; bench config set volume.dataset.quota ${quotaBytes} -b shop`);
}

test('with the quota reached: with --keep, back by undo, and without', LONG, async () => {
  const quota = Math.ceil((await bytes('used', 'bench-pool/shop')) / MIB + 60) * MIB;
  await setQuota(quota);
  await fillDataset();
  expect(await bytes('available', 'bench-pool/shop')).toBe(0);

  await benchJson<RestoreResult>(guest(), to('good', '--keep'));
  expect(await contentOf(guest(), 'shop')).toBe(good);
  expect((await status()).dataset.quotaBytes).toBe(quota);
  // It is full to the quota, which it has overrun a little: brought back it could not be written.
  const { error } = await benchJson<Failure>(guest(), UNDO, 3);
  expect(error.code).toBe('quota-too-small');
  await setQuota(quota + 300 * MIB);
  await benchJson<UndoResult>(guest(), UNDO);
  expect((await guest().sh('ls /srv/benches/shop/sites/filler')).exitCode).toBe(0);
  expect(await bytes('quota', 'bench-pool/shop')).toBe(quota + 300 * MIB);
  await benchJson<UndoResult>(guest(), [...UNDO, '--discard']);

  await fillDataset();
  await setQuota(Math.max(quota, Math.ceil((await bytes('used', 'bench-pool/shop')) / MIB) * MIB));
  await guest().sh('cat /dev/urandom > /srv/benches/shop/sites/more || true; sync');
  await benchJson<RestoreResult>(guest(), to('good'));
  expect(await contentOf(guest(), 'shop')).toBe(good);
});

test(
  'in a nearly full pool: --keep is refused before anything is touched, a rollback works',
  LONG,
  async () => {
    await guest().sh('bench config set volume.dataset.quota 9G -b shop; zfs set quota=9G bench-pool/shop');
    await guest().sh(
      'bench config set volume.dataset.reservation 1G -b shop; zfs set reservation=1G bench-pool/shop',
    );
    await guest().sh('dd if=/dev/urandom of=/srv/benches/shop/sites/filler bs=1M count=200; sync', {
      timeoutMs: 280_000,
    });
    const free = await bytes('available', 'bench-pool');
    await guest().sh(`zfs create -o reservation=${free - 100 * MIB} bench-pool/ballast`);
    const { error } = await benchJson<Failure>(guest(), to('good', '--keep'), 3);
    expect(error.code).toBe('no-space-to-keep');
    expect((await status()).problems).toEqual([]);

    // With room for both it works, and the reservation holds again.
    const room = await bytes('available', 'bench-pool');
    const reservation = await bytes('reservation', 'bench-pool/ballast');
    await guest().sh(`zfs set reservation=${reservation + room - 300 * MIB} bench-pool/ballast`);
    await benchJson<RestoreResult>(guest(), to('good', '--keep'));
    expect((await status()).dataset.reservationBytes).toBe(GIB);
    await benchJson<UndoResult>(guest(), UNDO);
    await benchJson<UndoResult>(guest(), [...UNDO, '--discard']);

    await guest().sh(`zfs set reservation=${free - 20 * MIB} bench-pool/ballast || true`);
    await benchJson<RestoreResult>(guest(), to('good'));
    expect(await contentOf(guest(), 'shop')).toBe(good);
    await guest().sh('zfs destroy bench-pool/ballast');
  },
);

test('a snapshot whose bench.toml is not valid any more: the one in force stays', LONG, async () => {
  const toml = '/srv/benches/shop/bench.toml';
  await guest().sh(`cp ${toml} /root/bench.toml; sed -i 's/^lock = .*/lock = "of another time"/' ${toml}
    zfs snapshot bench-pool/shop@older; cp /root/bench.toml ${toml}`);
  const result = await benchJson<RestoreResult>(guest(), to('older'));
  expect(result.notes.join()).toContain(`${toml}.older`);
  expect(await guest().read(`${toml}.older`)).toContain('of another time');
  expect(await guest().read(toml)).toBe(await guest().read('/root/bench.toml'));
  expect((await status()).problems).toEqual([]);
});

test('a snapshot with a damaged database: it says so, and another one or an undo goes on', LONG, async () => {
  await guest().sh(
    `systemctl stop mariadb@shop
    cp -a --sparse=never /var/lib/mysql-shop/ibdata1 /root/ibdata1
    dd if=/dev/urandom of=/var/lib/mysql-shop/ibdata1 bs=16k seek=5 count=3 conv=notrunc
    bench volume snapshot -b shop --tag bad
    cat /root/ibdata1 > /var/lib/mysql-shop/ibdata1; systemctl start mariadb@shop`,
    { timeoutMs: 280_000 },
  );
  await sql(guest(), 'shop', "INSERT INTO app.orders VALUES (9001, 'newest')");
  const newest = await contentOf(guest(), 'shop');
  for (const goOn of [UNDO, to('good')]) {
    const { error } = await benchJson<Failure & { error: { stderr: string } }>(
      guest(),
      to('bad', '--keep'),
      1,
    );
    expect(error.code).toBe('restore-unfinished');
    expect(error.message).toMatch(/MariaDB reports damage|mariadb@shop/);
    expect(error.stderr).toMatch(/\S/);
    expect(error.suggestions.join('\n')).toMatch(/list-snapshots|journalctl/);
    expect((await guest().sh('systemctl is-active mariadb@shop || true')).stdout.trim()).not.toBe('active');
    await benchJson(guest(), goOn);
    expect(await contentOf(guest(), 'shop')).toBe(goOn === UNDO ? newest : good);
    if (goOn === UNDO) await benchJson<UndoResult>(guest(), [...UNDO, '--discard']);
  }
  // After --keep to the damaged one and then to a good one, what was live before both is kept.
  await benchJson<UndoResult>(guest(), UNDO);
  expect(await contentOf(guest(), 'shop')).toBe(newest);
});
