import { expect, test } from 'vitest';
import { KILL_AFTER, runBeside } from '../beside.js';
import { benchJson, contentOf, type Failure, sql } from '../product.js';
import { useGuest } from '../support.js';

/** What clone, template, verify, extract and guard refuse: with what is wrong and what to do, and nothing changed. */
const guest = useGuest({ image: 'bench' });

const SITES = '/srv/benches/shop/sites';
let filled: string;

/** All that these commands may change on a host. */
const survey = () =>
  guest().survey(
    `zfs list -H -p -t all -o name,guid,origin,mounted,canmount,readonly; zfs get -H -s local -o name,property,value all | sort
    find /etc/fstab /etc/systemd/system /etc/mysql /srv /var/lib/bench /run/bench /root ! -name lock ! -path '/root/beside*' ! -path '/root/.*' ! -path /run/bench/scratch -printf '%y %M %u %s %l %p\\n' 2> /dev/null | sort
    ls -d /var/lib/mysql*; findmnt -rn -t zfs -o TARGET,SOURCE | sort
    systemctl list-units --all --plain --no-legend 'mariadb@*' 'bench-*' | awk '{print $1, $3}'`,
    { timeoutMs: 280_000 },
  );

type Refusal = [args: string[], exitCode: number, code: string];

/** Each ends with its code, says what to do, and all of them together change nothing. */
async function expectRefused(refusals: readonly Refusal[]): Promise<void> {
  const before = await survey();
  for (const [args, exitCode, code] of refusals) {
    const line = `bench ${args.join(' ')}`;
    const split = args.indexOf('--');
    const typed =
      split === -1 ? [...args, '--json'] : [...args.slice(0, split), '--json', ...args.slice(split)];
    const result = await guest().run(['bench', ...typed], { check: false, timeoutMs: 280_000 });
    expect([line, result.exitCode], result.stdout + result.stderr).toEqual([line, exitCode]);
    const { error } = JSON.parse(result.stdout) as Failure;
    expect([line, error.code], error.message).toEqual([line, code]);
    expect(error.suggestions.length, `${line}: ${error.message}`).toBeGreaterThan(0);
  }
  expect(await survey()).toBe(before);
  expect(await contentOf(guest(), 'shop')).toBe(filled);
}

test('a bench with a clone, a template, and what others have put in the way', async () => {
  filled = await contentOf(guest(), 'shop');
  await guest().sh(
    `bench volume snapshot -b shop --tag same; bench clone shop try --snapshot same --no-start
    bench volume snapshot -b try --tag same
    bench template create shop base; bench clone --template base three --no-start
    zfs create bench-pool/foreign; zfs create bench-pool/_templates/mine
    mkdir -p /srv/benches/taken /var/lib/mysql-held; touch /srv/benches/taken/file /var/lib/mysql-held/ibdata1
    mkdir -p ${SITES}/one.example/private; echo '{"db_name": "app"}' > ${SITES}/one.example/site_config.json
    echo '[]' > ${SITES}/two.json; mkdir ${SITES}/two.example ${SITES}/three.example; mv ${SITES}/two.json ${SITES}/two.example/site_config.json
    ln -s /etc/hostname ${SITES}/three.example/site_config.json
    ln -s /etc ${SITES}/evil; ln -s one.example ${SITES}/alias.example
    bench volume snapshot -b shop --tag good
    mkdir ${SITES}/theirs; ln -s /etc ${SITES}/theirs/out; chown -hR nobody ${SITES}/theirs`,
    { timeoutMs: 280_000 },
  );
  filled = await contentOf(guest(), 'shop');
});

test('clones', async () => {
  await expectRefused([
    // Of a template; a clone of the bench itself that was not started yet would be started.
    [['clone', 'shop', 'three'], 3, 'bench-exists'],
    [['clone', 'shop', 'foreign'], 3, 'dataset-not-ours'],
    [['clone', 'shop', 'taken'], 3, 'bench-exists'],
    [['clone', 'shop', 'held'], 3, 'bench-exists'],
    [['clone', 'shop', '../x'], 2, 'bench-name-invalid'],
    [['clone', 'shop'], 2, 'wrong-usage'],
    [['clone', 'nobody', 'other'], 2, 'bench-not-found'],
    [['clone', 'shop', 'other', '--snapshot', 'nope'], 2, 'snapshot-missing'],
    [['clone', 'shop', 'other', '--snapshot', 'good@x'], 2, 'snapshot-missing'],
    [['clone', 'shop', 'other', '--port', '3308'], 3, 'port-taken'],
    [['clone', 'shop', 'other', '--port', '22'], 3, 'port-taken'],
    [['clone', 'shop', 'other', '--port', '0'], 2, 'wrong-usage'],
    [['clone', 'shop', 'other', '--quota', '0'], 2, 'size-invalid'],
    [['clone', 'shop', 'other', '--expires', 'soon'], 2, 'lifetime-invalid'],
    [['clone', 'shop', 'other', '--volumes', 'some'], 2, 'wrong-usage'],
    [['clone', '--template', 'nope', 'other'], 2, 'template-missing'],
    [['new', 'other', '--template', 'nope'], 2, 'template-missing'],
    [['clone', 'extend', 'try', '4h'], 3, 'clone-has-no-end'],
    [['clone', 'extend', 'try', '4 h'], 2, 'lifetime-invalid'],
    [['clone', 'reset', 'try'], 3, 'confirmation-needed'],
    [['clone', 'promote', 'try'], 3, 'confirmation-needed'],
    [['clone', 'promote', 'try', '--yes'], 3, 'snapshot-exists'],
    [['clone', 'release', 'try'], 3, 'confirmation-needed'],
    ...['promote', 'reset', 'protect', 'unprotect', 'release'].map(
      (verb): Refusal => [
        ['clone', verb, 'shop', ...(/^(un)?protect/.test(verb) ? [] : ['--yes'])],
        3,
        'not-a-clone',
      ],
    ),
  ]);
});

test('a clone whose shared snapshots would not fit its quota, and one that depends on nothing', async () => {
  await guest().sh('bench volume destroy-snapshot same -b try --yes; zfs set quota=4M bench-pool/try');
  await expectRefused([[['clone', 'promote', 'try', '--yes'], 3, 'quota-too-small']]);
  await guest().sh('zfs set quota=10G bench-pool/try; bench clone promote try --yes');
  await expectRefused([
    [['clone', 'promote', 'try', '--yes'], 3, 'already-independent'],
    // The bench depends on its clone from now on.
    [['drop', 'try', '--yes'], 3, 'bench-cloned'],
  ]);
});

test('templates', async () => {
  await expectRefused([
    [['template', 'create', 'shop', 'base'], 3, 'template-exists'],
    [['template', 'create', 'shop', 'mine'], 3, 'template-not-ours'],
    [['template', 'create', 'shop', '../x'], 2, 'template-name-invalid'],
    [['template', 'create', 'nobody', 'x'], 2, 'bench-not-found'],
    [['template', 'delete', 'base', '--yes'], 3, 'template-in-use'],
    [['template', 'delete', 'nope', '--yes'], 2, 'template-missing'],
    [['template', 'promote', 'nope', '--yes'], 2, 'template-missing'],
  ]);
});

test('proofs and extractions', async () => {
  const extract = (...args: string[]) => ['volume', 'extract', 'good', '-b', 'shop', ...args];
  const to = ['--to', '/root/out'];
  await sql(guest(), 'shop', 'CREATE DATABASE there');
  await guest().sh('mkdir /root/there; touch /root/there/private; ln -s /root/there/private /root/link.sql');
  await expectRefused([
    [['volume', 'verify', 'nope', '-b', 'shop'], 2, 'snapshot-missing'],
    [['volume', 'verify', 'good', '--all', '-b', 'shop'], 2, 'wrong-usage'],
    [['volume', 'verify', '-b', 'nobody'], 2, 'bench-not-found'],
    [['volume', 'extract', 'nope', '-b', 'shop', '--database', 'app'], 2, 'snapshot-missing'],
    [extract(), 2, 'wrong-usage'],
    [extract('--database', 'app', '--site', 'one.example', ...to), 2, 'wrong-usage'],
    [extract('--file', 'sites'), 2, 'wrong-usage'],
    [extract('--table', 'orders'), 2, 'wrong-usage'],
    [extract('--database', 'app', '--replace', '--dump', '/root/x.sql'), 2, 'wrong-usage'],
    [extract('--database', 'app', '--as', 'there'), 3, 'database-exists'],
    [extract('--database', 'app', '--as', 'app'), 2, 'name-invalid'],
    [extract('--database', 'app', '--as', 'a/b'), 2, 'name-invalid'],
    [extract('--database', 'app', '--table', 'nope'), 2, 'table-missing'],
    [extract('--database', 'app', '--replace'), 3, 'confirmation-needed'],
    [extract('--database', 'app', '--dump', '/root/there/private'), 3, 'file-exists'],
    [extract('--database', 'app', '--dump', '/root/link.sql'), 3, 'file-exists'],
    [extract('--database', 'app', '--dump', '/nowhere/x.sql'), 1, 'write-failed'],
    [extract('--file', 'sites/nope', ...to), 2, 'file-missing'],
    [extract('--file', '../x', ...to), 2, 'path-invalid'],
    [extract('--file', 'sites/evil/passwd', ...to), 3, 'symlink-refused'],
    // Where it comes back to is a symlink that a user has made.
    [extract('--file', 'sites/one.example/private', '--to', `${SITES}/theirs/out`), 3, 'symlink-refused'],
    [extract('--file', 'sites/one.example/private', '--to', '/root/there'), 3, 'file-exists'],
    [extract('--site', 'evil', ...to), 3, 'symlink-refused'],
    [extract('--site', 'alias.example', ...to), 3, 'symlink-refused'],
    [extract('--site', '../sites', ...to), 2, 'path-invalid'],
    [extract('--site', 'two.example', ...to), 2, 'site-invalid'],
    [extract('--site', 'three.example', ...to), 2, 'site-invalid'],
    [extract('--site', 'one.example', '--in-place'), 3, 'confirmation-needed'],
    [extract('--site', 'one.example', ...to, '--as', 'there'), 3, 'database-exists'],
  ]);
});

test('guarded changes', async () => {
  const guard = (...args: string[]) => ['guard', '-b', 'shop', ...args];
  await expectRefused([
    [guard(), 2, 'wrong-usage'],
    [guard('--resume', '--', 'true'), 2, 'wrong-usage'],
    [guard('--check', 'curl x | grep y', '--', 'true'), 2, 'check-invalid'],
    [guard('--check', "curl 'x", '--', 'true'), 2, 'check-invalid'],
    [guard('--check-timeout', '9 lives', '--', 'true'), 2, 'wrong-usage'],
    [guard('--resume'), 2, 'guard-missing'],
    [guard('--undo'), 2, 'guard-missing'],
    [guard('--accept'), 2, 'guard-missing'],
    [['guard', '-b', 'nobody', '--', 'true'], 2, 'bench-not-found'],
  ]);
  // A shell in the bench's directory would keep the change from being undone.
  const { stdout: pid } = await guest().sh(`cd ${SITES}; sleep 600 > /dev/null 2>&1 & echo $!`);
  await expectRefused([[guard('--', 'touch', 'sites/x'), 3, 'dataset-busy']]);
  await guest().sh(`kill ${pid.trim()}`);
});

test('a pool that is full', async () => {
  await guest().sh(
    'free=$(zfs get -H -p -o value available bench-pool); zfs create -o refreservation=$((free - 20 * 1024 * 1024)) bench-pool/full',
  );
  await expectRefused([
    [['clone', 'shop', 'other'], 3, 'no-room'],
    [['clone', '--template', 'base', 'other'], 3, 'no-room'],
    [['volume', 'verify', 'good', '-b', 'shop'], 3, 'no-space-scratch'],
    [['volume', 'extract', 'good', '--database', 'app', '-b', 'shop'], 3, 'no-space-scratch'],
  ]);
  await guest().sh('zfs destroy bench-pool/full');
});

test('a bench.toml of somebody whom the host does not know, where programs would run as him', async () => {
  await guest().sh(
    `bench config set clone.run config/mute.sh -b shop; chown 12345 /srv/benches/shop/bench.toml`,
  );
  await expectRefused([[['clone', 'shop', 'other'], 3, 'owner-unknown']]);
  await guest().sh('chown root /srv/benches/shop/bench.toml; bench config set clone.run "" -b shop');
});

test('a source that is not mounted, or in the middle of a restore', async () => {
  await guest().sh('systemctl stop mariadb@shop; umount /srv/benches/shop');
  filled = '';
  const before = await survey();
  const unmounted = await benchJson<Failure>(guest(), ['clone', 'shop', 'other'], 3);
  expect(unmounted.error.code).toBe('source-not-mounted');
  expect(await survey()).toBe(before);
  await guest().sh('bench init -b shop', { timeoutMs: 280_000 });

  const restore = 'bench volume restore-snapshot good -b shop --yes > /dev/null 2>&1';
  expect((await runBeside(guest(), 'zfs', KILL_AFTER('zfs', 'rollback'), restore)).exitCode).toBe(137);
  const cut = await survey();
  for (const args of [
    ['clone', 'shop', 'other'],
    ['template', 'create', 'shop', 'more'],
    ['volume', 'extract', 'good', '-b', 'shop', '--file', 'sites/one.example', '--to', '/root/out'],
    ['guard', '-b', 'shop', '--resume'],
  ]) {
    const { error } = await benchJson<Failure>(guest(), args, args.includes('guard') ? 2 : 3);
    expect(error.code, args.join(' ')).toBe(args.includes('guard') ? 'guard-missing' : 'restore-unfinished');
    expect(error.suggestions.join('\n') + error.message).toMatch(/bench /);
  }
  const guarded = await guest().run(['bench', 'guard', '-b', 'shop', '--', 'true'], { check: false });
  expect([guarded.exitCode, guarded.stderr]).toEqual([3, expect.stringContaining('restore')]);
  expect(await survey()).toBe(cut);
  await guest().sh(restore, { timeoutMs: 280_000 });
  await benchJson(guest(), ['clone', 'shop', 'other', '--no-start']);
});
