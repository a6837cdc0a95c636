import { expect, test } from 'vitest';
import type { BenchList } from '../../../src/bench/bench.js';
import type { Swept } from '../../../src/clone/clone.js';
import type { ExtractResult } from '../../../src/extract/extract.js';
import type { GuardResult } from '../../../src/guard/guard.js';
import type { SnapshotList } from '../../../src/snapshot/snapshot-orchestrator.js';
import type { VerifyResult } from '../../../src/verify/verify.js';
import { benchJson, contentOf, type Failure, fillBench, sql } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G' }] });

const SITE = '/srv/benches/shop/sites/one.example';
let filled: string;

const listed = async () => (await benchJson<BenchList>(guest(), ['list'])).benches;
const originOf = async (dataset: string) =>
  (await guest().sh(`zfs get -H -o value origin ${dataset}`)).stdout.trim();

test('a bench with data becomes a template', async () => {
  await guest().sh('bench new shop; bench init -b shop', { timeoutMs: 280_000 });
  await fillBench(guest(), 'shop');
  await guest().sh(
    `mkdir ${SITE}; echo '{"db_name": "app"}' > ${SITE}/site_config.json; echo kept > ${SITE}/file`,
  );
  filled = await contentOf(guest(), 'shop');
  await benchJson(guest(), ['template', 'create', 'shop', 'base']);
});

test('two clones of it have instances of their own, and what happens in one stays there', async () => {
  await benchJson(guest(), ['clone', '--template', 'base', 'one']);
  await benchJson(guest(), ['clone', '--template', 'base', 'two', '--expires', '8h']);
  await sql(guest(), 'two', 'DELETE FROM app.orders');
  expect(await contentOf(guest(), 'one')).toBe(filled);
  expect(await contentOf(guest(), 'shop')).toBe(filled);
  expect((await listed()).map(({ name, port, state }) => [name, port, state])).toEqual([
    ['one', 3308, 'running'],
    ['shop', 3307, 'running'],
    ['two', 3309, 'running'],
  ]);
});

test('one is promoted and depends on nothing, the other one ends when its time is over', async () => {
  await guest().sh('zfs set bench:expires=20200101T000000Z bench-pool/one bench-pool/two');
  await benchJson(guest(), ['clone', 'promote', 'one', '--yes']);
  expect(await originOf('bench-pool/one')).toBe('-');
  // Whoever promotes it means to keep it.
  expect((await listed()).find(({ name }) => name === 'one')?.clone).toMatchObject({ expiresAt: null });
  expect(await benchJson<Swept>(guest(), ['clone', 'sweep'])).toEqual({ dropped: ['two'], kept: [] });
  expect((await listed()).map(({ name }) => name)).toEqual(['one', 'shop']);
  expect(await contentOf(guest(), 'one')).toBe(filled);
});

test('a snapshot is proven, and a damaged one told', async () => {
  await benchJson(guest(), ['volume', 'snapshot', '-b', 'shop', '--tag', 'good']);
  const { verified } = await benchJson<VerifyResult>(guest(), ['volume', 'verify', 'good', '-b', 'shop']);
  expect(verified).toMatchObject([{ tag: 'good', verdict: 'ok' }]);
  await sql(
    guest(),
    'shop',
    'USE app; CREATE TABLE big (id INT PRIMARY KEY, t VARCHAR(200)); INSERT INTO big SELECT seq, REPEAT(MD5(seq), 5) FROM seq_1_to_20000',
  );
  await guest().sh(`systemctl stop mariadb@shop
    dd if=/dev/urandom of=/bench-pool/shop/mariadb/app/big.ibd bs=16k seek=100 count=4 conv=notrunc status=none; sync`);
  await benchJson(guest(), ['volume', 'snapshot', '-b', 'shop', '--tag', 'bad']);
  await guest().sh('systemctl start mariadb@shop');
  const { error } = await benchJson<Failure>(guest(), ['volume', 'verify', 'bad', '-b', 'shop'], 1);
  expect(error.code).toBe('snapshot-damaged');
  expect(error.stderr).toContain('bad: app.big: InnoDB: The B-tree of index PRIMARY is corrupted.');
  const { snapshots } = await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'shop']);
  const verdicts = snapshots.map(({ tag, verified: verdict }) => [tag, verdict?.verdict]);
  expect(verdicts).toEqual(
    expect.arrayContaining([
      ['good', 'ok'],
      ['bad', 'damaged'],
    ]),
  );
});

test('one table and one site come back out of a snapshot, and the rest stays as it is', async () => {
  await sql(guest(), 'shop', 'DROP TABLE app.big; DROP TABLE app.orders; CREATE TABLE app.newer (id INT)');
  await guest().sh(`rm ${SITE}/file`);
  const table = ['volume', 'extract', 'good', '-b', 'shop', '--database', 'app', '--table', 'orders'];
  await benchJson<ExtractResult>(guest(), [...table, '--as', 'back']);
  expect(await sql(guest(), 'shop', 'SELECT COUNT(*) FROM back.orders')).toBe('5000');
  await benchJson<ExtractResult>(guest(), [...table, '--replace', '--yes']);
  const { files, database } = await benchJson<ExtractResult>(guest(), [
    ...['volume', 'extract', 'good', '-b', 'shop', '--site', 'one.example'],
    ...['--in-place', '--dump', '/root/site.sql', '--yes'],
  ]);
  expect(database).toMatchObject({ database: 'app', file: '/root/site.sql' });
  expect((await guest().read(`${SITE}/file`)).trim()).toBe('kept');
  // What was there is beside it.
  await guest().run(['rm', '-r', files[0]?.kept ?? '']);
  expect(await contentOf(guest(), 'shop')).toBe(filled);
  expect(await sql(guest(), 'shop', 'SELECT COUNT(*) FROM app.newer')).toBe('0');
});

test('an upgrade that fails undoes itself', async () => {
  const upgrade =
    'mariadb --socket=/run/mysqld/mysqld-shop.sock app -e "DROP TABLE orders"; rm -r sites; exit 7';
  const { exitCode, stdout } = await guest().run(
    ['bench', 'guard', '-b', 'shop', '--json', '--', 'sh', '-c', upgrade],
    { check: false, timeoutMs: 280_000 },
  );
  expect(exitCode, stdout).toBe(10);
  expect(JSON.parse(stdout) as GuardResult).toMatchObject({
    command: { exitCode: 7 },
    outcome: 'undone',
  });
  expect(await contentOf(guest(), 'shop')).toBe(filled);
});

test('in the end all of it is dropped, in the order that depends on it', async () => {
  const depends = async (name: string) =>
    (await benchJson<Failure>(guest(), ['drop', name, '--yes'], 3)).error.message;
  expect(await depends('one')).toContain('the template base');
  await guest().sh('bench template delete base --yes; bench drop shop --yes; bench drop one --yes', {
    timeoutMs: 280_000,
  });
  const { stdout } = await guest().sh('zfs list -H -o name; ls /var/lib/bench /srv/benches');
  expect(stdout.split('\n').filter((line) => /one|two|shop|base/.test(line))).toEqual([]);
});
