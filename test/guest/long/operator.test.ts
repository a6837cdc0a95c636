import { expect, test } from 'vitest';
import { quote } from '../../../guest/ssh.js';
import type { SnapshotList, SnapshotResult } from '../../../src/snapshot/snapshot-orchestrator.js';
import type { Status } from '../../../src/status/status.js';
import { benchJson, type Failure, sql } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

const FRAGMENT = '/etc/sudoers.d/bench-shop';
const LOCK = '/var/lib/bench/shop/lock';
const TAG = 'bench-pool/shop@tried';
const INIT = ['init', '-b', 'shop', '--operator', 'alice'];

/** Runs a shell line as a user of the guest; what it prints, and its exit code. */
async function as(user: string, line: string): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return guest().run(['runuser', '-u', user, '--', 'bash', '-c', `cd /; ${line}`], {
    check: false,
    timeoutMs: 280_000,
  });
}

async function benchAs<T>(user: string, args: readonly string[], exitCode = 0): Promise<T> {
  const ended = await as(user, `bench ${args.map(quote).join(' ')} -b shop --json`);
  expect(ended.exitCode, ended.stdout + ended.stderr).toBe(exitCode);
  return JSON.parse(ended.stdout) as T;
}

const snapshot = (...args: string[]) => benchAs<SnapshotResult>('alice', ['volume', 'snapshot', ...args]);
const refused = async (user: string, args: string[], exitCode: number) =>
  (await benchAs<Failure>(user, ['volume', 'snapshot', ...args], exitCode)).error;
const installFragment = () =>
  guest().sh(`install -m 440 /dev/null ${FRAGMENT}; bench sudoers -b shop > ${FRAGMENT}; visudo -c`);

test('a bench with a snapshot that knows no operator', async () => {
  await guest().sh('useradd -m alice; useradd -m bob; bench new shop');
  await guest().run(['bench', 'init', '-b', 'shop'], { timeoutMs: 280_000 });
  await guest().run(['bench', 'volume', 'snapshot', '-b', 'shop', '--tag', 'older']);
  const { error } = await benchJson<Failure>(guest(), ['sudoers', '-b', 'shop'], 2);
  expect(error.code).toBe('no-operator');
});

test('init makes an operator of a user of the host, and of nobody else', async () => {
  for (const name of ['root', 'nobody-such', "x' OR '1", '-x', 'ALL'])
    expect(
      (await benchJson<Failure>(guest(), ['init', '-b', 'shop', `--operator=${name}`], 2)).error.code,
    ).toBe('operator-invalid');
  const caller = 'SUDO_USER=alice SUDO_UID=$(id -u alice) bench init -b shop --dry-run';
  expect((await guest().sh(caller)).stdout).toContain('Create the MariaDB account of alice');
  const planned = (await guest().run(['bench', ...INIT, '--dry-run'])).stdout;
  expect(planned).toContain('Create the MariaDB account of alice');
  expect(planned).toContain(`setfacl --set=user::rw-,user:alice:rw-`);
  await guest().run(['bench', ...INIT]);
  for (const args of [INIT, ['init', '-b', 'shop']])
    expect(await benchJson(guest(), args)).toMatchObject({ changed: false, steps: [] });
  expect(await sql(guest(), 'shop', "SHOW GRANTS FOR 'alice'@'localhost'")).toBe(
    'GRANT RELOAD, PROCESS ON *.* TO `alice`@`localhost` IDENTIFIED VIA unix_socket',
  );
});

test('without the lines of sudoers nothing is begun, with them a snapshot is taken', async () => {
  expect((await refused('alice', [], 3)).code).toBe('sudo-denied');
  expect((await installFragment()).stdout).toContain(`${FRAGMENT}: parsed OK`);
  const note = 'two words -o quota=1G';
  const taken = await snapshot('--tag', 'by-alice', '--note', note);
  expect(taken).toMatchObject({ quiesce: 'backup-stage', tag: 'by-alice' });
  const { snapshots } = await benchAs<SnapshotList>('alice', ['volume', 'list-snapshots']);
  expect(snapshots.map(({ tag, note: kept }) => [tag, kept])).toEqual([
    ['by-alice', note],
    ['older', null],
  ]);
  expect((await benchAs<Status>('alice', ['volume', 'status'])).problems).toEqual([]);
});

const MARKS = '-o bench:quiesce=stopped';
/** What the lines must not allow, by arguments as sudo gets them. */
const ABUSES = [
  `snapshot ${MARKS} bench-pool@tried`,
  `snapshot ${MARKS} bench-pool/other@tried`,
  `snapshot -r ${MARKS} ${TAG}`,
  `snapshot ${MARKS} -r ${TAG}`,
  `snapshot ${TAG}`,
  `snapshot ${MARKS} ${TAG} bench-pool/other@tried`,
  `snapshot ${MARKS} '${TAG} bench-pool/other@tried'`,
  `snapshot ${MARKS} '${TAG} '`,
  `snapshot ${MARKS} $'${TAG}\\nx'`,
  `snapshot -o bench:quiesce=other ${TAG}`,
  `snapshot -o bench:name=mine ${TAG}`,
  `snapshot ${MARKS} -o bench:name=mine ${TAG}`,
  `snapshot ${MARKS} -o bench:note=x -o bench:name=mine ${TAG}`,
  `snapshot ${MARKS} -o 'bench:note=x -o bench:name=mine' ${TAG}`,
  'set quota=1G bench-pool/shop',
  'set bench:quiesce=crash-consistent bench-pool/shop',
  'set bench:quiesce=stopped bench-pool/shop@older',
  'set bench:quiesce=crash-consistent quota=1G bench-pool/shop@older',
  'destroy bench-pool/shop@older',
  'rollback -r bench-pool/shop@older',
  'allow everyone destroy bench-pool',
];

const tryAbuses = async () => {
  await guest().sh('zfs list bench-pool/other > /dev/null 2>&1 || zfs create bench-pool/other');
  const before = (await guest().sh('zfs list -H -t all -o name,quota; zfs get -H -s local all')).stdout;
  const lines = ABUSES.map((args) => `sudo -n /usr/sbin/zfs ${args} && echo ${quote(`ALLOWED ${args}`)}`);
  const { stdout, stderr } = await as(
    'alice',
    `${lines.join('\n')}; sudo -n true; sudo -n /usr/sbin/zpool list; :`,
  );
  expect(stdout).toBe('');
  expect(stderr.match(/^sudo: a password is required$|^Sorry, user alice is not allowed/gm)).toHaveLength(
    ABUSES.length + 2,
  );
  expect((await guest().sh('zfs list -H -t all -o name,quota; zfs get -H -s local all')).stdout).toBe(before);
};

test('sudo allows nothing else', tryAbuses);

test('the lock is for root and the operator: nobody else can hold it, and no link takes its place', async () => {
  const { stdout, stderr } = await as(
    'bob',
    `flock -n ${LOCK} echo HELD; (exec 9< ${LOCK}) && echo OPENED; cat ${LOCK}; rm -f ${LOCK}; ls /var/lib/bench/shop/host.json`,
  );
  expect(stdout).toBe('/var/lib/bench/shop/host.json\n');
  expect(stderr.match(/Permission denied/g)?.length).toBe(4);
  const link = `rm -f ${LOCK}; ln -sf /etc/passwd ${LOCK}; touch /home/alice/x; mv -f /home/alice/x ${LOCK}; touch /var/lib/bench/shop/x; : `;
  expect((await as('alice', link)).stderr.match(/Permission denied/g)).toHaveLength(4);
  const bob = await refused('bob', [], 3);
  expect(bob).toMatchObject({
    code: 'lock-refused',
    suggestions: [expect.stringContaining('bench init --operator')],
  });
  const held = guest().spawn(`exec 9<> ${LOCK}; flock 9; echo $$ > /root/holder; exec sleep 600`);
  await guest().sh(
    `bench config set snapshot.lock_timeout 2s -b shop; until ! flock -n ${LOCK} true; do :; done`,
  );
  expect((await refused('alice', [], 4)).code).toBe('busy');
  await guest().sh('kill $(cat /root/holder)');
  await held;
});

test('the account is enough to name who stands in the way, and for a read lock', async () => {
  const socket = '--socket=/run/mysqld/mysqld-shop.sock';
  const blocking = guest().spawn(`mariadb ${socket} -e 'BACKUP STAGE START; SELECT SLEEP(600)'`);
  await guest().sh(`until mariadb ${socket} -e 'SHOW PROCESSLIST' | grep -q SLEEP; do sleep 0.2; done`);
  const { code, message } = await refused('alice', [], 4);
  expect(code).toBe('lock-timeout');
  expect(message).toMatch(/connection \d+ \(root\), .*SLEEP\(600\)/);
  await guest().sh(`mariadb ${socket} -e "$(mariadb ${socket} -BN -e \\
    "SELECT CONCAT('KILL ', id) FROM information_schema.PROCESSLIST WHERE info LIKE 'SELECT SLEEP%'")"`);
  await blocking;
  await guest().sh('bench config set snapshot.lock read-lock -b shop');
  expect(await snapshot()).toMatchObject({ quiesce: 'read-lock' });
  await guest().sh('bench config set snapshot.lock auto -b shop');
});

test('a snapshot under which the lock was lost is marked, as the operator may not destroy it', async () => {
  await guest().write(
    '/opt/beside/sudo',
    `#!/bin/sh
[ "$4" = snapshot ] || exec /usr/bin/sudo "$@"
/usr/bin/sudo "$@" && touch /tmp/taken && until [ -e /tmp/killed ]; do sleep 0.1; done\n`,
  );
  const socket = '--socket=/run/mysqld/mysqld-shop.sock';
  await guest().sh('chmod +x /opt/beside/sudo');
  const kill = guest().spawn(`until [ -e /tmp/taken ]; do sleep 0.1; done
    mariadb ${socket} -e 'KILL USER alice'; touch /tmp/killed`);
  const line = 'PATH=/opt/beside:$PATH bench volume snapshot --tag lost -b shop --json';
  const ended = await as('alice', line);
  await kill;
  expect((JSON.parse(ended.stdout) as Failure).error.code, ended.stdout).toBe('snapshot-inconsistent');
  expect(ended.exitCode).toBe(1);
  const { snapshots } = await benchAs<SnapshotList>('alice', ['volume', 'list-snapshots']);
  expect(snapshots[0]).toMatchObject({ tag: 'lost', quiesce: 'crash-consistent' });
});

test('with a sudo that knows no regular expressions only the time is a tag', async () => {
  await guest().write('/opt/old/sudo', '#!/bin/sh\necho Sudo version 1.9.9\n');
  await guest().sh(
    `chmod +x /opt/old/sudo; PATH=/opt/old:$PATH bench sudoers -b shop > ${FRAGMENT}; visudo -c; grep 1.9.10 ${FRAGMENT}`,
  );
  expect(await snapshot()).toMatchObject({ quiesce: 'backup-stage' });
  expect((await refused('alice', ['--tag', 'mine'], 3)).code).toBe('sudo-denied');
  expect((await refused('alice', ['--note', 'mine'], 3)).code).toBe('sudo-denied');
  await tryAbuses();
});

test("ZFS's own delegation would give more away than sudo does", async () => {
  await guest().sh(
    'useradd -m carol; zfs create bench-pool/tried; zfs allow carol snapshot bench-pool/tried',
  );
  const tried = async (line: string) => (await as('carol', line)).exitCode === 0;
  expect(await tried('zfs snapshot bench-pool/tried@plain')).toBe(true);
  expect(await tried('zfs snapshot -o bench:quiesce=stopped bench-pool/tried@marked')).toBe(false);
  await guest().sh('zfs allow carol userprop bench-pool/tried');
  expect(await tried('zfs snapshot -o bench:quiesce=stopped bench-pool/tried@marked')).toBe(true);
  // docs/decisions/operators.md: the marks cannot be had without this.
  expect(await tried('zfs set bench:name=shop bench-pool/tried')).toBe(true);
  await guest().sh('zfs allow carol destroy,mount bench-pool/tried; zfs unmount bench-pool/tried');
  expect(await tried('zfs destroy -r bench-pool/tried')).toBe(true);
});

test('a restore to a time before the operator keeps the account', async () => {
  await benchJson(guest(), ['volume', 'restore-snapshot', 'older', '-b', 'shop', '--yes']);
  expect(await snapshot()).toMatchObject({ quiesce: 'backup-stage' });
  await sql(guest(), 'shop', "DROP USER 'alice'@'localhost'");
  expect((await refused('alice', [], 1)).code).toBe('mariadb-access-denied');
  expect(await benchJson(guest(), ['init', '-b', 'shop'])).toMatchObject({
    steps: [{ kind: 'account.create' }],
  });
});

test('an account of that name with a password is not touched', async () => {
  await sql(guest(), 'shop', "CREATE USER 'bob'@'localhost' IDENTIFIED BY 'secret'");
  const { error } = await benchJson<Failure>(guest(), ['init', '-b', 'shop', '--operator', 'bob'], 3);
  expect(error.code).toBe('account-not-ours');
  expect(await guest().read('/var/lib/bench/shop/host.json')).not.toContain('bob');
});

test('an operator who is taken out of the record loses the lock', async () => {
  await guest().sh(`sed -i '/alice/d' /var/lib/bench/shop/host.json`);
  expect(await benchJson(guest(), ['init', '-b', 'shop'])).toMatchObject({
    steps: [{ kind: 'lock.permit' }],
  });
  expect((await refused('alice', [], 3)).code).toBe('lock-refused');
});
