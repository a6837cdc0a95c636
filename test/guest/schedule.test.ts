import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { PruneResult, RunResult, ScheduleList } from '../../src/schedule/schedule.js';
import type { PinResult, SnapshotList, SnapshotResult } from '../../src/snapshot/snapshot-orchestrator.js';
import type { Status } from '../../src/status/status.js';
import { runBeside } from './beside.js';
import { ownClock, runsAt, setClock } from './clock.js';
import { benchJson, type Failure, rebootFully, sql } from './product.js';
import { openSession } from './sessions.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'bench' });

const DATASET = 'bench-pool/shop';
const TIMER = 'bench-snapshot-shop.timer';
const SERVICE = 'bench-snapshot-shop.service';

interface Steps {
  steps: { kind: string }[];
}
const init = async (...flags: string[]) =>
  (await benchJson<Steps>(guest(), ['init', '-b', 'shop', ...flags])).steps.map(({ kind }) => kind);
const set = (key: string, value: string) =>
  guest().run(['bench', 'config', 'set', `schedule.${key}`, value, '-b', 'shop']);
const schedule = async () =>
  (await benchJson<ScheduleList>(guest(), ['schedule', 'status', '-b', 'shop'])).schedules[0];
const problems = async () =>
  (await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems
    .map(({ code }) => code)
    // The pool is months old by then.
    .filter((code) => code !== 'scrub-due');
const tags = async () =>
  (await guest().sh(`zfs list -H -t snapshot -s createtxg -o name ${DATASET}`)).stdout
    .trim()
    .split('\n')
    .map((name) => name.slice(DATASET.length + 1));
const days = async () => (await tags()).map((tag) => tag.slice(0, 8));
const shown = async (unit: string, property: string) =>
  (await guest().run(['systemctl', 'show', '-p', property, '--value', unit])).stdout.trim();
/** At four in the morning, and as much later as the timer's delay may be. */
const night = (day: string) => `2027-${day} 04:06`;

test('bench init makes the timer; run again, it finds nothing to do', async () => {
  expect((await benchJson<Failure>(guest(), ['schedule', 'run', '-b', 'shop'], 2)).error.code).toBe(
    'schedule-missing',
  );
  await set('snapshot', '0 5 * * *');
  expect(await init('--yes')).toContain('timer.start');
  expect(await init('--yes')).toEqual([]);
  expect(await problems()).toEqual([]);
  expect([await shown(TIMER, 'ActiveState'), await shown(TIMER, 'UnitFileState')]).toEqual([
    'active',
    'enabled',
  ]);
  await guest().run(['systemd-analyze', 'verify', `/etc/systemd/system/${TIMER}`]);
});

test('root must run it, and has little besides: systemd rates its exposure', async () => {
  const { stdout } = await guest().run(['systemd-analyze', 'security', '--no-pager', SERVICE]);
  const exposure = /Overall exposure level for .*: ([\d.]+)/.exec(stdout)?.[1];
  expect(Number(exposure)).toBeLessThanOrEqual(4);
});

test('the timer follows bench.toml; what systemd does not understand is refused, and nothing changed', async () => {
  await set('snapshot', '*-02-31 04:00');
  const refused = await benchJson<Failure>(guest(), ['init', '-b', 'shop', '--yes'], 2);
  expect(refused.error).toMatchObject({ code: 'schedule-invalid' });
  expect(refused.error.message).toContain('never again');
  expect(await problems()).toEqual(['schedule-differs']);
  await set('snapshot', '*-*-* 04:00');
  expect(await init('--yes')).toEqual(['file.write', 'systemd.reload']);
  expect(await shown(TIMER, 'NextElapseUSecRealtime')).toMatch(/ 04:0\d:\d\d UTC$/);
  expect(await init('--yes')).toEqual([]);
});

test('what somebody has stopped or removed comes back', async () => {
  await guest().sh(`systemctl disable --now ${TIMER}; rm /etc/systemd/system/${SERVICE}`);
  expect(await problems()).toContain('schedule-differs');
  expect(await init('--yes')).toEqual(['file.write', 'unit.enable', 'systemd.reload', 'timer.start']);
  expect(await problems()).toEqual([]);
});

test('the clock jumps through forty days: the rules are followed each time', async () => {
  await ownClock(guest());
  await guest().sh(`cd /srv/benches/shop; printf '%s\\n' '[schedule]' 'snapshot = "*-*-* 04:00"' \\
    'keep = { last = 1, daily = 4, weekly = 3, monthly = 2 }' > /root/schedule
    sed -i -e '/^\\[schedule\\]/,/^\\[maintenance\\]/{/^\\[maintenance\\]/!d}' bench.toml; cat /root/schedule >> bench.toml`);
  expect(await init('--yes')).toEqual([]);
  await setClock(guest(), '2027-01-17 12:00');
  await runsAt(guest(), 'shop', [night('01-18'), night('01-20'), night('01-24'), night('01-25')]);
  expect(await days()).toEqual(['20270118', '20270120', '20270124', '20270125']);
  const pin = await benchJson<PinResult>(guest(), ['volume', 'pin', (await tags())[1] ?? '', '-b', 'shop']);
  expect(pin).toMatchObject({ pinned: true, changed: true });
  await runsAt(guest(), 'shop', [night('01-31'), night('02-01'), night('02-03')]);
  await guest().sh(`zfs hold audit ${DATASET}@${(await tags()).at(-1)}`);
  await runsAt(guest(), 'shop', [night('02-07'), night('02-09')]);
  await setClock(guest(), '2027-02-09 12:00');
  await guest().run(['bench', 'volume', 'snapshot', '--tag', 'by-hand', '-b', 'shop']);
  await runsAt(guest(), 'shop', [night('02-14'), night('02-16'), night('02-17')]);
  // Of days 17, 16, 14, 9; of weeks 7 and 6 and, on its Sunday, 5; of February and January. 3 is held, 20 pinned.
  expect(await days()).toEqual([
    '20270120',
    '20270131',
    '20270203',
    '20270207',
    '20270209',
    'by-hand',
    '20270214',
    '20270216',
    '20270217',
  ]);
});

test('a night that was missed is made up for once after the boot', async () => {
  // It waits as long as the timer's delay, so that not everything begins with the boot: here, that is short.
  const dropIn = `/etc/systemd/system/${TIMER}.d`;
  await guest().sh(`mkdir ${dropIn}; printf '[Timer]\\nRandomizedDelaySec=1\\n' > ${dropIn}/test.conf
    echo '2027-02-18 09:00' > /root/clock`);
  await rebootFully(guest());
  await guest().sh(`until compgen -G '/bench-pool/shop/.zfs/snapshot/20270218-*'; do sleep 0.5; done
    until [ "$(systemctl show -p ActiveState --value ${SERVICE})" = inactive ]; do sleep 0.5; done
    rm -r /root/clock ${dropIn}; systemctl daemon-reload`);
  expect((await days()).filter((day) => day === '20270218')).toHaveLength(1);
  expect(await schedule()).toMatchObject({
    last: { outcome: 'done' },
    nextAt: expect.stringContaining('2027-02-19T04:'),
  });
  expect(await problems()).toEqual([]);
});

test('the example of the documentation for whoever is to be told', async () => {
  const page = await readFile(new URL('../../docs/schedule.md', import.meta.url), 'utf8');
  const units = [...page.matchAll(/```ini\n# (\S+)\n(.*?)```/gs)];
  expect(units).toHaveLength(2);
  for (const [, path = '', text = ''] of units) await guest().write(path, text);
  await guest().write('/usr/local/bin/mail', '#!/bin/sh\n{ echo "$@"; cat; } >> /root/mails\n');
  await guest().sh('chmod +x /usr/local/bin/mail; systemctl daemon-reload');
  expect(await problems()).toEqual([]);
});

/** What has failed took no snapshot and destroyed none, and is told; the next run is as if nothing had been. */
async function expectFailed(before: readonly string[], code: string, message: RegExp): Promise<void> {
  expect(await tags()).toEqual(before);
  expect(await shown(SERVICE, 'ActiveState')).toBe('failed');
  const found = await schedule();
  expect(found?.last).toMatchObject({ outcome: 'failed', snapshot: null, pruned: null, error: { code } });
  expect(found?.last?.error?.message).toMatch(message);
  expect(await problems()).toContain('schedule-failed');
}

test('a full quota: nothing is pruned, the unit has failed, and status says so', async () => {
  const before = await tags();
  await guest().sh(`used=$(zfs get -Hpo value used ${DATASET}); zfs set reservation=none ${DATASET}
    zfs set quota=$((used / 1048576 + 8))M ${DATASET}
    dd if=/dev/urandom of=/srv/benches/shop/sites/filler bs=1M count=100 || true; sync; zpool sync`);
  await runsAt(guest(), 'shop', [night('02-19')]);
  await expectFailed(before, 'mariadb-statement-failed', /Can't create/);
  const mails = await guest().sh('until [ -s /root/mails ]; do sleep 0.5; done; cat /root/mails');
  expect(mails.stdout).toMatch(/^-s bench-snapshot-shop\.service failed on \S+ root\n/);
  expect(mails.stdout).toContain('No snapshot was taken.');
  await guest().sh(`zfs set quota=18G reservation=2G ${DATASET}; rm /srv/benches/shop/sites/filler`);
});

test('the lock is not had: the same', async () => {
  const before = await tags();
  await guest().run(['bench', 'config', 'set', 'snapshot.lock_timeout', '3s', '-b', 'shop']);
  await sql(
    guest(),
    'shop',
    'CREATE DATABASE IF NOT EXISTS app; CREATE TABLE IF NOT EXISTS app.orders (id INT)',
  );
  const idle = await openSession(guest(), { done: 'LOCK TABLES app.orders WRITE' });
  await runsAt(guest(), 'shop', [night('02-20')]);
  await expectFailed(before, 'lock-timeout', /LOCK TABLES|holds locks/);
  await idle.end();
});

test('MariaDB is down: the same; by hand, once it is mended, all is forgotten', async () => {
  const before = await tags();
  await guest().sh('systemctl kill -s KILL mariadb@shop; systemctl mask --runtime mariadb@shop; sleep 1');
  const run = await benchJson<Failure>(guest(), ['schedule', 'run', '-b', 'shop'], 1);
  expect(run.error.code).toMatch(/^mariadb-/);
  expect(await tags()).toEqual(before);
  await guest().sh(
    'systemctl unmask --runtime mariadb@shop; systemctl reset-failed; systemctl start mariadb@shop',
    {
      timeoutMs: 280_000,
    },
  );
  expect(await problems()).toContain('schedule-failed');
  await setClock(guest(), '2027-02-20 10:00');
  const result = await benchJson<RunResult>(guest(), ['schedule', 'run', '-b', 'shop']);
  expect(result.snapshot.tag).toMatch(/^20270220-10/);
  expect(await problems()).toEqual([]);
});

test('after forty days there is exactly what the rules keep', async () => {
  await runsAt(guest(), 'shop', [night('02-22'), night('02-24'), night('02-26'), night('02-27')]);
  const wanted = [
    '20270120', // pinned
    '20270131', // of January
    '20270203', // held
    'by-hand',
    '20270214', // of week 6
    '20270220', // of week 7
    '20270222', // of the last four days there are
    '20270224',
    '20270226',
    '20270227', // the same, of week 8 and of February
  ];
  expect(await days()).toEqual(wanted);
  const dry = await benchJson<PruneResult>(guest(), ['volume', 'prune', '-b', 'shop', '--dry-run']);
  expect(dry).toMatchObject({ pruned: [], fromTheFuture: [] });
  expect(dry.snapshots.map(({ tag, keptBy }) => `${tag.slice(0, 8)}: ${keptBy.join(' ')}`).reverse()).toEqual(
    [
      '20270120: pinned',
      '20270131: monthly',
      '20270203: held',
      'by-hand: not-scheduled',
      '20270214: weekly',
      '20270220: weekly',
      '20270222: daily',
      '20270224: daily',
      '20270226: daily',
      '20270227: last daily weekly monthly newest',
    ],
  );
});

test('fewer rules: prune shows it, asks, and destroys them by one process', async () => {
  await guest().sh("sed -i 's/^keep = .*/keep = { last = 2 }/' /srv/benches/shop/bench.toml");
  const args = ['volume', 'prune', '-b', 'shop'];
  const dry = await benchJson<PruneResult>(guest(), [...args, '--dry-run']);
  expect(dry.pruned.map((tag) => tag.slice(0, 8))).toEqual([
    '20270224',
    '20270222',
    '20270220',
    '20270214',
    '20270131',
  ]);
  expect((await benchJson<Failure>(guest(), args, 3)).error.code).toBe('confirmation-needed');
  const { stderr } = await guest().sh(`BENCH_DEBUG=1 bench ${args.join(' ')} --yes`);
  expect(stderr.match(/zfs destroy bench-pool/g)).toHaveLength(1);
  expect(await days()).toEqual(['20270120', '20270203', 'by-hand', '20270226', '20270227']);
});

test('a pinned snapshot is destroyed by nobody', async () => {
  const pinned = (await tags())[0] ?? '';
  const destroy = ['volume', 'destroy-snapshot', pinned, '-b', 'shop', '--yes'];
  expect((await benchJson<Failure>(guest(), destroy, 3)).error.code).toBe('snapshot-pinned');
  await guest().run(['bench', 'volume', 'unpin', pinned, '-b', 'shop']);
  const list = await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'shop']);
  expect(list.snapshots.at(-1)).toMatchObject({ tag: pinned, scheduled: true, pinned: false });
  await benchJson(guest(), destroy);
});

test('what was taken along of a data volume goes with the snapshot of its bench', async () => {
  await guest().sh(`bench volume create files 1G; bench volume attach files -b shop --path files`, {
    timeoutMs: 280_000,
  });
  const volume = 'bench-pool/_volumes/files';
  const along = async () =>
    (await guest().sh(`zfs list -H -t snapshot -s createtxg -o name ${volume}`)).stdout.trim().split('\n');
  for (const at of ['2027-02-27 10:00', '2027-02-27 11:00', '2027-02-27 12:00']) {
    await setClock(guest(), at);
    await benchJson<RunResult>(guest(), ['schedule', 'run', '-b', 'shop']);
  }
  // Two stay: of the bench, and of what it writes.
  expect((await along()).map((name) => name.replace(/^.*@(\d{8}-\d\d).*/, '$1'))).toEqual([
    '20270227-11',
    '20270227-12',
  ]);
  // Held, that of the volume keeps that of the bench.
  const [older = ''] = await along();
  await guest().run(['zfs', 'hold', 'audit', older]);
  await setClock(guest(), '2027-02-27 13:00');
  await benchJson<RunResult>(guest(), ['schedule', 'run', '-b', 'shop']);
  const dry = await benchJson<PruneResult>(guest(), ['volume', 'prune', '-b', 'shop', '--dry-run']);
  expect(dry.snapshots.find(({ tag }) => older.endsWith(`@${tag}`))?.keptBy).toEqual(['needed']);
  await guest().run(['zfs', 'release', 'audit', older]);
  expect((await benchJson<PruneResult>(guest(), ['volume', 'prune', '-b', 'shop', '--yes'])).volumes).toEqual(
    [{ dataset: volume, tags: [older.split('@')[1]] }],
  );
  await guest().sh('bench volume detach files -b shop');
});

test('killed in the middle: status says so, and the next run goes on', async () => {
  const kill = `[ "$1" = snapshot ] && { kill -9 $PPID; exit 1; }; exec /usr/sbin/zfs "$@"`;
  expect((await runBeside(guest(), 'zfs', kill, 'bench schedule run -b shop')).exitCode).toBe(137);
  expect((await schedule())?.last).toMatchObject({ outcome: 'killed', snapshot: null });
  expect(await problems()).toContain('schedule-failed');
  await setClock(guest(), '2027-02-27 14:00');
  await benchJson<RunResult>(guest(), ['schedule', 'run', '-b', 'shop']);
  expect(await problems()).toEqual([]);
});

test('a clock that was set back: snapshots are taken, and nothing is pruned', async () => {
  await guest().sh("sed -i 's/^keep = .*/keep = { last = 1 }/' /srv/benches/shop/bench.toml");
  const before = await tags();
  await setClock(guest(), '2027-02-10 12:00');
  const back = await benchJson<RunResult>(guest(), ['schedule', 'run', '-b', 'shop']);
  expect(back.prune).toMatchObject({ pruned: [], fromTheFuture: before.slice(-2).reverse() });
  expect(await tags()).toEqual([...before, back.snapshot.tag]);
  expect(await problems()).toContain('clock-behind');
  // systemd goes on from the time that it is now; once the clock is right nothing is from the future.
  await runsAt(guest(), 'shop', ['2027-02-28 12:00']);
  expect(await problems()).toEqual([]);
  expect(await days()).toEqual(['20270203', 'by-hand', '20270228']);
});

test("a snapshot that somebody has marked, or renamed, is not the schedule's", async () => {
  const result = await benchJson<SnapshotResult>(guest(), [
    'volume',
    'snapshot',
    '--tag',
    'mine',
    '-b',
    'shop',
  ]);
  await guest().sh(`zfs rename ${DATASET}@${(await tags()).at(-2)} ${DATASET}@renamed
    zfs set bench:schedule=other ${DATASET}`);
  const dry = await benchJson<PruneResult>(guest(), ['volume', 'prune', '-b', 'shop', '--dry-run']);
  const reasons = new Map(dry.snapshots.map(({ tag, keptBy }) => [tag, keptBy]));
  expect(reasons.get(result.tag)).toContain('not-scheduled');
  expect(reasons.get('by-hand')).toContain('not-scheduled');
  expect(reasons.get('renamed')).toContain('not-scheduled');
  await guest().run(['zfs', 'inherit', 'bench:schedule', DATASET]);
});

test('without a schedule the timer goes, whatever a kill has left of it', async () => {
  await guest().sh("sed -i '/^\\[schedule\\]/,$d' /srv/benches/shop/bench.toml");
  expect(await problems()).toContain('schedule-left');
  await guest().sh(`systemctl disable --now ${TIMER}; rm /etc/systemd/system/${TIMER}`);
  expect(await init('--yes')).toEqual(['file.remove', 'file.remove', 'systemd.reload']);
  expect(await init('--yes')).toEqual([]);
  expect(await schedule()).toBeUndefined();
  expect(await shown(TIMER, 'LoadState')).toBe('not-found');
});
