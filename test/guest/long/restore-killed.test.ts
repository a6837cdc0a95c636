import { expect, test } from 'vitest';
import { quote } from '../../../guest/ssh.js';
import type { SnapshotList } from '../../../src/snapshot/snapshot-orchestrator.js';
import type { Status } from '../../../src/status/status.js';
import { benchJson, contentOf, rebootFully, sql } from '../product.js';
import { useGuest } from '../support.js';
import { killWalk } from './restore-walk.js';

const guest = useGuest({ image: 'bench' });

const ROLLBACK = ['volume', 'restore-snapshot', 'good', '-b', 'shop', '--yes'];
const KEEP = ['volume', 'restore-snapshot', 'good', '--keep', '-b', 'shop', '--yes'];
const UNDO = ['volume', 'undo-restore', '-b', 'shop', '--yes'];
const FINISH = {
  rollback: 'bench volume restore-snapshot good -b shop',
  keep: 'bench volume restore-snapshot good --keep -b shop',
  undo: 'bench volume undo-restore -b shop',
};
const LONG = { timeout: 3_600_000 };

/** Rows, files, snapshots and sizes. */
async function stateOf(): Promise<string> {
  const list = await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'shop']);
  const { dataset, mariadb } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  const { quotaBytes, reservationBytes, mounted } = dataset;
  return JSON.stringify([
    await contentOf(guest(), 'shop'),
    list.snapshots.map(({ tag }) => tag),
    { quotaBytes, reservationBytes, mounted, active: mariadb.active },
    await guest().read('/srv/benches/shop/sites/common_site_config.json'),
  ]);
}

let good: string;
let newer: string;

test('a bench with a unit of its own, a snapshot and newer data', async () => {
  await guest().sh(`cat > /etc/systemd/system/shop-web.service <<'UNIT'
[Service]
ExecStart=/bin/sh -c 'exec >> /srv/benches/shop/logs/web.log; while :; do sleep 1; done'
UNIT
    systemctl daemon-reload; sed -i 's/^units = .*/units = ["shop-web.service"]/' /srv/benches/shop/bench.toml`);
  await guest().run(['bench', 'init', '-b', 'shop'], { timeoutMs: 280_000 });
  await guest().sh('systemctl start shop-web; bench volume snapshot -b shop --tag good');
  good = await stateOf();
  await makeNewer();
  newer = await stateOf();
});

async function makeNewer(): Promise<void> {
  await sql(guest(), 'shop', "INSERT INTO app.orders VALUES (9001, 'newer')");
  await guest().sh("cd /srv/benches/shop/sites; rm 'file 2'; bench volume snapshot -b shop --tag newer");
}

test('--keep is killed after each step that it reports', LONG, async () => {
  const steps = await killWalk(guest(), KEEP, { finish: FINISH.keep });
  console.log(`killed after: ${steps.join(', ')}`);
  expect(steps.length).toBeGreaterThan(9);
  expect(await stateOf()).toBe(good);
});

test('and its undo', LONG, async () => {
  const steps = await killWalk(guest(), UNDO, { finish: FINISH.undo });
  console.log(`killed after: ${steps.join(', ')}`);
  expect(steps.length).toBeGreaterThan(9);
  expect(await stateOf()).toBe(newer);
});

test('and a rollback', LONG, async () => {
  await guest().run(['bench', ...UNDO, '--discard']);
  const steps = await killWalk(guest(), ROLLBACK, { finish: FINISH.rollback });
  console.log(`killed after: ${steps.join(', ')}`);
  expect(steps.length).toBeGreaterThan(7);
  expect(await stateOf()).toBe(good);
});

/** Runs a restore and cuts the power after each step that it reports for the first time, until it comes to its end. */
async function powerWalk(args: readonly string[], finish: string): Promise<string[]> {
  const seen: string[] = [];
  for (;;) {
    await guest().write('/root/seen', seen.map((step) => `${step}\n`).join(''));
    // Ends when a step that was not seen yet has been reported, and prints it; with nothing at the end of the run.
    const { stdout } = await guest().sh(
      `bench ${args.map(quote).join(' ')} >/root/out 2>/root/err </dev/null & pid=$!
      while :; do
        alive=1; kill -0 $pid 2>/dev/null || alive=0
        sed -n 's/^ *[0-9.]* s  //p' /root/err | grep -vxFf /root/seen | head -1 > /root/next || true
        [ -s /root/next ] && { cat /root/next; exit 0; }
        [ $alive = 1 ] || { wait $pid; exit 0; }
        sleep 0.02
      done`,
      { timeoutMs: 600_000 },
    );
    const step = stdout.trim();
    if (step === '') return seen;
    seen.push(step);
    await rebootFully(guest(), { clean: false });
    const unfinished = await guest().run(['test', '-e', '/var/lib/bench/shop/restore.json'], {
      check: false,
    });
    if (unfinished.exitCode !== 0) return seen;
    const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
    expect(problems[0], step).toMatchObject({ code: 'restore-unfinished', fix: finish });
    const { stdout: active } = await guest().sh('systemctl is-active mariadb@shop shop-web || true');
    // Cut off before anything was unmounted, it is the untouched bench that comes up.
    if (!/^(?:Maintenance mode|Stop services)/.test(step))
      expect(active.trim().split('\n'), step).toEqual(['inactive', 'inactive']);
  }
}

test.each([
  ['--keep', KEEP, FINISH.keep, () => good],
  ['its undo', UNDO, FINISH.undo, () => newer],
] as const)('power cuts after each step of %s', { timeout: 7_200_000 }, async (_, args, finish, wanted) => {
  if (args === KEEP) await makeNewer();
  const steps = await powerWalk(args, finish);
  console.log(`power cut after: ${steps.join(', ')}`);
  expect(steps.length).toBeGreaterThan(9);
  await guest().sh('systemctl start shop-web');
  expect(await stateOf()).toBe(wanted());
});
