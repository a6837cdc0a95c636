import { expect, test } from 'vitest';
import type { ExtractResult } from '../../src/extract/extract.js';
import type { ScheduleList } from '../../src/schedule/schedule.js';
import type { SnapshotList } from '../../src/snapshot/list.js';
import type { Status } from '../../src/status/report.js';
import type { VerifyResult } from '../../src/verify/verify.js';
import { KILL_AFTER, runBeside } from './beside.js';
import { benchJson, type Failure, sql } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'bench' });

const ODD = 'odd`name — ünï 日本 $x "q" \'p\'';
const SITE = '/srv/benches/shop/sites/one.example';

const verify = (...args: string[]) =>
  benchJson<VerifyResult>(guest(), ['volume', 'verify', '-b', 'shop', ...args]);
const notVerified = async (exitCode: number, ...args: string[]) =>
  (await benchJson<Failure>(guest(), ['volume', 'verify', '-b', 'shop', ...args], exitCode)).error;
const extract = (...args: string[]) =>
  benchJson<ExtractResult>(guest(), ['volume', 'extract', '-b', 'shop', ...args]);
const notExtracted = async (exitCode: number, ...args: string[]) =>
  (await benchJson<Failure>(guest(), ['volume', 'extract', '-b', 'shop', ...args], exitCode)).error;
const snapshot = (tag: string) => guest().run(['bench', 'volume', 'snapshot', '-b', 'shop', '--tag', tag]);
const app = (statements: string) => sql(guest(), 'shop', `USE app; ${statements}`);

/** What a snapshot must answer; a restore brings back the bench.toml that has no word of it. */
const ASKED = `sed -i '/^\\[verify\\]/d' /srv/benches/shop/bench.toml
    cat >> /srv/benches/shop/bench.toml <<'TOML'
[verify]
max_age = "7d"
sql = [
  { query = "SELECT COUNT(*) > 0 FROM app.orders", expect = true },
  { query = "SELECT LOAD_FILE('/etc/hostname')", expect = "NULL" },
]
TOML`;

/** Nothing is left of what ran out of sight. */
async function expectNothingLeft(): Promise<void> {
  const { stdout } = await guest().sh(`zfs list -H -o name -r bench-pool/_scratch; ls -A /run/bench/scratch
    systemctl list-units --all --no-legend 'bench-scratch-*'; grep -c /run/bench /proc/self/mountinfo || true`);
  expect(stdout).toBe('bench-pool/_scratch\n0\n');
}

test('a bench with everything that a database can hold', async () => {
  await sql(
    guest(),
    'shop',
    `CREATE USER gone@localhost; GRANT ALL ON *.* TO gone@localhost;
     DROP DATABASE app; CREATE DATABASE app COLLATE utf8mb4_swedish_ci; USE app;
     CREATE SEQUENCE s START 100 INCREMENT 5;
     CREATE TABLE customers (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(100), FULLTEXT(name));
     INSERT INTO customers(name) SELECT CONCAT('customer number', seq) FROM seq_1_to_500;
     CREATE TABLE orders (id BIGINT PRIMARY KEY DEFAULT NEXTVAL(s), customer INT, total DECIMAL(10,2),
       doubled DECIMAL(10,2) AS (total * 2) STORED, CONSTRAINT fk_c FOREIGN KEY (customer) REFERENCES customers(id));
     INSERT INTO orders(customer, total) SELECT seq, seq FROM seq_1_to_500;
     CREATE TABLE \`${ODD.replaceAll('`', '``')}\` (\`a b\` INT PRIMARY KEY, \`select\` BLOB);
     INSERT INTO \`${ODD.replaceAll('`', '``')}\` VALUES (1, UNHEX('00010227220A0D1A5CFF'));
     CREATE TABLE mi (id INT PRIMARY KEY, t TEXT, FULLTEXT(t)) ENGINE=MyISAM;
     INSERT INTO mi SELECT seq, CONCAT('word', seq) FROM seq_1_to_100;
     CREATE TABLE big (id INT PRIMARY KEY, t VARCHAR(200), KEY(t));
     INSERT INTO big SELECT seq, REPEAT(MD5(seq), 5) FROM seq_1_to_20000;
     CREATE TABLE versions (id INT PRIMARY KEY, x INT) WITH SYSTEM VERSIONING;
     INSERT INTO versions VALUES (1, 1); UPDATE versions SET x = 2;
     CREATE TABLE audit (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(50));
     CREATE DEFINER=gone@localhost VIEW inner_view AS SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer;
     CREATE DEFINER=gone@localhost VIEW outer_view AS SELECT * FROM inner_view WHERE id > 200;
     CREATE TRIGGER trg AFTER INSERT ON orders FOR EACH ROW INSERT INTO audit(what) VALUES (NEW.id);
     CREATE FUNCTION plus_one(x INT) RETURNS INT DETERMINISTIC RETURN x + 1;
     CREATE EVENT ev ON SCHEDULE EVERY 1 SECOND DO INSERT INTO app.audit(what) VALUES ('tick');
     DROP USER gone@localhost;`,
  );
  await guest().sh(`mkdir -p ${SITE}/private; echo '{"db_name": "app"}' > ${SITE}/site_config.json
    echo kept > "${SITE}/private/a b"; ln -s /etc /srv/benches/shop/sites/evil; chown -R nobody ${SITE}`);
  await snapshot('good');
});

test('a snapshot is proven, with the answers that bench.toml expects, and nothing is left', async () => {
  await guest().sh(ASKED);
  // Of the live server, which takes it up when it starts the next time; a look at a table is not held to it.
  const limit = '/etc/mysql/mariadb.conf.d/99-limit.cnf';
  await guest().sh(`printf '[mariadbd]\\nmax_statement_time = 0.001\\n' > ${limit}`);
  const { verified } = await verify();
  await guest().run(['rm', limit]);
  expect(verified[0]).toMatchObject({
    tag: 'good',
    verdict: 'ok',
    answers: 2,
    level: 'normal',
    findings: [],
  });
  await expectNothingLeft();
  const list = await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'shop']);
  expect(list.snapshots[0]?.verified).toMatchObject({ verdict: 'ok', level: 'normal', reason: null });
});

test('overwritten pages are told in the words of MariaDB, and only they', async () => {
  await guest().sh(`systemctl stop mariadb@shop
    dd if=/dev/urandom of=/bench-pool/shop/mariadb/app/big.ibd bs=16k seek=60 count=4 conv=notrunc status=none; sync`);
  await snapshot('bad');
  await guest().sh('systemctl start mariadb@shop');
  const error = await notVerified(1, 'bad');
  expect(error.code).toBe('snapshot-damaged');
  expect(error.stderr).toContain('bad: app.big: InnoDB: The B-tree of index PRIMARY is corrupted.');
  expect(error.stderr.split('\n').every((line) => line.startsWith('bad: app.big: '))).toBe(true);
  // A quick look does not reach it, and does not make it good.
  expect((await notVerified(1, 'bad', '--quick')).stderr).toContain('is corrupted');
  const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  expect(problems.map(({ code }) => code)).toContain('snapshot-bad');
  const all = await notVerified(1, '--all', '--quick');
  expect(all.message).toContain('Proven: good.');
  await guest().run(['bench', 'volume', 'restore-snapshot', 'good', '-b', 'shop', '--yes'], {
    timeoutMs: 280_000,
  });
  await expectNothingLeft();
});

test('an answer that differs, and what cannot be asked', async () => {
  await guest().sh(`${ASKED}
    sed -i 's/expect = true/expect = "7"/' /srv/benches/shop/bench.toml`);
  const error = await notVerified(1, 'good', '--quick');
  expect(error).toMatchObject({ code: 'snapshot-differs', stderr: expect.stringContaining('1, expected 7') });
  expect((await notVerified(2, 'nope')).code).toBe('snapshot-missing');
  expect((await notVerified(2, 'good', '--all')).code).toBe('wrong-usage');
  await guest().sh(`sed -i 's/expect = "7"/expect = 1/' /srv/benches/shop/bench.toml`);
});

test('without room on the copy nothing is recorded', async () => {
  // MariaDB would wait for room as long as it is let.
  const full = `zpool sync bench-pool
    for d in $(zfs list -H -o name -r bench-pool/_scratch | tail -n +2); do
      zfs set quota=$(zfs get -Hpo value used $d) $d; done
    for arg; do case $arg in --unit=*) unit=\${arg#--unit=};; esac; done
    (sleep 10; systemctl kill --signal=KILL $unit) > /dev/null 2>&1 &
    exec /usr/bin/systemd-run "$@"`;
  const line = 'bench volume verify good --quick -b shop --json';
  const { exitCode, stdout } = await runBeside(guest(), 'systemd-run', full, line);
  expect(JSON.parse(stdout).error).toMatchObject({ code: 'no-space-scratch' });
  expect(exitCode).toBe(1);
  const list = await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'shop']);
  expect(list.snapshots.find(({ tag }) => tag === 'good')?.verified?.verdict).not.toBe('damaged');
  await expectNothingLeft();
});

test.each([
  ['systemd-run', 'mariadbd'],
  ['zfs', 'clone'],
  ['zfs', 'mount'],
])('killed after %s %s: the next run takes it away', async (program, word) => {
  const line = 'bench volume verify good --quick -b shop';
  expect((await runBeside(guest(), program, KILL_AFTER(program, word), line)).exitCode).toBe(137);
  const { stdout: left } = await guest().sh('zfs list -H -o name -r bench-pool/_scratch | tail -n +2');
  expect(left).toMatch(/^bench-pool\/_scratch\/shop-[0-9a-f]{12}\n$/);
  const { removed } = await verify('--quick');
  expect(removed).toEqual([left.trim().split('/').at(-1)]);
  await expectNothingLeft();
});

test('killed, and taken away by a repair', async () => {
  const line = 'bench volume verify good --quick -b shop';
  expect(
    (await runBeside(guest(), 'systemd-run', KILL_AFTER('systemd-run', 'mariadbd'), line)).exitCode,
  ).toBe(137);
  const { notes } = await benchJson<{ notes: string[] }>(guest(), ['volume', 'repair']);
  expect(notes).toEqual([
    expect.stringMatching(
      /^Taken away, left by a proof or an extract that was killed: bench-pool\/_scratch\/shop-/,
    ),
  ]);
  await expectNothingLeft();
});

test('by itself: bench init makes the timer, its run proves the newest snapshot, and status knows of it', async () => {
  const init = async () =>
    (await benchJson<{ steps: { kind: string }[] }>(guest(), ['init', '-b', 'shop', '--yes'])).steps.map(
      ({ kind }) => kind,
    );
  const service = 'bench-verify-shop.service';
  await guest().sh(`sed -i '/^max_age = /a schedule = "0 5 * * *"' /srv/benches/shop/bench.toml`);
  expect(await init()).toEqual(['file.write', 'file.write', 'unit.enable', 'systemd.reload', 'timer.start']);
  expect(await init()).toEqual([]);
  const { stdout: exposure } = await guest().run(['systemd-analyze', 'security', '--no-pager', service]);
  expect(Number(/Overall exposure level for .*: ([\d.]+)/.exec(exposure)?.[1])).toBeLessThanOrEqual(4);
  await snapshot('tonight');
  await guest().run(['systemctl', 'start', service], { timeoutMs: 280_000 });
  const list = await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'shop']);
  expect(list.snapshots.find(({ tag }) => tag === 'tonight')?.verified).toMatchObject({ verdict: 'ok' });
  const { jobs } = await benchJson<ScheduleList>(guest(), ['schedule', 'status', '-b', 'shop']);
  expect(jobs).toMatchObject([{ job: 'verify', when: '0 5 * * *', active: true, result: 'success' }]);
  await expectNothingLeft();

  const problems = async () =>
    (await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems.map(({ code }) => code);
  expect(await problems()).not.toContain('timed-failed');
  await guest().sh(
    `sed -i 's/expect = \\(1\\|true\\) /expect = 8 /' /srv/benches/shop/bench.toml; ! systemctl start ${service}`,
    {
      timeoutMs: 280_000,
    },
  );
  expect(await problems()).toEqual(expect.arrayContaining(['timed-failed', 'snapshot-bad']));
  await guest().sh(`sed -i -e 's/expect = 8 /expect = 1 /' -e '/^schedule = /d' /srv/benches/shop/bench.toml
    bench volume destroy-snapshot tonight -b shop --yes`);
  expect(await problems()).toContain('timer-left');
  expect(await init()).toContain('file.remove');
});

test('a whole database beside the live one', async () => {
  await app('DROP TABLE audit; DELETE FROM orders WHERE id < 1000');
  const { database, notes } = await extract('good', '--database', 'app');
  expect(database).toMatchObject({ into: 'app__good', file: null, kept: [] });
  expect(notes.join('\n')).toContain('disabled: ev');
  const copy = (statements: string) => sql(guest(), 'shop', `USE app__good; ${statements}`);
  expect(
    await copy(`SELECT COUNT(*) FROM orders; SELECT COUNT(*) FROM outer_view; SELECT plus_one(1);
    SELECT COUNT(*) FROM customers WHERE MATCH(name) AGAINST('number7'); SELECT COUNT(*) FROM mi WHERE MATCH(t) AGAINST('word7');
    SELECT HEX(\`select\`) FROM \`${ODD.replaceAll('`', '``')}\`; SELECT COUNT(*) FROM versions FOR SYSTEM_TIME ALL;
    INSERT INTO orders(customer) VALUES (1); SELECT COUNT(*) FROM audit WHERE what <> 'tick';
    SELECT COUNT(*) FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = 'app__good';
    SELECT ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'app__good' AND TABLE_NAME = 'mi';
    SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'app__good'`),
  ).toBe(
    ['500', '479', '2', '1', '1', '00010227220A0D1A5CFF', '2', '1', '1', 'MyISAM', 'utf8mb4_swedish_ci'].join(
      '\n',
    ),
  );
  expect(await copy('SHOW CREATE TABLE orders')).toContain('nextval(`app__good`.`s`)');
  expect((await notExtracted(3, 'good', '--database', 'app')).code).toBe('database-exists');
});

test('tables in the place of the live ones, and those that cannot be', async () => {
  await app('UPDATE versions SET x = 9; DROP TABLE mi');
  const tables = ['--table', 'versions', '--table', 'mi'];
  expect((await notExtracted(3, 'good', '--database', 'app', ...tables, '--replace')).code).toBe(
    'confirmation-needed',
  );
  const { database } = await extract('good', '--database', 'app', ...tables, '--replace', '--yes');
  expect(database).toMatchObject({ into: 'app', kept: ['versions__before'] });
  expect(await app('SELECT x FROM versions; SELECT x FROM versions__before; SELECT COUNT(*) FROM mi')).toBe(
    '2\n9\n100',
  );
  const again = await notExtracted(3, 'good', '--database', 'app', ...tables, '--replace', '--yes');
  expect(again.code).toBe('before-exists');
  expect(again.suggestions[0]).toContain('RENAME TABLE `app`.`versions__before` TO');
  const bound = await notExtracted(3, 'good', '--database', 'app', '--table', 'orders', '--replace', '--yes');
  expect(bound.code).toBe('table-bound');
  expect(await sql(guest(), 'shop', 'SHOW DATABASES')).not.toContain('__restored');
});

test('a dump, and what it refuses', async () => {
  const { database } = await extract(
    'good',
    '--database',
    'app',
    '--table',
    'customers',
    '--dump',
    '/root/c.sql',
  );
  expect(database).toMatchObject({ file: '/root/c.sql', into: null });
  await sql(guest(), 'shop', 'CREATE DATABASE loaded');
  await guest().sh('mariadb --socket=/run/mysqld/mysqld-shop.sock loaded < /root/c.sql');
  expect(await sql(guest(), 'shop', 'SELECT COUNT(*) FROM loaded.customers')).toBe('500');
  expect((await guest().sh('stat -c %a /root/c.sql; ls -A /root | grep -c bench-tmp || true')).stdout).toBe(
    '600\n0\n',
  );
  const exists = await notExtracted(3, 'good', '--database', 'app', '--dump', '/root/c.sql');
  expect(exists.code).toBe('file-exists');
  expect((await notExtracted(2, 'good', '--database', 'nope')).code).toBe('database-missing');
  expect((await notExtracted(2, 'good', '--database', 'mysql')).code).toBe('database-of-server');
});

test('files, elsewhere and in their place, and never through a symlink', async () => {
  await guest().sh(`echo newer > "${SITE}/private/a b"`);
  const elsewhere = await extract('good', '--file', 'sites/one.example/private', '--to', '/root/out');
  expect(elsewhere.files).toEqual([
    { path: 'sites/one.example/private', to: '/root/out/private', kept: null },
  ]);
  expect((await guest().sh('cat "/root/out/private/a b"; stat -c %U /root/out/private')).stdout).toBe(
    'kept\nnobody\n',
  );
  const again = await notExtracted(3, 'good', '--file', 'sites/one.example/private', '--to', '/root/out');
  expect(again.code).toBe('file-exists');

  const twice = ['--file', 'sites/one.example/private', '--file', `${SITE}/private`];
  expect((await notExtracted(2, 'good', ...twice, '--in-place', '--yes')).code).toBe('wrong-usage');

  const inPlace = await extract('good', '--file', 'sites/one.example/private', '--in-place', '--yes');
  const kept = inPlace.files[0]?.kept ?? '';
  expect(kept).toMatch(/^\/srv\/benches\/shop\/sites\/one\.example\/private\.before-extract-\d{8}-\d{6}$/);
  expect((await guest().sh(`cat "${SITE}/private/a b" "${kept}/a b"`)).stdout).toBe('kept\nnewer\n');

  const outside = await notExtracted(3, 'good', '--file', 'sites/evil/passwd', '--to', '/root/out');
  expect(outside.code).toBe('symlink-refused');
  for (const path of ['../x', '/etc/passwd', 'sites/../../x'])
    expect((await notExtracted(2, 'good', '--file', path, '--to', '/root/out')).code).toBe('path-invalid');
});

test('a site with its database', async () => {
  await guest().sh(`rm -r ${SITE}`);
  const result = await extract('good', '--site', 'one.example', '--to', '/root/site', '--as', 'site_db');
  expect(result.database?.into).toBe('site_db');
  expect((await guest().sh('cat "/root/site/one.example/private/a b"')).stdout).toBe('kept\n');
  await expectNothingLeft();
});
