/**
 * Kernel families known to be real disks (SPEC section 3). Whole disks only: `nvme0c0n1` is a path of a
 * multipath namespace, `mmcblk0boot0` and `mmcblk0rpmb` are firmware areas of a card.
 */
const REAL_DISK = /^(sd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/;

export function isRealDiskName(kname: string): boolean {
  return REAL_DISK.test(kname);
}

/** Best first: what is burnt into the disk, then what its transport says. */
const LINK_PREFIXES = [
  'wwn-',
  'nvme-eui.',
  'nvme-uuid.',
  'nvme-nguid.',
  'nvme-',
  'scsi-',
  'ata-',
  'virtio-',
  'google-',
  'mmc-',
  'usb-',
];
/** These name what lies on a disk, not the disk. */
const CONTENT_PREFIXES = ['dm-', 'lvm-', 'md-', 'zfs-'];

/**
 * The name in /dev/disk/by-id that is recorded for a disk: by the order above, then the shortest, then by letter.
 * @param links names in /dev/disk/by-id that lead to the disk itself
 */
export function chooseStableName(links: readonly string[]): string | null {
  const rank = (link: string) => {
    const index = LINK_PREFIXES.findIndex((prefix) => link.startsWith(prefix));
    return index === -1 ? LINK_PREFIXES.length : index;
  };
  const [best] = links
    .filter((link) => !CONTENT_PREFIXES.some((prefix) => link.startsWith(prefix)))
    .sort((a, b) => rank(a) - rank(b) || a.length - b.length || (a < b ? -1 : 1));
  return best ?? null;
}
