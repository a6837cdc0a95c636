import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { builtDeb } from '../../../guest/start.js';
import type { Status } from '../../../src/status/status.js';
import { benchJson, contentOf, fillBench, rebootFully, sql } from '../product.js';
import { useGuest } from '../support.js';

/** A host of the first release, as it was built from this repository's commit of then. */
const FIRST = 'e8e41bba790044b44da2770fe882f8d94bc465f7';
const root = fileURLToPath(new URL('../../../', import.meta.url));
const guest = useGuest({ image: 'base', disks: [{ size: '20G', serial: 'disk-a' }] });

/** Built once, from the repository's own history; it needs the registry of npm. */
function firstDeb(): string {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'bench-guest');
  const deb = join(cache, `bench_0.1.0_${FIRST.slice(0, 12)}.deb`);
  if (existsSync(deb)) return deb;
  const checkout = mkdtempSync(join(tmpdir(), 'bench-first-'));
  try {
    const run = (script: string) => execFileSync('sh', ['-ec', script], { cwd: checkout, stdio: 'inherit' });
    run(
      `git -C '${root}' archive ${FIRST} | tar -x; npm ci --no-audit --no-fund --loglevel=error; npm run build`,
    );
    mkdirSync(cache, { recursive: true });
    run(`cp build/bench_0.1.0_all.deb '${deb}.new'`);
    renameSync(`${deb}.new`, deb);
    return deb;
  } finally {
    rmSync(checkout, { recursive: true });
  }
}

/** What a server was started as, and since when it runs. */
const running = async () =>
  (
    await guest().sh(
      'systemctl show -P MainPID -P ExecMainStartTimestampMonotonic mariadb@shop.service; zpool get -H -o value guid bench-pool; zfs get -H -o value guid bench-pool/shop',
    )
  ).stdout;
const installed = async () =>
  (await guest().sh(`dpkg-query -W -f '\${db:Status-Abbrev}\${Version}' bench`)).stdout;

let content: string;
let before: string;

beforeAll(async () => {
  await guest().push(firstDeb(), '/root/first.deb');
  await guest().push((await builtDeb()) ?? '', '/root/bench.deb');
  await guest().sh(
    `apt-get install -y /root/first.deb
     bench new shop; bench init -b shop --yes
     bench volume snapshot -b shop --tag monday`,
    { timeoutMs: 400_000 },
  );
  await fillBench(guest(), 'shop');
  await guest().sh('bench volume snapshot -b shop --tag tuesday');
  content = await contentOf(guest(), 'shop');
  before = await running();
});

test('apt puts the new one in its place, and everything runs on', async () => {
  await guest().sh('apt-get install -y /root/bench.deb', { timeoutMs: 120_000 });
  expect((await guest().sh('bench --version')).stdout).not.toContain('/0.1.0');
  expect(await running()).toBe(before);
});

test('init takes the bench over without a restart, and a second one changes nothing', async () => {
  const first = await guest().sh('bench init -b shop --yes 2>&1', { timeoutMs: 280_000 });
  console.log(first.stdout);
  expect(await running()).toBe(before);
  expect(await contentOf(guest(), 'shop')).toBe(content);
  expect(await benchJson(guest(), ['init', '-b', 'shop', '--yes'])).toMatchObject({ changed: false });
  const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  // New settings of MariaDB are in force with its next start, which is the operator's to choose.
  expect(problems.filter(({ code }) => code !== 'mariadb-settings-old')).toEqual([]);
});

test('its snapshots are what they were: one is proven, one comes back', async () => {
  const { snapshots } = await benchJson<{ snapshots: { tag: string }[] }>(guest(), [
    ...['volume', 'list-snapshots', '-b', 'shop'],
  ]);
  expect(snapshots.map(({ tag }) => tag)).toEqual(expect.arrayContaining(['monday', 'tuesday']));
  expect(await benchJson(guest(), ['volume', 'verify', 'tuesday', '-b', 'shop'])).toMatchObject({
    verified: [{ tag: 'tuesday', verdict: 'ok' }],
  });
  await sql(guest(), 'shop', 'DROP TABLE app.orders');
  await benchJson(guest(), ['volume', 'restore-snapshot', 'tuesday', '-b', 'shop', '--keep', '--yes']);
  expect(await contentOf(guest(), 'shop')).toBe(content);
  await benchJson(guest(), ['volume', 'undo-restore', '--discard', '-b', 'shop', '--yes']);
});

test('it comes up at boot, and there is nothing to say of it', async () => {
  await rebootFully(guest());
  expect(await contentOf(guest(), 'shop')).toBe(content);
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
});

test('the old one is not put back, and the words say why and how', async () => {
  const now = await installed();
  const { exitCode, stdout, stderr } = await guest().sh(
    'apt-get install -y --allow-downgrades /root/first.deb 2>&1',
    { check: false, timeoutMs: 120_000 },
  );
  expect(exitCode).not.toBe(0);
  expect(stdout + stderr).toContain('bench 0.1.0 does not know what this version has written');
  expect(await installed()).toBe(now);
  expect((await guest().sh('bench --version')).stdout).not.toContain('/0.1.0');
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
  await guest().sh('apt-get check && dpkg --audit');
});
