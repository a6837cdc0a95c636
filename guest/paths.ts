import path from 'node:path';

/** The name that ssh knows every guest by: they share one host key and are all at 127.0.0.1. */
export const hostKeyAlias = 'bench-guest';

/** Where the parts of an image lie in its cache entry. */
export function imageFiles(dir: string) {
  return {
    root: path.join(dir, 'root.img'),
    kernel: path.join(dir, 'vmlinuz'),
    initrd: path.join(dir, 'initrd'),
    key: path.join(dir, 'key'),
    knownHosts: path.join(dir, 'known_hosts'),
    tools: path.join(dir, 'tools'),
    states: path.join(dir, 'states'),
  };
}

/** A machine that stands still: its memory, and the disk that fits that moment. Many guests may resume it at once. */
export function stateFiles(dir: string) {
  return { disk: path.join(dir, 'disk.qcow2'), memory: path.join(dir, 'memory') };
}

/** The files of one guest's runtime directory. */
export function runtimeFiles(dir: string) {
  return {
    overlay: path.join(dir, 'root.qcow2'),
    /** The writes of a disk since the machine was switched on. */
    writes: (disk: string) => path.join(dir, `${path.basename(disk)}.writes`),
    /** The disk as it was then. */
    before: (disk: string) => path.join(dir, `${path.basename(disk)}.before`),
    serial: path.join(dir, 'serial.log'),
    qemuLog: path.join(dir, 'qemu.log'),
    qmp: path.join(dir, 'qmp'),
    ssh: path.join(dir, 'ssh'),
    pid: path.join(dir, 'pid'),
    lock: path.join(dir, 'lock'),
    record: path.join(dir, 'guest.json'),
  };
}
