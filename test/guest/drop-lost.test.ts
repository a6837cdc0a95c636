import { expect, test } from 'vitest';
import type { BenchList } from '../../src/bench/bench.js';
import type { DropReport } from '../../src/output/drop.js';
import type { RestoreResult } from '../../src/snapshot/snapshot-orchestrator.js';
import type { Status } from '../../src/status/status.js';
import { benchJson, contentOf, type Failure, rebootFully } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'bench' });

const sh = async (line: string) => (await guest().sh(line, { timeoutMs: 120_000 })).stdout.trim();
const refused = async (args: string, exitCode = 3) =>
  (await benchJson<Failure>(guest(), args.split(' '), exitCode)).error;
const held = () => sh('zfs list -H -t snapshot -o name,userrefs -s creation bench-pool/shop');
let filled: string;

test("a restore ends bench's own holds on what is newer, and names them; somebody's stand in its way", async () => {
  filled = await contentOf(guest(), 'shop');
  await sh(`for tag in a b c; do bench volume snapshot --tag $tag -b shop; done
    zfs hold bench:offsite bench-pool/shop@c; zfs hold mine bench-pool/shop@b; zfs hold bench:offsite bench-pool/shop@a`);
  const before = await held();
  const somebodys = await refused('volume restore-snapshot a -b shop --yes');
  expect(somebodys).toMatchObject({
    code: 'snapshot-held',
    suggestions: ['zfs release mine bench-pool/shop@b'],
  });
  await sh('zfs release mine bench-pool/shop@b');
  // A copy that is on its way keeps what it sends.
  const pid = await sh(
    'flock /var/lib/bench/shop/offsite.lock sleep 600 > /dev/null 2>&1 & echo $!; sleep 1',
  );
  expect((await refused('volume restore-snapshot a -b shop --yes', 4)).code).toBe('busy');
  expect(await held()).toBe(before.replace('@b\t1', '@b\t0'));
  await sh(`pkill -P ${pid}; for i in $(seq 50); do kill -0 ${pid} 2> /dev/null || break; sleep 0.1; done`);
  const { stderr } = await guest().sh('bench volume restore-snapshot a -b shop < /dev/null', {
    check: false,
  });
  expect(stderr).toContain(
    "Ends: bench's own holds, for copies elsewhere, on bench-pool/shop@c (bench:offsite)",
  );
  const restored = await benchJson<RestoreResult>(guest(), [
    ...['volume', 'restore-snapshot', 'a', '-b', 'shop', '--yes'],
  ]);
  expect(restored.notes.join(' ')).toContain('bench-pool/shop@c (bench:offsite)');
  // What the restore goes to is not touched.
  expect(await held()).toBe('bench-pool/shop@a\t1');
  expect(await contentOf(guest(), 'shop')).toBe(filled);
});

test('so do the delete of a volume and the end of what a restore has set aside', async () => {
  await sh(`bench volume create files 64M; zfs snapshot bench-pool/_volumes/files@sent
    zfs hold bench:replicate bench-pool/_volumes/files@sent; bench volume delete files --yes
    bench volume snapshot --tag d -b shop; zfs hold bench:offsite bench-pool/shop@d
    bench volume restore-snapshot a --keep -b shop --yes; bench volume undo-restore --discard -b shop --yes`);
  expect(await sh('zfs list -H -t all -o name -r bench-pool')).toBe(
    'bench-pool\nbench-pool/_volumes\nbench-pool/shop\nbench-pool/shop@a',
  );
});

test('a bench whose pool is gone is not dropped by mistake', async () => {
  const dropped = await benchJson<DropReport>(guest(), ['drop', 'shop', '--dry-run']);
  expect(dropped.notes.join(' ')).toContain('bench-pool/shop@a (bench:offsite). The copies themselves stay');
  expect(await refused('drop shop --forget --yes')).toMatchObject({ code: 'pool-present' });
  await guest().sh(
    'systemctl stop mariadb@shop; umount /srv/benches/shop /var/lib/mysql-shop; zpool export bench-pool',
  );
  expect(await refused('drop shop --forget --yes')).toMatchObject({
    code: 'pool-present',
    suggestions: expect.arrayContaining([expect.stringMatching(/^Bring it back: zpool import \d+$/)]),
  });
  await rebootFully(guest(), { without: ['disk-a'] });
  expect(await refused('drop shop --yes')).toMatchObject({
    code: 'pool-missing',
    suggestions: expect.arrayContaining(['Only if it is lost for good: bench drop shop --forget']),
  });
  await sh('bench new next');
  expect(await refused('init -b next --dry-run')).toMatchObject({
    code: 'pool-missing',
    suggestions: expect.arrayContaining(['Only if it is lost for good: bench drop shop --forget']),
  });
  await sh('rm -r /srv/benches/next');
  expect((await refused('drop shop --forget')).code).toBe('confirmation-needed');
  expect((await refused('drop shop --forget --preserve-storage --yes', 2)).code).toBe('wrong-usage');
});

test('one whose pool is lost for good is forgotten, and nothing of it is left on the host', async () => {
  const forgotten = await benchJson<DropReport>(guest(), ['drop', 'shop', '--forget', '--yes']);
  expect(forgotten).toMatchObject({ changed: true, storage: 'lost', dataset: 'bench-pool/shop' });
  expect(forgotten.notes.join(' ')).toMatch(/sees the pool bench-pool \(\d+\) nowhere/);
  const left = await guest().survey(
    `ls -A /var/lib/bench /srv/benches; ls -d /var/lib/mysql-* 2> /dev/null; grep -c zfs /etc/fstab
    grep -rl shop /etc/systemd /etc/mysql; systemctl --failed --plain --no-legend 'mariadb@*' '*shop*'`,
  );
  expect(left.split('\n').filter((line) => line !== '' && !line.startsWith('.'))).toEqual([
    '/srv/benches:',
    '/var/lib/bench:',
    '0',
  ]);
  expect((await benchJson<BenchList>(guest(), ['list'])).benches).toEqual([]);
  // From now on its name is free for another pool.
  const planned = await sh('bench new next && bench init -b next --dry-run; rm -r /srv/benches/next');
  expect(planned).toContain('zpool create');
});

test('should its pool turn up again, the bench in it is taken up with everything', async () => {
  await rebootFully(guest());
  // As docs/drop.md says.
  await sh(`zpool list bench-pool || zpool import bench-pool
    zfs unmount bench-pool/shop; zfs rename -p bench-pool/shop bench-pool/_preserved/shop`);
  await guest().sh('bench init -b shop --from-volume shop --yes', { timeoutMs: 280_000 });
  expect(await contentOf(guest(), 'shop')).toBe(filled);
  const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  expect(problems).toEqual([]);
});
