import type { DiskSpec } from '../../guest/disks.js';
import type { Guest } from '../../guest/guest.js';

/** One disk in every state: how it is attached, made, and why it must be refused (nothing: it qualifies). */
export interface Case {
  disk: DiskSpec;
  make?: string;
  reasons: string[];
}

const disk = (serial: string, size = '12G'): DiskSpec => ({ size, serial });
export const CASES: Case[] = [
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

/** Where each disk is: by its serial, for disks that appear at once get their letters in any order. */
async function locateDisks(guest: Guest): Promise<string[]> {
  const { stdout } = await guest.run(['lsblk', '-J', '-d', '-o', 'PATH,SERIAL,MOUNTPOINT']);
  const rows: { path: string; serial: string | null; mountpoint: string | null }[] =
    JSON.parse(stdout).blockdevices;
  const free = rows.filter((row) => row.path.startsWith('/dev/vd') && row.mountpoint !== '/');
  return CASES.map((entry) => {
    const index = free.findIndex((row) => (row.serial ?? '') === (entry.disk.serial ?? ''));
    const [row] = index === -1 ? [] : free.splice(index, 1);
    if (row === undefined) throw new Error(`no disk ${entry.disk.serial}: ${stdout}`);
    return row.path;
  });
}

/** Brings each disk into its state, and adds a zram, a loop device, a null_blk and a large one that can be pulled out. Returns their paths by case. */
export async function makeDisks(guest: Guest): Promise<string[]> {
  await guest.sh('udevadm settle');
  const paths = await locateDisks(guest);
  for (const [index, { make }] of CASES.entries()) {
    if (make !== undefined) await guest.sh(`export LC_ALL=C; D=${paths[index]}; ${make}`);
  }
  await guest.sh(
    'modprobe zram; echo 20G > /sys/block/zram0/disksize; modprobe null_blk nr_devices=1;' +
      'modprobe scsi_debug removable=1 virtual_gb=100 dev_size_mb=8;' +
      'truncate -s 20G /root/loop.img; losetup /dev/loop0 /root/loop.img; udevadm settle',
  );
  return paths;
}
