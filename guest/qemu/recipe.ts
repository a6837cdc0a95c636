import { ownFile, provisionScript, recipe, recipeHash } from '../recipe.js';

/** The rest of the recipe for a guest under QEMU: Debian's own kernel, and the hardware. */
export const qemuRecipe = {
  ...recipe,

  /** QEMU 10 from Debian 13, unpacked beside the image: Debian 12's QEMU 7.2 breaks this guest's kernel. */
  tools: ['qemu-system-x86', 'qemu-utils'],

  kernelPackages: ['linux-image-cloud-amd64', 'linux-headers-cloud-amd64', 'dkms', 'initramfs-tools'],
  /** Installed by kernel.sh after the kernel headers, because compiling the module takes minutes. */
  zfsPackages: ['zfs-dkms', 'zfsutils-linux', 'zfs-zed'],

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

export const kernelScript = ownFile('qemu/kernel.sh');

export function qemuHash(): string {
  return recipeHash(qemuRecipe, [provisionScript, kernelScript]);
}
