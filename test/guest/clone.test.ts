import { expect, test } from 'vitest';
import type { BenchList } from '../../src/bench/bench.js';
import type { TemplateList } from '../../src/clone/clone.js';
import type { SnapshotList } from '../../src/snapshot/snapshot-orchestrator.js';
import type { Status } from '../../src/status/status.js';
import { KILL_AFTER, runBeside } from './beside.js';
import { benchJson, contentOf, type Failure, rebootFully, sql } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'bench' });

let filled: string;

/** What a clone must not do again: an event that sends mail, a unit of the source's. */
const SCENE = `
CREATE TABLE app.mails (at TIMESTAMP, port INT);
CREATE TABLE app.settings (k VARCHAR(20) PRIMARY KEY, v VARCHAR(60));
INSERT INTO app.settings VALUES ('mail', 'on');
CREATE EVENT app.send ON SCHEDULE EVERY 1 SECOND DO INSERT INTO app.mails VALUES (NOW(), @@port);`;

const mailsOf = (instance: string) =>
  sql(guest(), instance, 'SELECT COUNT(*) FROM app.mails WHERE port <> 3307');

test('a bench with data, an event, a unit, and what a clone of it has to run', async () => {
  await guest().sh('useradd --create-home frappe');
  await guest().sh(
    `sed -i 's/^units = \\[\\]/units = ["shop-web.service"]/' /srv/benches/shop/bench.toml
     echo '[mariadbd]
event_scheduler = ON' > /etc/mysql/mariadb.conf.d/95-events.cnf
     echo '[Service]
ExecStart=/bin/sleep infinity' > /etc/systemd/system/shop-web.service
     find /srv/benches/shop ! -name .bench-volume -exec chown frappe: {} +; systemctl restart mariadb@shop`,
  );
  await guest().run(['bench', 'init', '-b', 'shop', '--yes'], { timeoutMs: 280_000 });
  await guest().run(['systemctl', 'start', 'shop-web.service']);
  await sql(guest(), 'shop', SCENE);
  filled = await contentOf(guest(), 'shop');
});

test('a dry run shows the whole plan, and changes nothing', async () => {
  const before = await guest().sh('cat /etc/fstab; zfs list -H -t all -o name; ls /var/lib/bench');
  const plan = await benchJson<{ steps: { kind: string }[]; notes: string[] }>(guest(), [
    'clone',
    'shop',
    'try',
    '--dry-run',
  ]);
  expect(plan.steps.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['dataset.clone', 'clone.adopt', 'host.record', 'mount.bind', 'unit.start']),
  );
  expect(plan.notes).toContain('shop-web.service is not started for try: it is a unit of the bench shop.');
  const after = await guest().sh('cat /etc/fstab; zfs list -H -t all -o name; ls /var/lib/bench');
  expect(after.stdout).toBe(before.stdout);
});

test('a clone has all of it, an instance of its own, and nothing left to do for init', async () => {
  const made = await benchJson<{ port: number; tag: string }>(guest(), ['clone', 'shop', 'try']);
  expect(made).toMatchObject({ bench: 'try', source: 'shop', port: 3308, dataset: 'bench-pool/try' });
  expect(await contentOf(guest(), 'try')).toBe(filled);
  const status = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'try']);
  expect(status.problems).toEqual([]);
  expect(status.dataset.reservationBytes).toBe(0);
  expect(status.clone).toMatchObject({ source: 'shop', tag: made.tag, state: 'held', independent: false });
  expect(await benchJson(guest(), ['init', '-b', 'try'])).toMatchObject({ changed: false, steps: [] });
  expect(await benchJson(guest(), ['init', '-b', 'shop'])).toMatchObject({ changed: false, steps: [] });
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).clones).toEqual(['try']);
});

test('its bench.toml is that of its source but for name and port', async () => {
  const { stdout } = await guest().sh(
    'diff /srv/benches/shop/bench.toml /srv/benches/try/bench.toml | grep "^[<>]" || true; stat -c %U:%a /srv/benches/shop/bench.toml /srv/benches/try/bench.toml',
  );
  const [name, port, newName, newPort, ...owners] = stdout.trim().split('\n').sort();
  expect([name, port]).toEqual([
    expect.stringMatching(/^< name = "shop"/),
    expect.stringMatching(/^< port = 3307/),
  ]);
  expect([newName, newPort]).toEqual([
    expect.stringMatching(/^> name = "try"/),
    expect.stringMatching(/^> port = 3308/),
  ]);
  expect(owners).toEqual(['frappe:644', 'frappe:644']);
});

test('it does not act as its source: no event, no replica, no unit of the other', async () => {
  const settings = 'SELECT @@event_scheduler, @@server_id > 1, @@port';
  expect(await sql(guest(), 'try', settings)).toBe('OFF\t1\t3308');
  expect(await sql(guest(), 'shop', 'SELECT @@event_scheduler')).toBe('ON');
  expect(await mailsOf('try')).toBe('0');
  const { stdout } = await guest().sh(
    'cat /etc/systemd/system/shop-web.service.d/*; systemctl is-active shop-web',
  );
  expect(stdout).toContain('/bench-pool/shop');
  expect(stdout).not.toContain('/bench-pool/try');
  await sql(guest(), 'try', 'DELETE FROM app.orders');
  expect(await contentOf(guest(), 'shop')).toBe(filled);
});

test('names, ports and tags that are none are refused, and nothing is changed', async () => {
  const before = await guest().sh('zfs list -H -t all -o name; ls /var/lib/bench /srv/benches');
  const refused: [string[], number, string][] = [
    [['shop', 'try'], 3, 'bench-exists'],
    [['shop', 'shop'], 3, 'bench-exists'],
    [['shop', '9'], 2, 'bench-name-invalid'],
    [['nobody', 'other'], 2, 'bench-not-found'],
    [['shop', 'other', '--snapshot', 'nope'], 2, 'snapshot-missing'],
    [['shop', 'other', '--port', '3308'], 3, 'port-taken'],
    [['shop', 'other', '--port', '22'], 3, 'port-taken'],
    [['--template', 'nope', 'other'], 2, 'template-missing'],
    [['shop'], 2, 'wrong-usage'],
  ];
  for (const [args, exitCode, code] of refused) {
    const { error } = await benchJson<Failure>(guest(), ['clone', ...args], exitCode);
    expect(error.code, args.join(' ')).toBe(code);
  }
  const after = await guest().sh('zfs list -H -t all -o name; ls /var/lib/bench /srv/benches');
  expect(after.stdout).toBe(before.stdout);
});

test('what [clone] names runs before it may act; where it fails, the clone stays stopped', async () => {
  await guest().sh(`cd /srv/benches/shop
    bench config set schedule.snapshot hourly -b shop; bench init -b shop --yes
    bench config set clone.sql config/mute.sql -b shop; bench config set clone.run config/mute.sh -b shop
    echo "UPDATE app.settings SET v = CONCAT('off in ', @bench_name) WHERE k = 'mail'; DROP EVENT IF EXISTS app.send;" > config/mute.sql
    printf '#!/bin/sh\\ntest -e /root/broken && exit 7\\nenv | grep ^BENCH_ | sort > muted; id -un >> muted\\n' > config/mute.sh
    chmod 755 config/mute.sh; chown -R frappe: config; chmod 755 /root; touch /root/broken`);
  const plan = await benchJson<{ notes: string[] }>(guest(), ['clone', 'shop', 'two', '--dry-run']);
  expect(plan.notes.join('\n')).toContain('makes the timers that [schedule] of its bench.toml want');
  const { error } = await benchJson<Failure>(guest(), ['clone', 'shop', 'two'], 1);
  expect(error.code).toBe('clone-not-prepared');
  expect(error.suggestions.join('\n')).toContain('bench clone shop two');
  const unit = () => guest().run(['systemctl', 'is-active', 'mariadb@two.service'], { check: false });
  expect((await unit()).stdout.trim()).toBe('inactive');
  const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'two']);
  expect(problems[0]).toMatchObject({ code: 'clone-unfinished', fix: 'bench clone shop two' });

  await guest().run(['rm', '/root/broken']);
  await benchJson(guest(), ['clone', 'shop', 'two']);
  expect((await guest().run(['bench', 'schedule', 'status'])).stdout).not.toContain('two');
  const status = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'two']);
  expect(status.problems).toEqual([]);
  expect(status.clone).toMatchObject({ state: 'ready' });
  expect(await sql(guest(), 'two', 'SELECT v FROM app.settings; SELECT @@event_scheduler')).toBe(
    'off in two\nON',
  );
  expect(await guest().read('/srv/benches/two/muted')).toMatch(
    /^BENCH_DIRECTORY=\/srv\/benches\/two\n(?:.*\n)*frappe\n$/,
  );
  expect(await mailsOf('two')).toBe('0');
});

test('reset brings it back to what it was when it was made', async () => {
  await sql(guest(), 'two', 'DROP TABLE app.orders');
  await guest().sh('rm /srv/benches/two/sites/file*');
  await benchJson(guest(), ['volume', 'snapshot', '-b', 'two', '--tag', 'late']);
  const reset = await benchJson<{ destroyed: string[] }>(guest(), ['clone', 'reset', 'two', '--yes']);
  expect(reset.destroyed).toEqual(['late']);
  expect(await contentOf(guest(), 'two')).toBe(filled);
  expect(await sql(guest(), 'two', 'SELECT v FROM app.settings')).toBe('off in two');
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'two'])).problems).toEqual([]);
});

test('a reset that finds a copy being made of it leaves it as it was', async () => {
  const { stdout: pid } = await guest().sh(
    `bench volume snapshot -b two --tag copied; zfs hold bench:offsite bench-pool/two@copied
    flock --no-fork /var/lib/bench/two/offsite.lock sleep 600 > /dev/null 2>&1 & echo $!; sleep 1`,
  );
  const acts = () =>
    guest().survey(
      'zfs get -H -o value bench:clone bench-pool/two; systemctl show -p Environment --value mariadb@two',
    );
  const before = await acts();
  expect(before).toMatch(/^ready\n/);
  expect((await benchJson<Failure>(guest(), ['clone', 'reset', 'two', '--yes'], 4)).error.code).toBe('busy');
  expect(await acts()).toBe(before);
  expect(before).not.toContain('--event-scheduler=OFF');
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'two'])).problems).toEqual([]);
  await guest().sh(`kill ${pid.trim().split('\n').at(-1)}`);
  const reset = await benchJson<{ destroyed: string[] }>(guest(), ['clone', 'reset', 'two', '--yes']);
  expect(reset.destroyed).toEqual(['copied']);
});

test('a reset that is killed in the middle of its restore is finished by the same command', async () => {
  await sql(guest(), 'two', 'DELETE FROM app.orders');
  const killed = await runBeside(
    ...([
      guest(),
      'zfs',
      KILL_AFTER('zfs', 'unmount'),
      'bench clone reset two --yes > /dev/null 2>&1',
    ] as const),
  );
  expect(killed.exitCode).toBe(137);
  await benchJson(guest(), ['clone', 'reset', 'two', '--yes']);
  expect(await contentOf(guest(), 'two')).toBe(filled);
  expect(await sql(guest(), 'two', 'SELECT v FROM app.settings')).toBe('off in two');
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'two'])).problems).toEqual([]);
});

test('what a clone was before it was made harmless comes back by a reset alone', async () => {
  const { error } = await benchJson<Failure>(
    guest(),
    ['volume', 'restore-snapshot', 'as-cloned', '-b', 'two', '--yes'],
    3,
  );
  expect(error).toMatchObject({ code: 'reset-needed', suggestions: ['bench clone reset two'] });
});

test('a template is cloned, and stays as long as there are clones of it', async () => {
  const before = (await guest().sh('zfs list -H -t all -o name')).stdout;
  const plan = await benchJson<{ steps: { kind: string }[] }>(guest(), [
    ...['template', 'create', 'shop', 'base'],
    '--dry-run',
  ]);
  expect(plan.steps.map(({ kind }) => kind)).toContain('template.clone');
  expect((await guest().sh('zfs list -H -t all -o name')).stdout).toBe(before);
  await benchJson(guest(), ['template', 'create', 'shop', 'base']);
  await sql(guest(), 'shop', "INSERT INTO app.orders VALUES (9001, 'newer')");
  await benchJson(guest(), ['new', 'three', '--template', 'base']);
  expect(await contentOf(guest(), 'three')).toBe(filled);
  // It is no copy that somebody tries something on: that its schedule does not run is told.
  const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'three']);
  expect(problems.map(({ code }) => code)).toEqual(['schedule-differs']);
  await benchJson(guest(), ['init', '-b', 'three']);
  const { templates } = await benchJson<TemplateList>(guest(), ['template', 'list']);
  expect(templates).toMatchObject([{ name: 'base', source: 'shop', whole: true, clones: ['three'] }]);
  const { error } = await benchJson<Failure>(guest(), ['template', 'delete', 'base', '--yes'], 3);
  expect(error.code).toBe('template-in-use');
  expect((await guest().sh('touch /bench-pool/_templates/base/x', { check: false })).stderr).toContain(
    'Read-only',
  );
});

test('a template that was renamed is not destroyed for a new one, and is used when its mark says its name', async () => {
  const rename = (from: string, to: string) =>
    guest().sh(`zfs rename bench-pool/_templates/${from} bench-pool/_templates/${to}`);
  const dry = ['clone', '--template', 'base-2', 'four', '--dry-run'];
  await rename('base', 'base-2');
  const create = await benchJson<Failure>(guest(), ['template', 'create', 'shop', 'base-2'], 3);
  expect(create.error.code).toBe('template-exists');
  expect((await benchJson<Failure>(guest(), dry, 2)).error.code).toBe('template-missing');
  const mark = create.error.suggestions.find((line) => line.includes('zfs set'))?.replace(/^.*: /, '') ?? '';
  await guest().sh(mark);
  await benchJson(guest(), dry);
  const { templates } = await benchJson<TemplateList>(guest(), ['template', 'list']);
  expect(templates).toMatchObject([{ name: 'base-2', whole: true, renamedFrom: null, clones: ['three'] }]);
  await rename('base-2', 'base');
  await guest().sh('zfs set bench:template=base bench-pool/_templates/base');
});

test('a promoted clone depends on nothing, and is never restored to what is its source', async () => {
  await benchJson(guest(), ['clone', 'promote', 'three', '--yes']);
  const { benches } = await benchJson<BenchList>(guest(), ['list']);
  const of = (name: string) => benches.find((bench) => bench.name === name);
  expect(of('three')?.clone).toMatchObject({ independent: true, template: 'base' });
  expect((await guest().sh('zfs get -H -o value origin bench-pool/three')).stdout.trim()).toBe('-');
  const { snapshots } = await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'three']);
  const old = snapshots.at(-1)?.tag ?? '';
  const args = ['volume', 'restore-snapshot', old, '-b', 'three', '--yes'];
  expect((await benchJson<Failure>(guest(), args, 3)).error.code).toBe('snapshot-of-other');
  // The template has its snapshot again.
  await benchJson(guest(), ['clone', '--template', 'base', 'four', '--no-start']);
  expect((await guest().sh('systemctl is-active mariadb@four', { check: false })).stdout.trim()).toBe(
    'inactive',
  );
});

test('after a power cut all of them are there, the newest, too, and the held one held', async () => {
  await benchJson(guest(), ['clone', 'shop', 'five']);
  await rebootFully(guest(), { clean: false });
  for (const name of ['shop', 'try', 'two', 'three', 'five']) {
    const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', name]);
    expect(problems, name).toEqual([]);
  }
  expect(await sql(guest(), 'try', 'SELECT @@event_scheduler')).toBe('OFF');
  expect(await mailsOf('try')).toBe('0');
});

test('released, it runs with its own settings', async () => {
  const setup = await benchJson<Failure>(guest(), ['replicate', 'setup', 'elsewhere', '-b', 'try'], 3);
  expect(setup.error).toMatchObject({
    code: 'clone-held',
    suggestions: ['Where it may act: bench clone release try'],
  });
  await benchJson(guest(), ['clone', 'release', 'try', '--yes']);
  expect(await sql(guest(), 'try', 'SELECT @@event_scheduler')).toBe('ON');
  expect(await benchJson(guest(), ['init', '-b', 'try'])).toMatchObject({ changed: false, steps: [] });
});

test('a source that is dropped takes its units along, which its clones have left alone', async () => {
  await guest().run(['bench', 'drop', 'five', '--yes'], { timeoutMs: 280_000 });
  // Since the promotion it is the source that depends on a clone.
  await guest().run(['bench', 'drop', 'shop', '--yes'], { timeoutMs: 280_000 });
  const left = await guest().survey('systemctl is-active shop-web; ls /etc/systemd/system');
  expect(left).toMatch(/^inactive\n/);
  expect(left).not.toContain('shop-web.service.d');
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'try'])).problems).toEqual([]);
  expect(await contentOf(guest(), 'three')).toBe(filled);
});
