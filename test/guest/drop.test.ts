import { expect, test } from 'vitest';
import type { BenchList } from '../../src/bench/bench.js';
import type { Swept } from '../../src/clone/clone.js';
import type { DropReport } from '../../src/output/drop.js';
import type { SnapshotList } from '../../src/snapshot/snapshot-orchestrator.js';
import type { Status } from '../../src/status/status.js';
import type { VolumeList } from '../../src/volumes/volumes.js';
import { benchJson, contentOf, type Failure, rebootFully } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'bench' });

/** All that a bench may leave on a host, in ZFS and in systemd. */
async function survey(): Promise<string> {
  return guest().survey(
    `find /etc /srv /var/lib/bench /var/lib/systemd/timers /bench-pool -xdev ! -name '*.cache' -printf '%y %M %p\\n' | grep -v ' /bench-pool/_' | sort
    ls -d /var/lib/mysql* /run/mysqld/*; cat /etc/fstab; zfs list -H -t all -o name,origin
    systemctl list-units --all --plain --no-legend --type service,timer,mount 'mariadb@*' 'bench-*' '*shop*' '*try*' | awk '{print $1, $3}'
    findmnt -rn -t zfs -o TARGET,SOURCE`,
  );
}

const drop = (name: string, ...flags: string[]) =>
  benchJson<DropReport>(guest(), ['drop', name, '--yes', ...flags]);
const refused = async (args: string[], exitCode = 3) =>
  (await benchJson<Failure>(guest(), args, exitCode)).error;
const problems = async (name: string) =>
  (await benchJson<Status>(guest(), ['volume', 'status', '-b', name])).problems;
const volumeOf = async (name: string) => {
  const { volumes } = await benchJson<VolumeList>(guest(), ['volume', 'list']);
  return volumes.find((volume) => volume.name === name);
};

let filled: string;
let before: string;

test('names that are none, a bench that is not there, and nobody to ask', async () => {
  filled = await contentOf(guest(), 'shop');
  before = await survey();
  for (const name of ['../shop', 'sh op', ''])
    expect((await refused(['drop', name, '--yes'], 2)).code, name).toMatch(
      /^(bench-name-invalid|wrong-usage)$/,
    );
  expect((await refused(['drop', 'shpo', '--yes'], 2)).code).toBe('bench-not-found');
  expect((await refused(['drop', 'shop'])).code).toBe('confirmation-needed');
  const plan = await benchJson<DropReport>(guest(), ['drop', 'shop', '--dry-run']);
  expect(plan).toMatchObject({ dryRun: true, storage: 'destroyed', dataset: 'bench-pool/shop' });
  expect(await survey()).toBe(before);
});

test('nothing that has clones can be taken away: bench, snapshot, volume, template', async () => {
  await guest().sh(
    `bench volume create files 1G; bench volume create copy --from files
    bench clone shop try --expires 8h; bench template create shop base; bench clone --template base three --no-start`,
    { timeoutMs: 280_000 },
  );
  const bench = await refused(['drop', 'shop', '--yes']);
  expect(bench.code).toBe('bench-cloned');
  expect(bench.message).toContain('the bench try');
  expect(bench.message).toContain('the template base');
  expect(bench.suggestions.join('\n')).toContain('bench clone promote try');
  expect((await refused(['drop', 'shop', '--yes', '--preserve-storage'])).code).toBe('bench-cloned');
  const { snapshots } = await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'shop']);
  const cloned = snapshots.find(({ cloneEnds }) => cloneEnds.length > 0);
  expect(cloned).toMatchObject({ clones: ['bench-pool/try'], cloneEnds: [{ clone: 'bench-pool/try' }] });
  const destroy = ['volume', 'destroy-snapshot', cloned?.tag ?? '', '-b', 'shop', '--yes'];
  expect((await refused(destroy)).code).toBe('snapshot-cloned');
  expect((await refused(['volume', 'delete', 'files', '--yes'])).code).toBe('volume-cloned');
  expect((await refused(['template', 'delete', 'base', '--yes'])).code).toBe('template-in-use');
  expect((await guest().sh('bench list; bench volume list-snapshots -b shop')).stdout).toMatch(
    /ends 20\d\d-\d\d-\d\d \d\d:\d\d\n(?:.*\n)*.*try \(ends 20/,
  );
  expect(await contentOf(guest(), 'shop')).toBe(filled);
});

test('a clone that somebody uses or wants stays when its time is over, and goes by itself then', async () => {
  const expire = (name: string) => guest().sh(`zfs set bench:expires=20200101T000000Z bench-pool/${name}`);
  const sweep = () => benchJson<Swept>(guest(), ['clone', 'sweep']);
  expect((await refused(['clone', 'extend', 'three', '4h'])).code).toBe('clone-has-no-end');
  expect((await refused(['clone', 'extend', 'try', '4 h'], 2)).code).toBe('lifetime-invalid');
  await guest().sh(
    'systemctl disable --now bench-clones.timer; rm /etc/systemd/system/bench-clones.*; systemctl daemon-reload',
  );
  const extended = await benchJson<{ clone: { expiresAt: string } }>(guest(), [
    'clone',
    'extend',
    'try',
    '4h',
  ]);
  const hours = (Date.parse(extended.clone.expiresAt) - Date.now()) / 3_600_000;
  expect(hours).toBeGreaterThan(11);
  const { stdout: timer } = await guest().sh('systemctl is-active bench-clones.timer');
  expect(timer.trim()).toBe('active');
  expect(await sweep()).toEqual({ dropped: [], kept: [] });

  await benchJson(guest(), ['clone', 'protect', 'try']);
  await expire('try');
  expect(await sweep()).toEqual({ dropped: [], kept: [] });
  await benchJson(guest(), ['clone', 'unprotect', 'try']);
  const { stdout: pid } = await guest().sh(
    `mariadb --socket=/run/mysqld/mysqld-try.sock -e 'SELECT SLEEP(600)' > /dev/null 2>&1 & echo $!; sleep 2`,
  );
  expect((await sweep()).kept).toMatchObject([
    { bench: 'try', reason: expect.stringContaining('Somebody is connected') },
  ]);
  // A mistake in its bench.toml makes it no less used.
  await guest().sh(
    'cd /srv/benches/try; cp -p bench.toml /root/try.toml; echo "no = toml = 1" >> bench.toml',
  );
  expect((await sweep()).kept).toMatchObject([
    { bench: 'try', reason: expect.stringContaining('Somebody is connected') },
  ]);
  await guest().sh('cp -p /root/try.toml /srv/benches/try/bench.toml');
  // The server sees a while later that nobody is there any more.
  await guest().sh(`kill ${pid.trim()}
    until mariadb --socket=/run/mysqld/mysqld-try.sock -Ne 'SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO = "SELECT SLEEP(600)"' | grep -qx 0
    do sleep 0.2; done`);
  expect(await benchJson(guest(), ['clone', 'sweep', '--dry-run'])).toEqual({
    dropped: ['try'],
    kept: [],
    dryRun: true,
  });
  await guest().sh('systemctl start bench-clones.service', {
    timeoutMs: 120_000,
  });
  const { benches } = await benchJson<BenchList>(guest(), ['list']);
  expect(benches.map(({ name }) => name)).toEqual(['shop', 'three']);
  // With the last one that has an end the timer has gone.
  expect((await guest().sh('ls /etc/systemd/system')).stdout).not.toContain('bench-clones');
});

test('dropped clones and templates leave the host as it was', async () => {
  const dropped = await drop('three');
  expect(dropped).toMatchObject({ changed: true, storage: 'destroyed', dataset: 'bench-pool/three' });
  await guest().sh(
    `bench template delete base --yes; bench volume delete copy --yes; bench volume delete files --yes
    zfs destroy bench-pool/_volumes; zfs destroy bench-pool/_templates; rm -rf /var/lib/bench/.volumes`,
    { timeoutMs: 120_000 },
  );
  expect(await survey()).toBe(before);
  expect(await contentOf(guest(), 'shop')).toBe(filled);
});

test('holds, processes, and work that is not at its end stand in the way', async () => {
  await guest().sh('bench volume snapshot --tag held -b shop; zfs hold mine bench-pool/shop@held');
  const held = await refused(['drop', 'shop', '--yes']);
  expect(held).toMatchObject({
    code: 'snapshot-held',
    suggestions: ['zfs release mine bench-pool/shop@held'],
  });
  await guest().sh('zfs release mine bench-pool/shop@held; zfs create bench-pool/shop/mine');
  expect((await refused(['drop', 'shop', '--yes'])).code).toBe('dataset-has-children');
  await guest().sh('zfs destroy bench-pool/shop/mine');
  const { stdout: pid } = await guest().sh('cd /srv/benches/shop; sleep 600 > /dev/null 2>&1 & echo $!');
  const busy = await refused(['drop', 'shop', '--yes']);
  expect(busy.code).toBe('dataset-busy');
  expect(busy.message).toContain(`sleep (pid ${pid.trim()}`);
  await guest().sh(`kill ${pid.trim()}`);
  await guest().write('/var/lib/bench/shop/restore.json', '{"version": 9}');
  expect((await refused(['drop', 'shop', '--yes'])).code).toBe('journal-invalid');
  await guest().sh('rm /var/lib/bench/shop/restore.json');
  expect(await contentOf(guest(), 'shop')).toBe(filled);
});

test('with --preserve-storage only the dataset stays, with every snapshot, and data volumes', async () => {
  await guest().sh(
    `bench volume create uploads 1G; bench volume create models 1G
    bench volume attach uploads -b shop --path sites/uploads; bench volume attach models -b shop --path models --overlay 100M
    echo mine > /srv/benches/shop/sites/uploads/file; echo copy > /srv/benches/shop/models/file
    printf '[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/shop-web.service
    sed -i 's/^units = \\[\\]/units = ["shop-web.service"]/' /srv/benches/shop/bench.toml
    bench config set schedule.snapshot hourly -b shop; bench init -b shop; systemctl enable --now shop-web`,
    { timeoutMs: 280_000 },
  );
  // From here on with the file on the volume, which is seen below it.
  filled = await contentOf(guest(), 'shop');
  expect((await refused(['drop', 'shop', '--yes', '--preserve-storage'])).code).toBe('overlay-undecided');
  await guest().sh('bench volume detach models -b shop --drop', { timeoutMs: 60_000 });
  expect(await drop('shop', '--preserve-storage')).toMatchObject({
    storage: 'preserved',
    preservedAs: 'bench-pool/_preserved/shop',
    volumes: [{ name: 'uploads', becomes: 'available' }],
    units: ['shop-web.service'],
  });
  expect(await volumeOf('shop')).toMatchObject({ role: 'preserved', status: 'available', attachments: [] });
  expect(await volumeOf('uploads')).toMatchObject({ status: 'available' });
  expect((await benchJson<BenchList>(guest(), ['list'])).benches).toEqual([]);
  const stdout = await guest().survey(
    `ls /var/lib/bench /srv/benches; ls -d /var/lib/mysql-* 2> /dev/null; grep -c zfs /etc/fstab
    systemctl is-enabled shop-web; systemctl is-active shop-web; grep -rl bench-pool /etc/systemd /etc/mysql`,
  );
  expect(stdout.split('\n').filter(Boolean)).toEqual([
    '/srv/benches:',
    '/var/lib/bench:',
    '0',
    'disabled',
    'inactive',
  ]);
});

test('booting from a kept volume: it is a bench again, under another name', async () => {
  expect((await refused(['init', '-b', 'again', '--from-volume', 'nope'], 2)).code).toBe(
    'kept-volume-missing',
  );
  await guest().sh('bench new again --port 3320; echo "# mine" >> /srv/benches/again/bench.toml');
  await benchJson(guest(), ['init', '-b', 'again', '--from-volume', 'shop', '--dry-run']);
  const made = await benchJson<{ notes: string[] }>(guest(), [
    'init',
    '-b',
    'again',
    '--from-volume',
    'shop',
  ]);
  expect(made.notes).toContain(
    'shop-web.service is not started by itself: systemctl enable --now shop-web.service',
  );
  expect(await contentOf(guest(), 'again')).toBe(filled);
  expect((await guest().read('/srv/benches/again/sites/uploads/file')).trim()).toBe('mine');
  expect((await guest().sh('tail -1 /srv/benches/again.before-zfs-*/bench.toml')).stdout.trim()).toBe(
    '# mine',
  );
  const { benches } = await benchJson<BenchList>(guest(), ['list']);
  expect(benches).toMatchObject([{ name: 'again', port: 3320, instance: 'again', state: 'running' }]);
  const { snapshots } = await benchJson<SnapshotList>(guest(), ['volume', 'list-snapshots', '-b', 'again']);
  expect(snapshots.map(({ tag }) => tag)).toContain('held');
  expect(await benchJson(guest(), ['init', '-b', 'again'])).toMatchObject({ changed: false, steps: [] });
  await rebootFully(guest());
  expect(await problems('again')).toEqual([]);
  expect(await contentOf(guest(), 'again')).toBe(filled);
});

test('for good, nothing is left of it but its data volumes and what is not bench’s', async () => {
  await guest().sh('bench volume restore-snapshot held --keep -b again --yes', { timeoutMs: 120_000 });
  expect(await drop('again')).toMatchObject({ kept: 'bench-pool/_again.kept', storage: 'destroyed' });
  // What it has said is so behind a power cut, too.
  await rebootFully(guest(), { clean: false });
  const stdout = await guest().survey(
    `zfs list -H -t filesystem,volume -o name; ls /var/lib/bench; ls /srv/benches
    ls -d /bench-pool/again /var/lib/mysql-* 2> /dev/null; grep -c zfs /etc/fstab`,
  );
  expect(stdout.split('\n').filter(Boolean)).toEqual([
    'bench-pool',
    'bench-pool/_overlays',
    'bench-pool/_preserved',
    'bench-pool/_volumes',
    'bench-pool/_volumes/models',
    'bench-pool/_volumes/uploads',
    expect.stringMatching(/^again\.before-zfs-/),
    '0',
  ]);
  expect(await volumeOf('uploads')).toMatchObject({ status: 'available' });
});

test('a bench that was only begun goes; files that are in no dataset stay', async () => {
  await guest().sh('bench new half');
  expect(await drop('half')).toMatchObject({ storage: 'none', dataset: null });
  expect((await guest().sh('ls /srv/benches /var/lib/bench')).stdout).not.toContain('half');
  await guest().sh('bench new full; echo precious > /srv/benches/full/file');
  expect((await refused(['drop', 'full', '--yes'])).code).toBe('bench-not-set-up');
  expect((await guest().read('/srv/benches/full/file')).trim()).toBe('precious');
});
