import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DiskSpec } from '../../guest/disks.js';
import type { DiscoverResult } from '../../src/volume-manager/discover/report.js';
import { useGuest } from './support.js';

/** One disk in every state: how it is attached, made, and why it must be refused (nothing: it qualifies). */
interface Case {
  disk: DiskSpec;
  make?: string;
  reasons: string[];
}

const disk = (serial: string, size = '12G'): DiskSpec => ({ size, serial });
const CASES: Case[] = [
  { disk: disk('CLEAN20', '20G'), reasons: [] },
  { disk: disk('CLEAN40', '40G'), reasons: [] },
  { disk: { size: '12G' }, reasons: [] },
  { disk: { ...disk('READONLY', '60G'), readOnly: true }, reasons: ['read-only'] },
  { disk: disk('SMALL', '9G'), reasons: ['too-small'] },
  {
    disk: disk('PARTED', '60G'),
    make: 'parted -s $D mklabel gpt mkpart a 1MiB 4GiB mkpart b 4GiB 100%',
    reasons: ['has-children', 'has-signature'],
  },
  { disk: disk('GPTONLY', '60G'), make: 'parted -s $D mklabel gpt', reasons: ['has-signature'] },
  { disk: disk('EXT4'), make: 'mkfs.ext4 -q $D', reasons: ['has-signature'] },
  {
    disk: disk('MOUNTED'),
    make: 'mkfs.ext4 -q $D; mkdir -p /mnt/used; mount $D /mnt/used',
    reasons: ['mounted', 'has-signature', 'in-use'],
  },
  {
    disk: disk('LVM'),
    make: 'pvcreate -q $D; vgcreate -q vg0 $D; lvcreate -q -Zn -L 2G -n data vg0',
    reasons: ['has-children', 'has-signature', 'has-holders', 'in-use'],
  },
  { disk: disk('PVONLY'), make: 'pvcreate -q $D', reasons: ['has-signature'] },
  {
    disk: disk('RAID'),
    make: 'mdadm --create /dev/md0 --run --force --level=1 --raid-devices=1 $D',
    reasons: ['has-children', 'has-signature', 'has-holders', 'in-use'],
  },
  {
    disk: disk('LUKS'),
    make: 'echo -n secret | cryptsetup luksFormat -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 $D -',
    reasons: ['has-signature'],
  },
  {
    disk: disk('IMPORTED', '60G'),
    make: 'zpool create imported $D',
    reasons: ['has-children', 'has-signature', 'in-pool', 'in-use'],
  },
  {
    disk: disk('EXPORTED', '60G'),
    make: 'zpool create exported $D; zpool export exported',
    reasons: ['has-children', 'has-signature', 'in-importable-pool'],
  },
  {
    disk: disk('SWAP'),
    make: 'mkswap -q $D; swapon $D',
    reasons: ['swap', 'has-signature', 'in-use'],
  },
  { disk: disk('BTRFS1'), reasons: ['has-signature'] },
  {
    disk: disk('BTRFS2'),
    make: 'mkfs.btrfs -q /dev/disk/by-id/virtio-BTRFS1 $D',
    reasons: ['has-signature'],
  },
  { disk: disk('LEG', '60G'), reasons: ['shared-identity'] },
  { disk: disk('LEG', '60G'), reasons: ['shared-identity'] },
  {
    disk: disk('MAPPED', '60G'),
    make: 'echo "0 2048000 linear $D 0" | dmsetup create mapped',
    reasons: ['has-children', 'has-holders', 'in-use'],
  },
];
const guest = useGuest({ image: 'product', disks: CASES.map((entry) => entry.disk) });
/** Where each disk of the list is: by its serial, for disks that appear at once get their letters in any order. */
const paths: string[] = [];

async function locateDisks(): Promise<void> {
  const { stdout } = await guest().run(['lsblk', '-J', '-d', '-o', 'PATH,SERIAL,MOUNTPOINT']);
  const rows: { path: string; serial: string | null; mountpoint: string | null }[] =
    JSON.parse(stdout).blockdevices;
  const free = rows.filter((row) => row.path.startsWith('/dev/vd') && row.mountpoint !== '/');
  for (const entry of CASES) {
    const index = free.findIndex((row) => (row.serial ?? '') === (entry.disk.serial ?? ''));
    const [row] = index === -1 ? [] : free.splice(index, 1);
    if (row === undefined) throw new Error(`no disk ${entry.disk.serial}: ${stdout}`);
    paths.push(row.path);
  }
}
/** The path of the first disk of that serial; '' for the one without. */
const pathOf = (serial: string) =>
  paths[CASES.findIndex((entry) => (entry.disk.serial ?? '') === serial)] ?? '';

beforeAll(async () => {
  await guest().sh('udevadm settle');
  await locateDisks();
  for (const [index, { make }] of CASES.entries()) {
    if (make !== undefined) await guest().sh(`export LC_ALL=C; D=${paths[index]}; ${make}`);
  }
  await guest().sh(
    'modprobe zram; echo 20G > /sys/block/zram0/disksize; modprobe null_blk nr_devices=1;' +
      'truncate -s 20G /root/loop.img; losetup /dev/loop0 /root/loop.img; udevadm settle',
  );
});

async function discover(): Promise<DiscoverResult> {
  return JSON.parse((await guest().run(['bench', 'volume', 'discover', '--json'])).stdout);
}
const codes = (result: DiscoverResult) =>
  Object.fromEntries(
    result.disks.map((found) => [found.path, found.reasons.map((reason) => reason.split(':')[0])]),
  );

describe('a machine with a disk in every state', () => {
  it('chooses the larger clean disk and refuses every other one for the right reasons', async () => {
    const result = await discover();
    const found = codes(result);
    expect(result.chosen).toBe(pathOf('CLEAN40'));
    expect(CASES.map(({ disk: { serial } }, index) => [serial, found[paths[index] ?? '']])).toEqual(
      CASES.map(({ disk: { serial }, reasons }) => [serial, reasons]),
    );
    expect(found['/dev/vda']).toContain('mounted');
    expect(found['/dev/zram0']).toEqual(['unknown-kind']);
    expect(found['/dev/nullb0']).toEqual(['unknown-kind']);
    expect(found['/dev/loop0']).toEqual(['not-a-disk', 'unknown-kind']);
  });

  it('knows stable names, and that a disk without a serial has none', async () => {
    const { disks } = await discover();
    const stable = (name: string) => disks.find((found) => found.path === name)?.stablePath;
    expect(stable(pathOf('CLEAN40'))).toBe('/dev/disk/by-id/virtio-CLEAN40');
    expect(stable(pathOf(''))).toBeNull();
  });

  it('prints the same for a person', async () => {
    const { stdout } = await guest().run(['bench', 'volume', 'discover']);
    expect(stdout).toMatch(/ 40G {2}qualifies, chosen {2}\(\/dev\/disk\/by-id\/virtio-CLEAN40\)$/m);
    expect(stdout).toMatch(/^ {4}in-importable-pool: .*exported$/m);
  });

  it('lets nothing qualify for a user who cannot become root', async () => {
    await guest().sh('id -u plain 2>/dev/null || useradd -m plain');
    const { stdout } = await guest().sh('cd /; runuser -u plain -- bench volume discover --json');
    const result = JSON.parse(stdout) as DiscoverResult;
    expect(result.chosen).toBeNull();
    expect(codes(result)[pathOf('CLEAN40')]).toEqual(['needs-root']);
  });

  it('finds the same for a user with sudo', async () => {
    await guest().sh(
      'id -u admin 2>/dev/null || useradd -m admin; echo "admin ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/admin',
    );
    const { stdout } = await guest().sh('cd /; runuser -u admin -- bench volume discover --json');
    expect(codes(JSON.parse(stdout))).toEqual(codes(await discover()));
  });

  it('does not touch a disk that gets a file system between choosing and creating, and can wipe one', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'bench-discover-'));
    try {
      const module = (name: string) =>
        JSON.stringify(fileURLToPath(new URL(`../../src/${name}`, import.meta.url)));
      await writeFile(
        path.join(directory, 'probe.ts'),
        `import { HostRunner } from ${module('host/exec.ts')};
         import { recheckDisk, chooseDisk, discoverDisks } from ${module('volume-manager/discover/discover.ts')};
         import { describeDiskContents, wipeCommands } from ${module('volume-manager/discover/describe.ts')};
         const runner = new HostRunner();
         async function main() {
           const chosen = chooseDisk(await discoverDisks(runner));
           const path = chosen?.stablePath ?? '';
           await runner.run({ argv: ['mkfs.ext4', '-q', path] });
           const refusal = await recheckDisk(runner, path).catch((error) => error);
           for (const command of wipeCommands(await describeDiskContents(runner, path))) await runner.run(command);
           const free = await recheckDisk(runner, path);
           console.log(JSON.stringify({ path, code: refusal.code, message: refusal.message, free: free.qualifies }));
         }
         void main();`,
      );
      await build({
        entryPoints: [path.join(directory, 'probe.ts')],
        outfile: path.join(directory, 'probe.cjs'),
        bundle: true,
        platform: 'node',
        format: 'cjs',
        logLevel: 'silent',
      });
      await guest().push(path.join(directory, 'probe.cjs'), '/root/probe.cjs');
      expect(JSON.parse((await guest().run(['node', '/root/probe.cjs'])).stdout)).toEqual({
        path: '/dev/disk/by-id/virtio-CLEAN40',
        code: 'disk-not-free',
        message: expect.stringContaining('carries data: ext4'),
        free: true,
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('chooses none when the clean disks are gone', async () => {
    const clean = CASES.flatMap(({ reasons }, index) => (reasons.length === 0 ? [paths[index]] : []));
    await guest().sh(`for d in ${clean.join(' ')}; do mkfs.ext4 -q $d; done; udevadm settle`);
    const result = await discover();
    expect(result.chosen).toBeNull();
    expect(result.disks.filter((found) => found.qualifies)).toEqual([]);
    const { stdout } = await guest().run(['bench', 'volume', 'discover']);
    expect(stdout).toContain('makes an image');
  });
});
