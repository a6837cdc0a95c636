import { expect, test } from 'vitest';
import type { BenchList } from '../../../src/bench/bench.js';
import type { Status } from '../../../src/status/status.js';
import { benchJson, contentOf, type Failure, fillBench } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({
  image: 'product',
  disks: [{ size: '20G', serial: 'theirs' }, { size: '40G' }, { size: '11G' }, { size: '11G' }],
});

const GIB = 1024 ** 3;
const init = (name: string) => benchJson(guest(), ['init', '-b', name]);
const refused = async (name: string, exitCode = 3) =>
  (await benchJson<Failure>(guest(), ['init', '-b', name], exitCode)).error;
const out = async (script: string) => (await guest().sh(script)).stdout.trim();

const guid = () => out('zpool get -H -o value guid bench-pool; zpool list -H -o name');
const theirs = () => out('cat /tank/docs/file; zfs get -H -s local,received all bench-pool bench-pool/docs');

test('a pool of that name that somebody else has made is imported, and only its space is used', async () => {
  await guest().sh(`zpool create -O mountpoint=/tank -O compression=gzip bench-pool /dev/disk/by-id/virtio-theirs
    zfs create -o quota=3G bench-pool/docs; echo mine > /tank/docs/file`);
  const before = [await guid(), await theirs()];
  await guest().sh('zpool export bench-pool');
  await guest().run(['bench', 'new', 'shop']);
  const dry = await benchJson<{ steps: { kind: string }[] }>(guest(), ['init', '-b', 'shop', '--dry-run']);
  expect(dry.steps.map(({ kind }) => kind)).toEqual(['mountpoint.guard', 'pool.import']);

  await init('shop');
  expect([await guid(), await theirs()]).toEqual(before);
  const status = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  expect(status.problems).toEqual([]);
  expect(status.dataset.mountpoint).toBe('/bench-pool/shop');
});

test('a dataset of the name of the bench that bench did not make is refused and stays as it is', async () => {
  await guest().sh('zfs create bench-pool/books; echo old > /tank/books/ledger; bench new books');
  expect((await refused('books')).code).toBe('dataset-not-ours');
  expect(await guest().read('/tank/books/ledger')).toBe('old\n');
  await guest().sh('zfs destroy bench-pool/books; rm -r /srv/benches/books');
});

test('an image on a file system that cannot preallocate is not made', async () => {
  await guest().write(
    '/srv/benches/inner/bench.toml',
    '[bench]\nname = "inner"\n[mariadb]\nport = 3399\n[volume]\npool = "inner"\nbacking = "image"\n' +
      '[volume.image]\nsize = "10G"\npath = "/tank/inner/pool.img"\n',
  );
  expect((await refused('inner', 1)).code).toBe('image-sparse');
  expect(await out('ls -A /tank/inner; zpool list -H -o name')).toBe('bench-pool');
  await guest().sh('rm -r /srv/benches/inner');
});

/** What people leave in an fstab, and what must come out as it went in. */
const FSTAB = [
  '   # indented comment, and tabs\t\n\n',
  '//nas/share  /mnt/nas\\040share\tcifs  credentials=/root/.nas,_netdev,noauto  0 0\r\n',
  '/dev/sdb1 /data xfs noauto\n/dev/sdc1 /data xfs noauto\n',
  'tmpfs /tmp\\011odd tmpfs noauto,size=1G\t\nUUID=abc none swap sw,nofail 0',
].join('');

test('a target that fstab mounts from elsewhere is refused', async () => {
  await guest().run(['bench', 'new', 'tenth']);
  await guest().sh(
    "cp /etc/fstab /root/fstab; echo '/old /srv/benches/tenth none bind,noauto' >> /etc/fstab",
  );
  const { code, message } = await refused('tenth');
  expect([code, message]).toEqual([
    'fstab-conflict',
    '/etc/fstab mounts /srv/benches/tenth from /old already.',
  ]);
  expect(await out('zfs list -H -o name -r bench-pool')).not.toContain('tenth');
});

test('the tenth bench is offered what the others have not reserved, and fstab keeps every byte', async () => {
  await guest().sh(
    `cat >> /root/fstab; cp /root/fstab /etc/fstab; systemctl daemon-reload
    for i in $(seq 2 9); do zfs create -u -o reservation=1G -o bench:name=b$i -o bench:layout=1 bench-pool/b$i; done`,
    {
      input: FSTAB,
    },
  );
  const sizes = await out(
    "zfs list -Hp -o name,used,avail,reservation -d 1 bench-pool | sed 's/\\tnone$/\\t0/'",
  );
  const [[, used = 0, available = 0] = [], ...others] = sizes
    .split('\n')
    .map((line) => line.split('\t').map(Number));
  const reserved = others.reduce(
    (sum, [, held = 0, , guaranteed = 0]) => sum + Math.max(held, guaranteed),
    0,
  );
  const offered = used + available - reserved;
  await init('tenth');
  const { dataset, problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'tenth']);
  expect(problems).toEqual([]);
  expect(dataset.quotaBytes).toBe(Math.floor(offered / GIB) * GIB);
  expect(dataset.reservationBytes).toBe(GIB);
  expect(offered).toBeLessThan(9 * GIB);

  const fstab = await guest().read('/etc/fstab');
  const before = await guest().read('/root/fstab');
  expect(fstab.startsWith(before)).toBe(true);
  expect(fstab.slice(before.length).trim().split(/\r?\n/)).toHaveLength(2);
  expect(await out('findmnt -rn --fstab -o TARGET | grep tenth')).toBe(
    '/srv/benches/tenth\n/var/lib/mysql-tenth',
  );
});

test('bench list shows all benches, by one zfs and one systemctl', async () => {
  const { benches } = await benchJson<BenchList>(guest(), ['list']);
  expect(benches).toMatchObject([
    {
      name: 'shop',
      pool: 'bench-pool',
      dataset: 'bench-pool/shop',
      instance: 'shop',
      port: 3307,
      state: 'running',
    },
    {
      name: 'tenth',
      pool: 'bench-pool',
      dataset: 'bench-pool/tenth',
      instance: 'tenth',
      port: 3308,
      state: 'running',
    },
  ]);
  const used = await out('zfs get -Hpo value used,quota bench-pool/tenth');
  expect(benches[1]?.quotaBytes).toBe(Number(used.split('\n')[1]));
  expect(benches[1]?.usedBytes).toBeGreaterThan(1_000_000);
  const { stderr } = await guest().sh('BENCH_DEBUG=1 bench list');
  expect(
    stderr
      .match(/ms\] \S+/g)
      ?.map((line) => line.split(' ')[1])
      .sort(),
  ).toEqual(['systemctl', 'zfs']);
});

test('with the pool of a finished bench exported, list says so, and init brings back that one, no namesake', async () => {
  await fillBench(guest(), 'shop');
  const before = await contentOf(guest(), 'shop');
  await guest().sh(`systemctl stop mariadb@shop mariadb@tenth
    umount /srv/benches/{shop,tenth} /var/lib/mysql-{shop,tenth}; zpool export bench-pool`);
  const { benches } = await benchJson<BenchList>(guest(), ['list']);
  expect(benches.map(({ name, state }) => [name, state])).toEqual([
    ['shop', 'dataset-missing'],
    ['tenth', 'dataset-missing'],
  ]);
  // A pool that only has the name.
  await guest().sh('zpool create -m none bench-pool /dev/vdc');
  const { code, message } = await refused('shop');
  expect([code, message]).toEqual(['pool-missing', expect.stringContaining('is another one')]);
  await guest().sh('zpool export bench-pool; bench new newer');
  expect((await refused('newer')).code).toBe('pool-ambiguous');
  await init('shop');
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
  expect(await contentOf(guest(), 'shop')).toBe(before);
});

test('a pool that another system has not exported is named with that system, and never forced', async () => {
  await guest().sh(`cp /etc/hostid /root/hostid; name=$(hostname); zgenhostid -f 00bab10c; hostname db-old
    mkdir -p /var/lib/bench-zfs; truncate -s 1G /root/moved.img; zpool create moved /root/moved.img; zpool sync moved
    cp /root/moved.img /var/lib/bench-zfs/moved.img; zpool destroy moved; cp /root/hostid /etc/hostid; hostname $name
    bench new moved; bench config set volume.pool moved -b moved`);
  const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'moved']);
  expect(problems).toMatchObject([
    {
      code: 'pool-of-another-system',
      message:
        'Pool moved was last used by another system, db-old (hostid bab10c), which has not exported it.',
    },
  ]);
  const { code, suggestions } = await refused('moved');
  expect([code, suggestions[0]]).toEqual(['pool-of-another-system', problems[0]?.fix]);
  expect(await out('zpool list -H -o name')).not.toContain('moved');
  const [, forced = 'false'] =
    /: (zpool import .*) && bench init -b moved$/.exec(problems[0]?.fix ?? '') ?? [];
  expect(await out(`${forced.replace(' -f ', ' ')} 2>&1 || true`)).toContain('Last accessed by db-old');
  await guest().sh(`${forced}; zpool destroy moved; rm -r /srv/benches/moved`);
});

test('a pool that has lost a disk is refused, imported or not', async () => {
  await guest().sh(`zpool create weak mirror /dev/vdd /dev/vde; zpool offline weak vde
    bench new weak; bench config set volume.pool weak -b weak`);
  for (const state of ['imported', 'exported']) {
    const { code, message, suggestions } = await refused('weak');
    expect([code, suggestions[0]]).toEqual(['pool-degraded', expect.stringContaining('zpool')]);
    expect(message).toContain('DEGRADED');
    if (state === 'imported') await guest().sh('zpool export weak');
  }
});
