import { beforeAll, expect, test } from 'vitest';
import type { CopyResult, CopyStatus } from '../../src/replicate/replicate.js';
import { benchJson, type Failure, sql } from './product.js';
import { makePool, tagsOf, withKey } from './replicate-support.js';
import { setUpOffsite } from './store.js';
import { useGuests } from './support.js';

const guests = useGuests({ a: { image: 'bench' }, b: { image: 'product', disks: [{ size: '20G' }] } });
const COPY = 'bench-pool/_copies/shop';

const run = (exitCode = 0) =>
  benchJson<CopyResult & Failure>(guests().a, ['replicate', 'run', '-b', 'shop'], exitCode);
const status = () => benchJson<CopyStatus>(guests().a, ['replicate', 'status', '-b', 'shop']);

beforeAll(() => makePool(guests().b), 60_000);

test('a host is let in on both sides, after saying what that is, and once', async () => {
  const { a, b } = guests();
  await a.sh('bench volume create files 1G && bench volume attach files -b shop --path sites/files');
  await a.sh('echo one > /srv/benches/shop/sites/files/one');
  await setUpOffsite(a, 'shop');
  await a.sh(
    'bench config set offsite.schedule daily -b shop && bench config set offsite.keep.last 1 -b shop',
  );
  await a.sh('bench init -b shop --yes', { timeoutMs: 120_000 });
  const setup = ['replicate', 'setup', 'b', '-b', 'shop', '--as', 'a'];
  const plan = await benchJson<{ there: string[]; changed?: boolean }>(a, [...setup, '--dry-run']);
  expect(plan.there).toHaveLength(4);
  expect((await b.sh('ls /etc/bench/replicate 2>&1 || true')).stdout).toContain('No such file');
  expect(await benchJson(a, [...setup, '--yes'])).toMatchObject({
    target: 'bench-pool/_copies',
    backProblem: null,
  });
  expect(await benchJson(a, [...setup, '--yes'])).toMatchObject({ steps: [], there: [] });
  expect((await a.sh('bench init -b shop --yes')).stdout).toContain('nothing to do');
});

test('its key is good for the verbs of replication and nothing else', async () => {
  const { a, b } = guests();
  for (const words of ['id', 'bash -c id', 'bench-replicate 1 look ../x', 'scp -t /root']) {
    const { exitCode, stdout } = await withKey(a, 'b', words);
    expect([exitCode, JSON.parse(stdout).error.code]).toEqual([2, 'verb-unknown']);
  }
  expect((await withKey(a, 'b', 'bench-replicate 1 look shop')).exitCode).toBe(0);
  await a.sh(
    'cp /etc/bench/replicate/known_hosts /root/pinned; sed -i "s/AAAA/AAAB/" /etc/bench/replicate/known_hosts',
  );
  expect((await run(3)).error.code).toBe('host-key-changed');
  await a.sh('cp /root/pinned /etc/bench/replicate/known_hosts');
  expect((await b.sh('zfs list -H -o name')).stdout).not.toContain(COPY);
});

test('a copy is whole with its volume, and the next one only what is new', async () => {
  const { a, b } = guests();
  const first = await run();
  expect(first.sent).toEqual([
    { member: 'files', tag: first.tag, full: true, resumed: false },
    { member: '.', tag: first.tag, full: true, resumed: false },
  ]);
  await a.sh('echo two > /srv/benches/shop/sites/files/two');
  await a.sh('zfs snapshot bench-pool/shop@foreign');
  const second = await run();
  expect(second.sent).toEqual([
    { member: 'files', tag: second.tag, full: false, resumed: false },
    { member: '.', tag: second.tag, full: false, resumed: false },
  ]);
  // Only consistent ones travel, and those that were taken for a run that is past are gone on both sides.
  expect(await tagsOf(b, COPY)).toEqual([second.tag]);
  expect(await tagsOf(a, 'bench-pool/shop')).toEqual(['foreign', second.tag]);
  const { stdout } = await b.sh(
    `zfs list -H -o name,readonly,canmount,mounted,bench:copy-of,bench:copy-from,bench:epoch -r bench-pool/_copies | tail -n +2`,
  );
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t').slice(1)),
  ).toEqual([
    ['on', 'noauto', 'no', 'shop', 'a', '1'],
    ['on', 'noauto', 'no', 'shop', 'a', '-'],
  ]);
  expect(await status()).toMatchObject({ copied: { tag: second.tag }, reachable: true, incomplete: false });
});

test('what was cut off is gone on with', async () => {
  const { a, b } = guests();
  await a.sh('head -c 40M /dev/urandom > /srv/benches/shop/sites/blob');
  // The other side ends when there is a part of it.
  const cut = b.spawn(
    "until pid=$(pgrep -f '[z]fs receive .*_copies/shop$'); do sleep 0.1; done; sleep 0.5; kill -9 $pid",
    { timeoutMs: 60_000 },
  );
  const failed = await run(1);
  await cut;
  expect(failed.error.message).toContain('goes on from it');
  const half = await status();
  expect(half).toMatchObject({ last: { outcome: 'failed' } });
  expect(half.lagBytes).toBeGreaterThan(30_000_000);
  const done = await run();
  expect(done.sent.at(-1)?.tag).toBe(done.tag);
  expect((await a.sh('bench check replication -b shop')).stdout).toMatch(/^BENCH OK - shop: copy on b is/);
});

test('a copy that was changed stops it, with what to do, and nothing is rolled back', async () => {
  const { a, b } = guests();
  await b.sh(`zfs snapshot ${COPY}@mine`);
  const before = await tagsOf(a, 'bench-pool/shop');
  const diverged = await run(3);
  expect(await tagsOf(a, 'bench-pool/shop')).toEqual(before);
  expect(diverged.error).toMatchObject({ code: 'copy-diverged' });
  expect(diverged.error.message).toContain('mine');
  expect(await tagsOf(b, COPY)).toContain('mine');
  await b.sh(
    `zfs destroy ${COPY}@mine; zfs set readonly=off ${COPY}; zfs mount ${COPY}; echo x > /${COPY}/x; zfs unmount ${COPY}`,
  );
  const written = await run(3);
  expect(written.error.code).toBe('copy-written');
  const command = written.error.suggestions.find((each) => each.includes('zfs rollback')) ?? '';
  await b.sh(`${command.slice(command.indexOf('zfs '))}; zfs set readonly=on ${COPY}`);
  expect((await run()).sent.length).toBeGreaterThan(0);
});

test.each(['1 day ago', '2 days'])('a clock that is wrong there (%s) changes nothing', async (wrong) => {
  const { a, b } = guests();
  await b.sh(`date -s '${wrong}'`);
  try {
    const { tag } = await run();
    expect((await tagsOf(b, COPY)).at(-1)).toBe(tag);
    const { lagSeconds, copied } = await status();
    expect(copied?.tag).toBe(tag);
    expect(lagSeconds).toBeLessThan(120);
    const preview = ['promote', 'shop', '--stop-source', '--dry-run'];
    expect((await benchJson<{ ageSeconds: number }>(b, preview)).ageSeconds).toBeGreaterThanOrEqual(0);
    expect((await a.sh('systemctl is-active mariadb@shop')).stdout).toBe('active\n');
  } finally {
    await b.sh(`date -s @${Math.round(Date.now() / 1000)}`);
  }
});

test('while the source runs the bench, nothing is taken up', async () => {
  const { b } = guests();
  const refused = await benchJson<Failure>(b, ['promote', 'shop', '--yes'], 3);
  expect(refused.error.code).toBe('source-live');
  expect((await b.sh('zfs list -H -o name')).stdout).toContain(COPY);
});

test('with the source gone the copy is taken up, and the source does not start when it is back', async () => {
  const { a, b } = guests();
  await a.sh('echo late > /srv/benches/shop/sites/late; sync');
  await a.powerCut();
  const before = Date.now();
  const promoted = await benchJson(b, ['promote', 'shop', '--yes']);
  expect(promoted).toMatchObject({ from: 'a', epoch: 2, source: { state: 'unreachable' } });
  expect(await sql(b, 'shop', 'SELECT COUNT(*) FROM app.orders')).toBe('5000');
  console.log(`seconds from promote to a first query: ${Math.round((Date.now() - before) / 1000)}`);
  expect((await b.sh('cat /srv/benches/shop/sites/files/{one,two}')).stdout).toBe('one\ntwo\n');
  expect((await b.sh('bench init -b shop --yes')).stdout).toContain('nothing to do');
  expect((await b.sh('zfs get -H -o value bench:epoch bench-pool/shop')).stdout.trim()).toBe('2');

  await a.powerOn();
  await a.run(['systemctl', 'is-system-running', '--wait'], { check: false, timeoutMs: 280_000 });
  const { stdout } = await a.sh(
    'systemctl is-active mariadb@shop || true; cat /var/lib/bench/shop/superseded.json',
  );
  expect(stdout).toMatch(/^inactive/);
  expect(stdout).toContain('"epoch": 2');
  const status = await benchJson<{ problems: { code: string; fix: string }[] }>(a, [
    'volume',
    'status',
    '-b',
    'shop',
  ]);
  expect(status.problems).toContainEqual(
    expect.objectContaining({ code: 'superseded', fix: 'bench replicate reverse -b shop' }),
  );
  expect((await benchJson<Failure>(a, ['init', '-b', 'shop', '--yes'], 3)).error.code).toBe('superseded');
  expect((await run(3)).error.code).toBe('superseded');
  // Nothing listens where its copies go: the store is not even asked.
  for (const args of [
    ['push', '--prune'],
    ['push', '--dry-run'],
    ['prune', '--yes'],
  ])
    expect((await benchJson<Failure>(a, ['offsite', ...args, '-b', 'shop'], 3)).error.code).toBe(
      'superseded',
    );
});

test('it follows the other one, and goes on where turning round was cut off', async () => {
  const { a, b } = guests();
  const timers = () => a.sh("systemctl list-timers --no-legend --plain 'bench-*-shop.timer'");
  const reverse = ['replicate', 'reverse', '-b', 'shop', '--yes'];
  expect((await timers()).stdout).toContain('bench-offsite-shop.timer');
  for (const verb of ['promote', 'rename']) {
    const program = `#!/bin/sh\\n[ "$1" = ${verb} ] && exit 1\\nexec %s "$@"\\n`;
    await a.sh(
      `real=$(command -v zfs); printf '${program}' "$real" > /usr/local/sbin/zfs; chmod +x /usr/local/sbin/zfs`,
    );
    await benchJson(a, reverse, 1);
    await a.sh('rm /usr/local/sbin/zfs');
  }
  expect(await benchJson(a, reverse)).toMatchObject({ by: 'b', epoch: 2, anew: [] });
  // What a bench does by itself is done where it runs.
  expect((await timers()).stdout).toBe('');
  expect((await a.sh('systemctl is-enabled bench-offsite-shop.timer || true')).stdout).toBe('disabled\n');
  const { sent } = await benchJson<CopyResult>(b, ['replicate', 'run', '-b', 'shop']);
  expect(sent.length).toBeGreaterThan(0);
  expect(sent.every(({ full }) => !full)).toBe(true);
  expect((await a.sh('zfs list -H -o name -r bench-pool/_preserved')).stdout).toContain('_preserved/shop-');
});
