import { beforeAll, describe, expect, test } from 'vitest';
import type { Status } from '../../../src/status/status.js';
import { pushKillWalk } from '../kill-walk-support.js';
import { ORIGINAL_ROWS, originalFiles, originalServices, USERS } from '../originals.js';
import { benchJson, sql } from '../product.js';
import { useGuest } from '../support.js';
import { type Made, wholeBench } from './whole-bench.js';

const guest = useGuest({
  image: 'product',
  disks: [{ size: '20G' }, { size: '20G' }, { size: '24G', serial: 'images', format: 'ext4' }],
});

/** On a busy machine without KVM each of some sixty runs may take half a minute. */
const WALK_MS = 3_000_000;

beforeAll(async () => {
  await pushKillWalk(guest());
});

/** Inits the bench, killed after each step of its plan and before each command; returns where. */
async function walk(name: string): Promise<string[]> {
  const { stdout, stderr } = await guest().run(['node', '/root/kill-walk.mjs', name, '--plan'], {
    timeoutMs: WALK_MS,
    check: false,
  });
  const { killed, missed, failed } = JSON.parse(stdout || '{}');
  expect({ missed, failed }, stdout + stderr).toEqual({ missed: [] });
  return killed as string[];
}

async function expectFinished(name: string): Promise<void> {
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', name])).problems).toEqual([]);
  expect(await benchJson(guest(), ['init', '-b', name])).toMatchObject({ changed: false, steps: [] });
}

describe('a bench with files of every kind, its service, and a running MariaDB with data', () => {
  const walked: Made = { name: 'shop', pool: 'walked', port: 3331, backing: '/dev/vdb' };
  const calm: Made = { name: 'calm', pool: 'smooth', port: 3332, backing: '/dev/vdc' };
  const rows = (name: string) =>
    sql(guest(), name, 'SELECT COUNT(*) FROM app.orders; CHECKSUM TABLE app.orders EXTENDED;');

  test('and another one just like it', async () => {
    await guest().sh(USERS);
    for (const { name, port, pool, backing } of [walked, calm]) {
      const volume = `[volume]\npool = "${pool}"\nbacking = "device"\ndevice = "${backing}"
[volume.dataset]\nquota = "8G"\nreservation = "1G"`;
      await guest().sh(originalFiles({ name, port, volume }));
      await guest().sh(originalServices({ name, port, volume }), { timeoutMs: 280_000 });
      await sql(guest(), name, ORIGINAL_ROWS);
    }
  });

  test('is finished, though init is killed after every step and before every command', {
    timeout: WALK_MS,
  }, async () => {
    const killed = await walk(walked.name);
    expect(killed).toContain('after Stop mariadb@shop.service (its data are about to be copied)');
    for (const path of ['/srv/benches/shop', '/var/lib/mysql-shop']) {
      expect(killed).toContain(
        `after Bring ${path} into the dataset; the original stays as ${path}.before-zfs-TIME`,
      );
    }
    await expectFinished(walked.name);
  });

  test('and is then what the other one is, whose init nobody disturbed', async () => {
    await benchJson(guest(), ['init', '-b', calm.name]);
    expect(await wholeBench(guest(), walked)).toBe(await wholeBench(guest(), calm));
    expect(await rows(walked.name)).toBe(await rows(calm.name));
  });

  test('the originals are whole', async () => {
    const { stdout } = await guest().sh(`cd /srv/benches
      rsync -anicHAXS --numeric-ids --delete --exclude /logs --exclude /.bench-volume shop.before-zfs-*/ shop/`);
    expect(stdout).toMatch(/^(\.d\.\.t\S* \.\/\n)?$/);
    await guest().sh(`cd /srv/benches; size=$(stat -c %s shop.before-zfs-*/logs/web.log)
      cmp -n $size shop.before-zfs-*/logs/web.log shop/logs/web.log`);
  });
});

describe('a new bench on an image that lies on another file system', () => {
  const walked: Made = { name: 'okapi', pool: 'wild', port: 3333, backing: '/data/okapi.img' };
  const calm: Made = { name: 'zebra', pool: 'tame', port: 3334, backing: '/data/zebra.img' };

  test('is finished, though init is killed after every step and before every command', {
    timeout: WALK_MS,
  }, async () => {
    await guest().sh(`mkdir /data; echo '/dev/disk/by-id/virtio-images /data ext4 defaults 0 2' >> /etc/fstab
      systemctl daemon-reload; mount /data`);
    for (const { name, port, pool, backing } of [walked, calm]) {
      await guest().write(
        `/srv/benches/${name}/bench.toml`,
        `[bench]\nname = "${name}"\n[mariadb]\nport = ${port}\n[volume]\npool = "${pool}"\nbacking = "image"
[volume.image]\nsize = "10G"\npath = "${backing}"\n`,
      );
    }
    const killed = await walk(walked.name);
    expect(killed).toContain('after Preallocate the image /data/okapi.img (10G)');
    expect(killed).toContain("after Initialise MariaDB's system tables for instance okapi");
    await expectFinished(walked.name);
  });

  test('and is then what the other one is, whose init nobody disturbed', async () => {
    await benchJson(guest(), ['init', '-b', calm.name]);
    expect(await wholeBench(guest(), walked)).toBe(await wholeBench(guest(), calm));
  });
});
