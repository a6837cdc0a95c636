import { beforeAll, expect, test } from 'vitest';
import type { DropReport } from '../../../src/output/drop.js';
import type { SnapshotList } from '../../../src/snapshot/snapshot-orchestrator.js';
import type { Status } from '../../../src/status/status.js';
import type { VolumeList } from '../../../src/volumes/volumes.js';
import { pushKillWalk } from '../kill-walk-support.js';
import { benchJson, contentOf, fillBench, rebootFully } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

/** Some seventy runs; each may take half a minute where the machine is busy. */
const WALK_MS = 3_000_000;

let filled: string;
let before: string;

beforeAll(async () => {
  await pushKillWalk(guest());
  await guest().sh(
    `bench new shop; bench init -b shop; bench volume create uploads 1G; bench volume create models 1G
    bench volume attach uploads -b shop --path sites/uploads`,
    { timeoutMs: 280_000 },
  );
  await fillBench(guest(), 'shop');
  filled = await contentOf(guest(), 'shop');
  before = await survey();
}, 600_000);

/** All that a bench may leave on a host, in ZFS and in systemd, beside what is told of volumes. */
async function survey(): Promise<string> {
  return guest().survey(
    `find /etc /srv /var/lib/bench /var/lib/systemd/timers /bench-pool -xdev ! -name '*.cache' -printf '%y %M %p\\n' | sort
    ls -d /var/lib/mysql* /run/mysqld/*; sort /etc/fstab; zfs list -H -t all -o name,origin,mounted,canmount
    systemctl list-units --all --plain --no-legend --type service,timer,mount 'mariadb@*' 'bench-*' '*walked*' | awk '{print $1, $3}'
    findmnt -rn -t zfs -o TARGET,SOURCE | sort; ls -A / | grep -i bench`,
  );
}

/** A clone that has one of everything: volumes, a private copy, a schedule, a unit of its own, a hold of bench's. */
async function makeBench(name: string): Promise<void> {
  await guest().sh(
    `bench clone shop ${name}
    bench volume attach models -b ${name} --path models --overlay 100M; echo mine > /srv/benches/${name}/models/file
    printf '[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/${name}-web.service
    sed -i 's/^units = \\[\\]/units = ["${name}-web.service"]/' /srv/benches/${name}/bench.toml
    bench config set schedule.snapshot hourly -b ${name}; bench init -b ${name}; systemctl enable --now ${name}-web
    bench volume snapshot --tag one -b ${name}; zfs hold bench:offsite bench-pool/${name}@one; sync`,
    { timeoutMs: 600_000 },
  );
}

/** Runs it killed at every point of its plan; returns where. */
async function walk(name: string, flags: string[], ...command: string[]): Promise<string[]> {
  const { stdout, stderr } = await guest().run(
    ['node', '/root/kill-walk.mjs', name, '--plan', ...flags, '--', ...command],
    { timeoutMs: WALK_MS, check: false },
  );
  const { killed, missed, failed } = JSON.parse(stdout || '{}');
  expect({ missed, failed }, stdout + stderr).toEqual({ missed: [] });
  return killed as string[];
}

/** What outlives the bench by design: its copies of volumes, its unit, and what is known of volumes. */
async function clearWhatStays(name: string): Promise<void> {
  await guest().sh(
    `bench volume delete uploads-${name} --yes; rm /etc/systemd/system/${name}-web.service; systemctl daemon-reload; systemctl reset-failed
    zfs list -H -t snapshot -o name bench-pool/_volumes/uploads bench-pool/_volumes/models | xargs -r -n1 zfs destroy
    zfs destroy bench-pool/_overlays; rmdir /bench-pool/_overlays; rm -f /var/lib/bench/.volumes/*_overlays*`,
    { timeoutMs: 280_000 },
  );
}

test('a drop is finished, though it is killed after every step and before every command', {
  timeout: WALK_MS,
}, async () => {
  await makeBench('walked');
  await guest().sh('bench volume restore-snapshot one --keep -b walked --yes', { timeoutMs: 280_000 });
  const killed = await walk('walked', ['--until', 'There is no bench walked.'], 'drop', 'walked', '--yes');
  for (const point of [
    'after Note that walked is being dropped: /var/lib/bench/walked/drop.json',
    'after Disable mariadb@walked.service (its bench is dropped)',
    'after Remove /etc/systemd/system/mariadb@walked.service.d/50-bench-volume.conf (its bench is dropped)',
    'before zfs release bench:offsite bench-pool/walked@one',
    'after Destroy bench-pool/_walked.kept',
    'before zfs destroy -r bench-pool/walked',
    'after Destroy bench-pool/walked',
    'after Remove what is recorded of walked: /var/lib/bench/walked',
  ])
    expect(killed).toContain(point);
});

test('and nothing of it is left; what it was made of is as it was', async () => {
  const { volumes } = await benchJson<VolumeList>(guest(), ['volume', 'list']);
  expect(volumes.map(({ name, status }) => `${name} ${status}`).sort()).toEqual([
    'models available',
    'shop attached',
    'uploads attached',
    'uploads-walked available',
  ]);
  await clearWhatStays('walked');
  expect(await survey()).toBe(before);
  const { snapshots } = await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'shop']);
  expect(snapshots).toEqual([]);
  const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  // Told of once the bench is no more new, which it is on some machines by now.
  expect(problems.filter(({ code }) => code !== 'snapshot-none')).toEqual([]);
  expect(await contentOf(guest(), 'shop')).toBe(filled);
});

test('a power cut in the middle starts nothing on what is left, and the drop goes on', {
  timeout: WALK_MS,
}, async () => {
  for (const point of [
    'after Unmount bench-pool/cut',
    'after Reload systemd',
    'after Destroy bench-pool/cut',
  ]) {
    await makeBench('cut');
    await guest().sh(
      `rm -f /root/cut.log; NODE_OPTIONS=--import=/root/kill-here.mjs KILL_WALK='${JSON.stringify({ points: { [point]: 1 }, log: '/root/cut.log', others: 0 })}' bench drop cut --yes`,
      { check: false, timeoutMs: 280_000 },
    );
    expect((await guest().read('/root/cut.log')).replace('\0', '')).toBe(point);
    await rebootFully(guest(), { clean: false });
    const { stdout } = await guest().sh('systemctl is-active mariadb@cut cut-web', { check: false });
    expect(stdout.trim().split('\n')).toEqual(['inactive', 'inactive']);
    // The timer's link may not have been on the disk as removed; what it starts takes nothing of what is dropped.
    const timed = await guest().sh(
      '! systemctl cat bench-snapshot-cut || systemctl start bench-snapshot-cut',
      {
        check: false,
      },
    );
    expect(timed.exitCode === 0 ? timed.stdout : '').toBe('');
    expect(await benchJson<DropReport>(guest(), ['drop', 'cut', '--yes'])).toMatchObject({ changed: true });
    await clearWhatStays('cut');
    expect(await survey()).toBe(before);
  }
  expect(await contentOf(guest(), 'shop')).toBe(filled);
});

test('storage is kept, though that is killed after every step and before every command', {
  timeout: WALK_MS,
}, async () => {
  await makeBench('walked');
  await guest().sh('bench volume detach models -b walked --drop', { timeoutMs: 120_000 });
  const killed = await walk(
    'walked',
    ['--until', 'There is no bench walked.'],
    'drop',
    'walked',
    '--yes',
    '--preserve-storage',
  );
  expect(killed).toContain('after Rename bench-pool/walked to bench-pool/_preserved/walked');
  const { volumes } = await benchJson<VolumeList>(guest(), ['volume', 'list']);
  expect(volumes.find(({ role }) => role === 'preserved')).toMatchObject({
    name: 'walked',
    status: 'available',
  });
});

test('and taken up again, though that is killed after every step and before every command', {
  timeout: WALK_MS,
}, async () => {
  await guest().sh('bench new again --port 3330');
  const killed = await walk('again', [], 'init', '-b', 'again', '--from-volume', 'walked', '--yes');
  for (const point of [
    'after Take up bench-pool/_preserved/walked as bench-pool/again',
    'after Make what is in /bench-pool/again the bench again instead of walked: bench.toml and sentinels',
    'after Start mariadb@again.service and wait until it answers',
  ])
    expect(killed).toContain(point);
  expect(await benchJson(guest(), ['init', '-b', 'again'])).toMatchObject({ changed: false, steps: [] });
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'again'])).problems).toEqual([]);
  expect(await contentOf(guest(), 'again')).toBe(filled);
});

test('one whose pool is lost is forgotten, though that is killed after every step and before every command', {
  timeout: WALK_MS,
}, async () => {
  await rebootFully(guest(), { without: ['pool-disk'] });
  const killed = await walk(
    'again',
    ['--until', 'There is no bench again.'],
    'drop',
    'again',
    '--forget',
    '--yes',
  );
  for (const point of [
    'after Note that again is being dropped: /var/lib/bench/again/drop.json',
    'after Reload systemd',
    'after Remove what is recorded of again: /var/lib/bench/again',
  ])
    expect(killed).toContain(point);
  const left = await guest().survey(
    'ls -A /var/lib/bench /srv/benches; grep again /etc/fstab; grep -rl again /etc/systemd',
  );
  expect(left).not.toContain('again\n');
});
