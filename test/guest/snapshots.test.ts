import { expect, test } from 'vitest';
import type {
  DestroyResult,
  SnapshotList,
  SnapshotResult,
} from '../../src/snapshot/snapshot-orchestrator.js';
import { runBeside } from './beside.js';
import { benchJson, type Failure, sql } from './product.js';
import { BACKUP_LOCKS, expectNoLock, openSession } from './sessions.js';
import { useGuest } from './support.js';
import { wholeCalls } from './trace.js';

const guest = useGuest({ image: 'bench' });

const DATASET = 'bench-pool/shop';
const UNIT = 'mariadb@shop.service';
const snapshotArgs = (args: readonly string[]) => ['volume', 'snapshot', '-b', 'shop', ...args];
const destroyArgs = (names: readonly string[]) => ['volume', 'destroy-snapshot', '-b', 'shop', ...names];

const snapshot = (...args: string[]) => benchJson<SnapshotResult>(guest(), snapshotArgs(args));
const failedSnapshot = async (exitCode: number, ...args: string[]) =>
  (await benchJson<Failure>(guest(), snapshotArgs(args), exitCode)).error;
const failedDestroy = async (exitCode: number, ...names: string[]) =>
  (await benchJson<Failure>(guest(), destroyArgs(names), exitCode)).error;
const list = async () =>
  (await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'shop'])).snapshots;
/** What ZFS itself has, oldest first. */
const tags = async () =>
  (await guest().sh(`zfs list -H -t snapshot -s createtxg -o name ${DATASET}`)).stdout
    .trim()
    .split('\n')
    .map((name) => name.slice(DATASET.length + 1));

const setting = (key: string, value: string) =>
  guest().run(['bench', 'config', 'set', `snapshot.${key}`, value, '-b', 'shop']);

test('a bench without snapshots', async () => {
  await sql(guest(), 'shop', 'ALTER TABLE app.orders MODIFY id INT AUTO_INCREMENT');
  expect(await list()).toEqual([]);
});

test('tags: given, existing, invalid, and two within one second', async () => {
  expect(await snapshot('--tag', 'monday')).toMatchObject({ tag: 'monday', name: `${DATASET}@monday` });
  expect((await failedSnapshot(3, '--tag', 'monday')).code).toBe('snapshot-exists');
  for (const bad of ['a b', '-x', '../x', 'a@b'])
    expect((await failedSnapshot(2, `--tag=${bad}`)).code).toBe('tag-invalid');
  await setting('lock_timeout', '60s');
  // Both begin at once: they wait for each other, and for the next second where they meet in one.
  const both = (await Promise.all([snapshot(), snapshot()])).map(({ tag }) => tag);
  expect(await tags()).toEqual(['monday', ...both.toSorted()]);
  for (const tag of both) expect(tag).toMatch(/^\d{8}-\d{6}$/);
});

test('a note may hold any text, and is readable on one line', async () => {
  const note = '-"v15"\n\ttab, 100% — ünïcödé 日本 $HOME `x` \\n \u001b[31m\u009b31m';
  await snapshot('--tag', 'noted', `--note=${note}`);
  await snapshot('--tag', 'dash', '--note', '-');
  // ZFS keeps 8191 bytes; the é takes six of them, the newline three.
  const longest = `${'x'.repeat(8182)}é\n`;
  await snapshot('--tag', 'longest', '--note', longest);
  expect((await failedSnapshot(2, '--tag', 'longer', '--note', `${longest}x`)).code).toBe('note-too-long');
  expect((await list()).slice(0, 3).map((found) => [found.tag, found.note])).toEqual([
    ['longest', longest],
    ['dash', '-'],
    ['noted', note],
  ]);
  const { stdout } = await guest().run(['bench', 'volume', 'list-snapshots', '-b', 'shop']);
  expect(stdout).toContain('-"v15"\\n\\ttab, 100% — ünïcödé 日本 $HOME `x` \\n \\x1b[31m\\x9b31m\n');
});

test.each([
  ['read-lock', 'FLUSH TABLES WITH READ LOCK', 'UNLOCK TABLES'],
  ['backup-stage', 'BACKUP STAGE BLOCK_COMMIT', 'BACKUP STAGE END'],
])('%s: one process between lock and unlock', async (lock, locked, unlocked) => {
  await setting('lock', lock);
  const line = `bench ${snapshotArgs(['--tag', lock, '--note', 'x']).join(' ')}`;
  const { stdout } =
    await guest().sh(`strace -f --seccomp-bpf -e trace=execve,write -s 80 -o /tmp/trace ${line}
    cat /tmp/trace`);
  const trace = wholeCalls(stdout);
  const [from, to] = [trace.indexOf(`${locked}"`), trace.indexOf(`${unlocked}"`)];
  const started = trace.slice(from, to).match(/execve\(.*= 0$/gm) ?? [];
  expect(started).toHaveLength(1);
  const marks = `"-o", "bench:quiesce=${lock}", "-o", "bench:note=x"`;
  expect(started[0]).toContain(`["zfs", "snapshot", ${marks}, "${DATASET}@${lock}"]`);
  // More were seen before and behind it.
  expect(trace.match(/execve\(.*"zfs".*= 0$/gm)?.length).toBeGreaterThan(2);
});

test('LOCK TABLES of an idle connection: given up in time, named, and no lock stays', async () => {
  await setting('lock_timeout', '15s');
  const idle = await openSession(guest(), { done: 'LOCK TABLES app.orders WRITE' });
  const error = await failedSnapshot(4, '--tag', 'blocked');
  expect(error.code).toBe('lock-timeout');
  expect(error.message).toMatch(
    new RegExp(`connection ${idle.id} \\(root\\), [\\d.]+ s: \\(idle, holds locks on app\\.orders\\)`),
  );
  await idle.end();
  await expectNoLock(guest());
});

test('killed under the lock: what it began is still consistent, then all is free', async () => {
  await guest().sh('mkfifo /tmp/go');
  const killBench = `[ "$1" = snapshot ] && { kill -9 $PPID; read go < /tmp/go; }; exec /usr/sbin/zfs "$@"`;
  const line = `bench ${snapshotArgs(['--tag', 'orphan']).join(' ')}`;
  expect((await runBeside(guest(), 'zfs', killBench, line)).exitCode).toBe(137);
  // Its zfs goes on, and holds both locks as long.
  expect(Number(await sql(guest(), 'shop', BACKUP_LOCKS))).toBeGreaterThan(0);
  const pid = (await guest().run(['pidof', '-x', 'zfs'])).stdout.trim();
  const busy = await failedSnapshot(4, '--tag', 'second');
  expect(busy.code).toBe('busy');
  expect(busy.message).toMatch(
    new RegExp(`by zfs \\(pid ${pid}\\), after process \\d+ \\(bench volume snapshot`),
  );

  await guest().sh(`echo > /tmp/go; tail --pid=${pid} -f /dev/null`);
  await expectNoLock(guest());
  expect((await tags()).at(-1)).toBe('orphan');
});

test('a server that hangs: nothing is taken, unless as after a power cut', async () => {
  await guest().run(['systemctl', 'kill', '-s', 'STOP', UNIT]);
  expect((await failedSnapshot(1, '--tag', 'hung')).code).toBe('mariadb-timeout');
  expect(await snapshot('--tag', 'crash', '--crash-consistent')).toMatchObject({
    quiesce: 'crash-consistent',
  });
  await guest().run(['systemctl', 'kill', '-s', 'CONT', UNIT]);
  await expectNoLock(guest());
  expect(await tags()).not.toContain('hung');
});

test('a server that is stopped is as consistent as it gets', async () => {
  await guest().run(['systemctl', 'stop', UNIT]);
  expect(await snapshot('--tag', 'stopped')).toMatchObject({ quiesce: 'stopped', lockHeldMs: 0 });
});

test('destroy-snapshot: all or none, and never what it should not', async () => {
  await guest().sh(`zfs snapshot ${DATASET}@by-hand; zfs hold audit ${DATASET}@stopped
    zfs clone -o canmount=off ${DATASET}@crash bench-pool/copy`);
  const before = await tags();
  const [newest, ...older] = await list();
  expect(newest).toMatchObject({ tag: 'by-hand', quiesce: null, note: null, holds: [], clones: [] });
  expect(older[0]).toMatchObject({ tag: 'stopped', quiesce: 'stopped', holds: ['audit'] });
  expect(older[1]).toMatchObject({ tag: 'crash', clones: ['bench-pool/copy'] });
  for (const { usedBytes, referencedBytes } of older) {
    expect(usedBytes).toBeGreaterThanOrEqual(0);
    expect(referencedBytes).toBeGreaterThan(1024 ** 2);
  }

  const held = await failedDestroy(3, 'monday', 'stopped', '--yes');
  expect(held).toMatchObject({ code: 'snapshot-held', message: expect.stringContaining('audit') });
  const cloned = await failedDestroy(3, 'monday', 'crash', '--yes');
  expect(cloned).toMatchObject({
    code: 'snapshot-cloned',
    message: expect.stringContaining('bench-pool/copy'),
  });
  expect((await failedDestroy(2, 'monday', 'nope', '--yes')).code).toBe('snapshot-missing');
  expect((await failedDestroy(3, 'monday', 'by-hand', '--yes')).code).toBe('snapshot-not-ours');
  expect((await failedDestroy(2, 'monday', 'bench-pool@x', '--yes')).code).toBe('snapshot-elsewhere');
  expect((await failedDestroy(3, 'monday')).code).toBe('confirmation-needed');
  expect(await tags()).toEqual(before);

  const names = destroyArgs(['monday', 'noted', `${DATASET}@by-hand`, '--yes']);
  const gone = await benchJson<DestroyResult>(guest(), names);
  expect(gone.destroyed).toEqual(['by-hand', 'noted', 'monday']);
  expect(await tags()).toEqual(before.filter((tag) => !gone.destroyed.includes(tag)));
});
