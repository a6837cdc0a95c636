import path from 'node:path';

/** The name that ssh knows every guest by: they share one host key and are all at 127.0.0.1. */
export const hostKeyAlias = 'bench-guest';

/** Where the parts of an image lie in its cache entry. */
export function imageFiles(dir: string) {
  return {
    root: path.join(dir, 'root.img'),
    /** Debian's kernel, for QEMU. */
    kernel: path.join(dir, 'vmlinuz'),
    initrd: path.join(dir, 'initrd'),
    /** The kernel that is a program, for User Mode Linux. */
    linux: path.join(dir, 'linux'),
    key: path.join(dir, 'key'),
    knownHosts: path.join(dir, 'known_hosts'),
    tools: path.join(dir, 'tools'),
    states: path.join(dir, 'states'),
  };
}

/** What many guests may go on from at once. */
export function stateFiles(dir: string) {
  return {
    /** Of QEMU, a machine that stands still: its memory, and the disk that fits that moment. */
    disk: path.join(dir, 'disk.qcow2'),
    memory: path.join(dir, 'memory'),
    /** Of User Mode Linux, a machine that was shut down: what it wrote on its root disk, and its other disks. */
    overlay: path.join(dir, 'root.overlay'),
    diskAt: (place: number) => path.join(dir, `disk${place}.img`),
  };
}

/** The files of one guest's runtime directory. */
export function runtimeFiles(dir: string) {
  return {
    /** What this guest writes on its root disk. */
    overlay: path.join(dir, 'root.overlay'),
    /** The writes of a disk since the machine was switched on. */
    writes: (disk: string) => path.join(dir, `${path.basename(disk)}.writes`),
    /** The disk as it was then. */
    before: (disk: string) => path.join(dir, `${path.basename(disk)}.before`),
    serial: path.join(dir, 'serial.log'),
    /** What the machine itself says: QEMU, or the network of User Mode Linux. */
    machineLog: path.join(dir, 'machine.log'),
    qmp: path.join(dir, 'qmp'),
    /** Where User Mode Linux is controlled. */
    console: path.join(dir, 'uml/mconsole'),
    network: path.join(dir, 'network'),
    ssh: path.join(dir, 'ssh'),
    pid: path.join(dir, 'pid'),
    lock: path.join(dir, 'lock'),
    record: path.join(dir, 'guest.json'),
  };
}
