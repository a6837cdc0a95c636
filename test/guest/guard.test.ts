import { expect, test } from 'vitest';
import { quote } from '../../guest/ssh.js';
import type { GuardResult } from '../../src/guard/guard.js';
import type { Status } from '../../src/status/report.js';
import { benchJson, contentOf, type Failure, sql } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'bench' });

const GUARD = ['guard', '-b', 'shop'];
const DROP = 'mariadb --socket=/run/mysqld/mysqld-shop.sock app -e "DROP TABLE orders"';
const shell = (script: string) => ['sh', '-c', script];

/** The options come before `--json`, the command behind it. */
async function guarded(
  exitCode: number,
  options: readonly string[],
  command: readonly string[],
): Promise<GuardResult> {
  const args = [...GUARD, ...options, '--json', '--', ...command];
  const {
    exitCode: code,
    stdout,
    stderr,
  } = await guest().run(['bench', ...args], {
    check: false,
    timeoutMs: 280_000,
  });
  if (code !== exitCode) throw new Error(`ended with ${code} instead of ${exitCode}\n${stdout}${stderr}`);
  return JSON.parse(stdout) as GuardResult;
}

const later = (flag: string, exitCode: number) => benchJson<GuardResult>(guest(), [...GUARD, flag], exitCode);
const problems = async () =>
  (await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems.map(
    ({ code, fix }) => `${code}: ${fix}`,
  );
/** The bench at work, by its own journal, once its command runs. */
const KILL = (signal: string) =>
  `until pgrep -f '^sleep 100' > /dev/null; do sleep 0.2; done
    kill -${signal} $(sed -n 's/.*"pid": \\([0-9]*\\).*/\\1/p' /var/lib/bench/shop/guard.json)`;
const discard = () => guest().run(['bench', 'volume', 'undo-restore', '--discard', '-b', 'shop', '--yes']);

let before: string;
const expectWeb = () => guest().run(['systemctl', 'is-active', 'shop-web']);
const expectAsBefore = async () => expect(await contentOf(guest(), 'shop')).toBe(before);

test('a bench whose web service runs', async () => {
  await guest().sh(`printf '[Service]\\nExecStart=/bin/sleep infinity\\n' > /etc/systemd/system/shop-web.service
    systemctl daemon-reload; systemctl start shop-web`);
  await guest().run(['bench', 'config', 'set', 'maintenance.units', 'shop-web.service', '-b', 'shop']);
  await guest().run(['bench', 'init', '-b', 'shop'], { timeoutMs: 280_000 });
  before = await contentOf(guest(), 'shop');
});

test('a change that works stays, and its output is passed on', async () => {
  const line = `bench guard -b shop -- sh -c 'pwd; echo ours; echo theirs >&2'`;
  const { stdout, stderr } = await guest().run(['sh', '-c', line], { timeoutMs: 280_000 });
  expect(stdout).toMatch(/^\/srv\/benches\/shop\nours\nDone: /);
  expect(stderr).toContain('theirs');
  const result = await guarded(0, [], shell('echo more > sites/more; exit 0'));
  expect(result).toMatchObject({ outcome: 'done', check: { passed: true, reason: null }, reason: null });
  await guest().sh('rm /srv/benches/shop/sites/more');
  await expectAsBefore();
});

test('a command that fails and leaves a daemon behind is undone, and can be looked at', async () => {
  const daemon = 'setsid sh -c "exec 3>> sites/log; sleep 1000" > /dev/null 2>&1 < /dev/null &';
  const result = await guarded(10, [], shell(`${DROP}; ${daemon} sleep 1; exit 7`));
  expect(result).toMatchObject({
    outcome: 'undone',
    command: { exitCode: 7, signal: null },
    check: null,
    restored: 'restored',
    kept: 'bench-pool/_shop.kept',
    reason: 'the command ended with 7',
  });
  await expectAsBefore();
  expect((await guest().run(['pgrep', '-f', 'sleep 1000'], { check: false })).exitCode).toBe(1);
});

test('an older copy that is kept is not dropped without a word', async () => {
  const args = [...GUARD, '--', 'true'];
  const { exitCode, stderr } = await guest().run(['bench', ...args], { check: false, timeoutMs: 280_000 });
  expect([exitCode, stderr]).toEqual([3, expect.stringContaining('would be dropped')]);
  // The snapshot that was taken for it is gone again.
  expect((await guest().sh('zfs list -H -t snapshot -o name | grep -c guard-')).stdout.trim()).toBe('3');
  await discard();
});

test('a check that hangs, and a service that is down', async () => {
  const hangs = ['--check', '/bin/sleep 600', '--check-timeout', '3s', '--undo', 'never'];
  const left = await guarded(11, hangs, shell('echo 1 > sites/one'));
  expect(left).toMatchObject({
    outcome: 'not-undone',
    command: { exitCode: 0 },
    check: { passed: false, reason: expect.stringMatching(/ended by SIGTERM|ended with/) },
    next: 'bench guard --undo -b shop',
  });
  expect(await problems()).toContain('guard-unfinished: bench guard --undo -b shop');
  const again = await guest().run(['bench', ...GUARD, '--', 'true'], { check: false });
  expect([again.exitCode, again.stderr]).toEqual([3, expect.stringContaining('--accept')]);
  expect((await later('--undo', 10)).restored).toBe('restored');
  await expectAsBefore();
  await discard();

  const down = await guarded(10, ['--check-timeout', '2s'], shell(`systemctl stop shop-web; ${DROP}`));
  expect(down.check).toEqual({ passed: false, reason: 'shop-web.service is not active' });
  await expectWeb();
  await expectAsBefore();
  await discard();
});

test('an undo that is cut off and finished by the restore itself is not done again', async () => {
  const { tag } = await guarded(11, ['--undo', 'never'], shell(`${DROP}; exit 7`));
  await guest().sh(
    `bench guard --undo -b shop > /root/out 2> /root/err < /dev/null & pid=$!
    until grep -q 's  Put the snapshot' /root/err; do kill -0 $pid || exit 9; sleep 0.05; done; kill -9 $pid`,
    { timeoutMs: 280_000 },
  );
  const finish = ['bench', 'volume', 'restore-snapshot', tag, '--keep', '-b', 'shop', '--yes'];
  await guest().run(finish, { timeoutMs: 280_000 });
  await guest().sh('echo since > /srv/benches/shop/sites/since');
  const undone = { outcome: 'undone', restored: 'restored', kept: 'bench-pool/_shop.kept' };
  expect(await later('--resume', 10)).toMatchObject(undone);
  await guest().sh('rm /srv/benches/shop/sites/since');
  await expectAsBefore();
  await discard();
});

test('without root it is refused, and nothing has run', async () => {
  const line = `bench ${GUARD.join(' ')} -- touch /tmp/ran`;
  const { exitCode, stderr } = await guest().run(['runuser', '-u', 'nobody', '--', 'sh', '-c', line], {
    check: false,
  });
  expect([exitCode, stderr]).toEqual([3, expect.stringContaining(`sudo ${line}`)]);
  expect((await guest().sh('ls /tmp/ran', { check: false })).exitCode).toBe(2);
  await expectAsBefore();
});

test('what has written nothing is not restored', async () => {
  const result = await guarded(10, [], ['false']);
  expect(result).toMatchObject({ outcome: 'undone', restored: 'nothing-written', kept: null });
  expect((await guarded(10, [], ['no-such-program'])).outcome).toBe('undone');
  // A unit that it has stopped runs again all the same.
  expect((await guarded(10, [], shell('systemctl stop shop-web; exit 7'))).restored).toBe('nothing-written');
  await expectWeb();
  await expectAsBefore();
});

test('what has written to a data volume alone is undone, too', async () => {
  await guest().sh(
    `bench volume create uploads 1G; bench volume attach uploads -b shop --path sites/uploads
    echo ours > /srv/benches/shop/sites/uploads/file`,
    { timeoutMs: 120_000 },
  );
  const result = await guarded(10, [], shell('echo theirs > sites/uploads/file; exit 7'));
  expect(result).toMatchObject({ outcome: 'undone', restored: 'restored' });
  expect((await guest().read('/srv/benches/shop/sites/uploads/file')).trim()).toBe('ours');
  await discard();
  await guest().sh('bench volume detach uploads -b shop', { timeoutMs: 120_000 });
  await expectAsBefore();
});

test('a command that is told to stop is undone', async () => {
  const line = `code=0; bench ${GUARD.join(' ')} -- sh -c ${quote(`${DROP}; sleep 100`)} > /root/out 2>&1 || code=$?; echo $code > /root/code`;
  await guest().sh(
    `(${line}) < /dev/null > /dev/null 2>&1 &
    ${KILL('INT')}; pkill -f '^sleep 100' || true
    until [ -e /root/code ]; do sleep 0.5; done`,
    { timeoutMs: 280_000 },
  );
  const { stdout } = await guest().sh('cat /root/code /root/out');
  expect(stdout).toMatch(/^10\n/);
  expect(stdout).toContain('it was interrupted by SIGINT');
  await expectAsBefore();
  await discard();
});

test('Ctrl-C at a terminal ends the command, and the change is undone', async () => {
  const line = `bench ${GUARD.join(' ')} -- sh -c ${quote(`${DROP}; sleep 100`)}`;
  // The terminal sends the signal to all that runs in it: to bench and to the command.
  const { stdout } = await guest().sh(
    `rm -f /root/typed; mkfifo /root/typed; exec 8<> /root/typed; code=0
    script -qefc ${quote(line)} /dev/null < /root/typed > /root/out 2>&1 & terminal=$!
    until pgrep -f '^sleep 100' > /dev/null; do sleep 0.2; done; printf '\\003' >&8
    wait $terminal || code=$?; echo $code; cat /root/out; pgrep -f '^sleep 100' || true`,
    { timeoutMs: 280_000 },
  );
  expect(stdout).toMatch(/^10\n/);
  expect(stdout).toContain('it was interrupted by SIGINT');
  await expectAsBefore();
  await discard();
});

test('bench killed while the command ran: status tells, resume undoes', async () => {
  await guest().sh(
    `(bench ${GUARD.join(' ')} -- sh -c ${quote(`${DROP}; sleep 100`)} > /root/out 2>&1 < /dev/null &)
    ${KILL('9')}`,
    { timeoutMs: 280_000 },
  );
  expect(await problems()).toContain('guard-unfinished: bench guard --resume -b shop');
  const busy = (await benchJson<Failure>(guest(), [...GUARD, '--resume'], 4)).error;
  expect(busy.code).toBe('guard-running');
  await guest().sh("pkill -f '^sleep 100'; sleep 1");
  expect(await later('--resume', 10)).toMatchObject({ outcome: 'undone', restored: 'restored' });
  await expectAsBefore();
  expect(await problems()).not.toContain(expect.stringContaining('guard'));
  await discard();
});

test('a command that fills the quota is undone', async () => {
  await guest().run(['bench', 'volume', 'set', '--quota', '3G', '--reservation', '1G', '-b', 'shop']);
  const fill = 'head -c 4G /dev/urandom > sites/full';
  const result = await guarded(10, [], shell(fill));
  expect(result).toMatchObject({ outcome: 'undone', restored: 'restored' });
  await expectAsBefore();
  await sql(guest(), 'shop', "REPLACE INTO app.orders VALUES (9999, 'after')");
});
