import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Everything that determines what the guest is. A change here, or in `provision.sh`, makes a new image
 * (minutes); nothing else in this folder does.
 */
export const recipe = {
  suite: 'trixie',
  components: 'main,contrib',

  /** QEMU 10 from Debian 13, unpacked beside the image: Debian 12's QEMU 7.2 breaks this guest's kernel. */
  tools: ['qemu-system-x86', 'qemu-utils'],

  packages: [
    ...['systemd', 'systemd-sysv', 'udev', 'dbus', 'kmod', 'iproute2', 'netbase', 'ca-certificates'],
    ...['linux-image-cloud-amd64', 'linux-headers-cloud-amd64', 'dkms', 'initramfs-tools', 'zstd'],
    ...['openssh-server', 'sudo', 'rsync', 'tmux', 'socat', 'strace', 'jq', 'procps', 'less'],
    ...['mariadb-server', 'mariadb-client', 'nodejs', 'fio', 'sysbench'],
    ...['e2fsprogs', 'xfsprogs', 'btrfs-progs', 'parted', 'mdadm', 'lvm2', 'cryptsetup-bin', 'acl', 'attr'],
  ],
  /** Installed by provision.sh after the kernel headers, because compiling the module takes minutes. */
  zfsPackages: ['zfs-dkms', 'zfsutils-linux', 'zfs-zed'],

  /** Virtual size of the root disk; sparse on the host. Image-backed pools want >= 10G free in the guest. */
  rootSize: '32G',

  kernelArguments: 'root=LABEL=root rw console=ttyS0 net.ifnames=0 mitigations=off quiet loglevel=3',

  /**
   * A saved state only fits the machine it was saved on. `pc` rather than `q35`: disks are hot-plugged
   * after a resume, and on this machine's single PCI bus that is plain ACPI, needing no bridges.
   */
  machine: {
    common: ['-machine', 'pc,usb=off', '-smp', '2', '-nodefaults', '-display', 'none', '-no-reboot'],
    tcg: ['-accel', 'tcg,thread=multi,tb-size=1024', '-cpu', 'Nehalem'],
    kvm: ['-accel', 'kvm', '-cpu', 'host'],
    nicSlot: 2,
    rootSlot: 3,
    /** Slots on the PCI bus from here up to 31 are for the disks of a guest. */
    firstDiskSlot: 4,
  },
  memoryMiB: 4096,

  /** Run in the guest before its state is saved: load the module, and what tests use into the page cache. */
  warmUp: [
    'systemctl is-system-running --wait || true',
    'modprobe zfs',
    'zpool status; zfs list; lsblk; wipefs --version',
    'node -e 0; sudo -n true; mariadb --version; mariadbd --version; findmnt --verify || true',
    'cat /usr/sbin/mariadbd /usr/bin/mariadb* /usr/bin/my_print_defaults /usr/bin/node > /dev/null || true',
    'udevadm settle; journalctl --sync; sync',
  ].join('\n'),
} as const;

export type Accelerator = 'tcg' | 'kvm';

export const provisionScript = fileURLToPath(new URL('provision.sh', import.meta.url));

/** The name under which an image made from this recipe is cached. */
export function recipeHash(
  of: unknown = recipe,
  script: string = readFileSync(provisionScript, 'utf8'),
): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(of)).update('\0').update(script);
  return hash.digest('hex').slice(0, 16);
}
