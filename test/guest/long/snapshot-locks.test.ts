import { expect, test } from 'vitest';
import type { SnapshotResult } from '../../../src/snapshot/snapshot-orchestrator.js';
import { runBeside } from '../beside.js';
import { benchJson, type Failure, sql } from '../product.js';
import { BACKUP_LOCKS, expectNoLock, openSession, untilSql } from '../sessions.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'bench' });

const DATASET = 'bench-pool/shop';
const UNIT = 'mariadb@shop.service';
const LOCK_TIMEOUT_S = 15;
const args = (tag: string, ...more: string[]) => ['volume', 'snapshot', '-b', 'shop', '--tag', tag, ...more];
const snapshot = (tag: string) => benchJson<SnapshotResult>(guest(), args(tag));
const failed = async (tag: string, exitCode: number) =>
  (await benchJson<Failure>(guest(), args(tag), exitCode)).error;
const setLock = (lock: string) =>
  guest().run(['bench', 'config', 'set', 'snapshot.lock', lock, '-b', 'shop']);
const tags = async () =>
  (await guest().sh(`zfs list -H -t snapshot -s createtxg -o name ${DATASET}`)).stdout
    .trim()
    .split('\n')
    .map((name) => name.slice(DATASET.length + 1));
/** One snapshot with a script in the place of zfs, for what happens under the lock. */
const snapshotBeside = (tag: string, script: string) =>
  runBeside(guest(), 'zfs', script, `bench ${args(tag, '--json').join(' ')}`);
const REAL = 'exec /usr/sbin/zfs "$@"';
const bySnapshot = (script: string) => `if [ "$1" = snapshot ]; then ${script}; fi; ${REAL}`;

test('a bench', async () => {
  await sql(guest(), 'shop', 'ALTER TABLE app.orders MODIFY id INT AUTO_INCREMENT');
  const timeout = ['bench', 'config', 'set', 'snapshot.lock_timeout', `${LOCK_TIMEOUT_S}s`, '-b', 'shop'];
  await guest().run(timeout);
});

test('a long write: the backup stages pass it, the read lock is not even tried', async () => {
  const long = await openSession(guest(), { last: 'UPDATE app.orders SET note = SLEEP(2000) WHERE id = 1;' });
  await untilSql(
    guest(),
    `SELECT time > ${LOCK_TIMEOUT_S} FROM information_schema.PROCESSLIST WHERE id = ${long.id}`,
    '1',
  );
  await setLock('auto');
  expect(await snapshot('beside')).toMatchObject({ quiesce: 'backup-stage' });

  await setLock('read-lock');
  const flushes = () => sql(guest(), 'shop', "SHOW GLOBAL STATUS LIKE 'Com_flush'");
  const before = await flushes();
  const error = await failed('not-tried', 4);
  expect(error.code).toBe('lock-timeout');
  expect(error.message).toContain('was not tried');
  expect(error.message).toMatch(
    new RegExp(`connection ${long.id} \\(root\\), [\\d.]+ s: UPDATE app.orders SET`),
  );
  expect(await flushes()).toBe(before);
  await long.end();
  await setLock('auto');
});

test('DDL that waits for an idle transaction: the backup stages pass it, the read lock names it', async () => {
  const idle = await openSession(guest(), { done: 'BEGIN; SELECT COUNT(*) FROM app.orders' });
  const alter = await openSession(guest(), { last: 'ALTER TABLE app.orders\n  ADD COLUMN extra INT;' });
  expect(await snapshot('beside-alter')).toMatchObject({ quiesce: 'backup-stage' });
  await setLock('read-lock');
  const ofAlter = await failed('alter', 4);
  expect(ofAlter.message).toMatch(
    new RegExp(`connection ${alter.id} .*: ALTER TABLE app.orders ADD COLUMN extra`),
  );
  await alter.end();

  await setLock('auto');
  const rename = await openSession(guest(), { last: 'RENAME TABLE app.orders TO app.renamed;' });
  expect(await snapshot('beside-rename')).toMatchObject({ quiesce: 'backup-stage' });
  await rename.end();
  await idle.end();
  await expectNoLock(guest());
});

test('killed while it waits for the lock: writers go on', async () => {
  const idle = await openSession(guest(), { done: 'LOCK TABLES app.orders WRITE' });
  await guest().sh(`bench ${args('killed').join(' ')} > /dev/null 2>&1 < /dev/null & pid=$!
    until mariadb --socket=/run/mysqld/mysqld-shop.sock -Ne 'SHOW PROCESSLIST' | grep -q 'BACKUP STAGE'; do
      kill -0 $pid; sleep 0.1; done
    kill -9 $pid`);
  await idle.end();
  await expectNoLock(guest());
  expect((await snapshot('after-the-kill')).tag).toBe('after-the-kill');
});

test('the connection is killed under the lock: what was taken is destroyed again', async () => {
  const killed = await snapshotBeside(
    'lost',
    bySnapshot(`m='mariadb --socket=/run/mysqld/mysqld-shop.sock'
      $m -e "KILL $($m -Ne 'SELECT thread_id FROM information_schema.METADATA_LOCK_INFO WHERE lock_type = "Backup lock"')"`),
  );
  expect(killed.exitCode).toBe(1);
  expect(killed.stdout).toContain('mariadb-not-quiesced');
  expect(await tags()).not.toContain('lost');
  await expectNoLock(guest());
});

test('zfs fails under the lock: the lock is given back, and nothing is left', async () => {
  const refused = await snapshotBeside('refused', bySnapshot('echo no >&2; exit 1'));
  expect(refused.exitCode).toBe(1);
  expect(refused.stdout).toContain('command-failed');
  // Such as one that was ended while the kernel was at it.
  const late = await snapshotBeside('late', bySnapshot('/usr/sbin/zfs "$@"; exit 1'));
  expect(late.exitCode).toBe(1);
  // Somebody else's snapshot of that name, made in between, is not touched.
  const theirs = await snapshotBeside('theirs', bySnapshot(`/usr/sbin/zfs snapshot ${DATASET}@theirs`));
  expect(theirs.exitCode).toBe(1);
  expect((await tags()).slice(-1)).toEqual(['theirs']);
  await expectNoLock(guest());
});

test('bench is stopped under the lock: the server takes it back after a minute', async () => {
  await guest().sh(
    `mkdir -p /root/beside; cat > /root/beside/zfs; chmod +x /root/beside/zfs
    PATH=/root/beside:$PATH bench ${args('stalled', '--json').join(' ')} > /tmp/stalled 2>&1 < /dev/null &
    echo $! > /tmp/stalled.pid; until grep -q '^State:.*stopped' /proc/$!/status; do kill -0 $!; sleep 0.2; done`,
    {
      input: `#!/bin/sh\n${bySnapshot('kill -STOP $PPID')}\n`,
    },
  );
  expect(Number(await sql(guest(), 'shop', BACKUP_LOCKS))).toBeGreaterThan(0);
  await expectNoLock(guest());
  await guest().sh('pid=$(cat /tmp/stalled.pid); kill -CONT $pid; tail --pid=$pid -f /dev/null');
  // What it sees first when it goes on depends on where it was stopped: that the lock is gone, or that its time is over.
  expect(await guest().read('/tmp/stalled')).toMatch(
    /mariadb-not-quiesced|zfs snapshot .* did not finish within/,
  );
  expect(await tags()).not.toContain('stalled');
});

test('no connection left: root has one more, and where that is used up, too, bench says so', async () => {
  await sql(
    guest(),
    'shop',
    "CREATE USER app@localhost IDENTIFIED BY 'x'; GRANT USAGE ON *.* TO app@localhost; SET GLOBAL max_connections = 10",
  );
  const app = 'mariadb --socket=/run/mysqld/mysqld-shop.sock --skip-column-names --unbuffered -uapp -px';
  const others = [];
  for (let n = 0; n < 10; n++) others.push(await openSession(guest(), { as: app }));
  expect(await snapshot('by-the-spare-one')).toMatchObject({ quiesce: 'backup-stage' });

  const spare = await openSession(guest(), {});
  const error = await failed('none-left', 1);
  expect(error.code).toBe('mariadb-too-many-connections');
  expect(error.message).toContain('No snapshot was taken');
  await spare.end();
  for (const other of others) await other.end();
  await sql(guest(), 'shop', 'SET GLOBAL max_connections = 151');
});

test('a server that is starting, and one that was started past its unit', async () => {
  await guest().write(
    `/run/systemd/system/${UNIT}.d/slow.conf`,
    '[Service]\nExecStartPre=/bin/sh -c "until [ -e /tmp/start ]; do sleep 0.2; done"\n',
  );
  await guest().sh(`systemctl daemon-reload; systemctl restart --no-block ${UNIT}
    until [ "$(systemctl is-active ${UNIT})" = activating ]; do sleep 0.2; done`);
  const error = await failed('starting', 1);
  expect(error.code).toBe('mariadb-unreachable');
  await guest().sh(`touch /tmp/start; rm -r /run/systemd/system/${UNIT}.d; systemctl daemon-reload
    systemctl start ${UNIT}; systemctl stop ${UNIT}`);

  const byHand = '/usr/sbin/mariadbd --defaults-group-suffix=.shop';
  await guest().sh(`runuser -u mysql -- ${byHand} > /tmp/by-hand.log 2>&1 < /dev/null &
    until mariadb-admin --socket=/run/mysqld/mysqld-shop.sock ping > /dev/null 2>&1; do kill -0 $!; sleep 0.3; done`);
  expect(await snapshot('past-its-unit')).toMatchObject({ quiesce: 'backup-stage' });
  await guest().run(['mariadb-admin', '--socket=/run/mysqld/mysqld-shop.sock', 'shutdown']);
  expect(await tags()).not.toContain('starting');
});
