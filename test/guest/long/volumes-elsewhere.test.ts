import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Guest } from '../../../guest/guest.js';
import { silent } from '../../../guest/progress.js';
import { startGuest } from '../../../guest/start.js';
import type { SnapshotList } from '../../../src/snapshot/snapshot-orchestrator.js';
import type { VolumeDetails, VolumeList } from '../../../src/volumes/volumes.js';
import { benchJson } from '../product.js';

/** Two hosts with a disk of one size: that of the first comes to the second. */
const START = { image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] } as const;
let here: Guest;
let there: Guest;

beforeAll(async () => {
  here = await startGuest(START, silent);
  there = await startGuest(START, silent);
}, 1_500_000);
afterAll(async () => {
  await here?.stop();
  await there?.stop();
});

const volumeOn = <T>(guest: Guest, line: string) => benchJson<T>(guest, ['volume', ...line.split(' ')]);
const NAMES = ['models', 'uploads', 'vm-data'];

/** All that is known of the volumes, but for where the host has them mounted. */
async function known(guest: Guest): Promise<unknown[]> {
  const { volumes } = await volumeOn<VolumeList>(guest, 'list');
  const details = await Promise.all(NAMES.map((name) => volumeOn<VolumeDetails>(guest, `show ${name}`)));
  const roles = volumes.map(({ role, name, status }) => `${role} ${name} ${status}`);
  return [
    roles,
    details.map(({ mounted: _, usedBytes: __, availableBytes: ___, ...volume }) => ({
      ...volume,
      snapshots: volume.snapshots.map(({ usedBytes: _, ...snapshot }) => snapshot),
    })),
  ];
}

let before: unknown[];

test('a pool with a bench, volumes, labels, attachments and snapshots is exported on one host', {
  timeout: 900_000,
}, async () => {
  await here.sh(
    `bench new shop; bench init -b shop
    bench volume create uploads 1G --label tier=gold --label 'who=a b' --description 'customers’ files; 100 %'
    bench volume create models 100M; bench volume create vm-data 64M --type block --format ext4
    bench volume attach uploads -b shop --path sites/uploads; bench volume attach models -b shop --path models --overlay 20M
    bench volume attach vm-data --machine web1 --drive vdd; bench volume detach vm-data --machine web1
    bench volume attach vm-data --machine web2 --read-only
    echo hello > /srv/benches/shop/sites/uploads/f; echo mine > /srv/benches/shop/models/f
    bench volume snapshot -b shop --tag taken`,
    { timeoutMs: 600_000 },
  );
  before = await known(here);
  await here.sh(
    'systemctl stop mariadb@shop; umount /srv/benches/shop/models /srv/benches/shop/sites/uploads',
  );
  await here.sh('umount /var/lib/mysql-shop /srv/benches/shop; zpool export bench-pool');
});

test('imported on another one, every volume, label, attachment and snapshot is found', {
  timeout: 900_000,
}, async () => {
  await here.powerOff();
  await there.powerOff();
  const [from, to] = [here, there].map((guest) => guest.disks[0]?.file ?? '');
  execFileSync('cp', ['--sparse=always', '--', from as string, to as string]);
  await there.powerOn();
  await there.sh('zpool import bench-pool');
  expect(await known(there)).toEqual(before);
  expect(before[0]).toEqual([
    'overlay shop.models attached',
    'data models attached',
    'data uploads attached',
    'data vm-data attached',
    'root shop attached',
  ]);
  const { snapshots } = await volumeOn<SnapshotList>(there, 'list-snapshots --volume uploads');
  expect(snapshots.map(({ tag }) => tag)).toEqual(['taken']);
});

test('what was attached to a bench of the other host is given free, and is of use here', {
  timeout: 900_000,
}, async () => {
  await volumeOn(there, 'detach uploads -b shop');
  await volumeOn(there, 'detach vm-data --machine web2');
  await there.sh('bench new web; bench init -b web', { timeoutMs: 280_000 });
  await volumeOn(there, 'attach uploads -b web --path sites/uploads');
  expect((await there.read('/srv/benches/web/sites/uploads/f')).trim()).toBe('hello');
  expect((await volumeOn<VolumeDetails>(there, 'show uploads')).history).toMatchObject([
    { bench: 'shop', path: 'sites/uploads' },
  ]);
});
