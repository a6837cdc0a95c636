import { readFile } from 'node:fs/promises';
import { onOneLine } from '../printable.js';
import type { Command } from './exec.js';

/** One line of /proc/self/mountinfo (proc(5)). */
export interface Mount {
  /** Path inside the mounted filesystem that appears at the target; `/` unless it is a bind mount of a part. */
  root: string;
  target: string;
  fstype: string;
  /** Device or dataset, e.g. `bench-pool/shop`. */
  source: string;
}

/** Every mount of this mount namespace, in the order in which they were made. Reads no privilege, starts no process. */
export async function readMounts(): Promise<Mount[]> {
  return parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8'));
}

export function parseMountinfo(text: string): Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      // Optional fields of variable number stand before the separator ` - `.
      const [left, right] = line.split(' - ', 2) as [string, string];
      const [, , , root, target] = left.split(' ') as [string, string, string, string, string];
      const [fstype, source] = right.split(' ') as [string, string];
      return {
        root: unescapeOctal(root),
        target: unescapeOctal(target),
        fstype,
        source: unescapeOctal(source),
      };
    });
}

/** The mount that is seen at exactly this path: the last one made there. */
export function mountAt(mounts: readonly Mount[], target: string): Mount | undefined {
  return mounts.findLast((mount) => mount.target === target);
}

/**
 * Whether `target` shows `path` of the dataset. `mountpoint -q` cannot tell: with the pool missing, systemd
 * creates the bind source on the root filesystem and the target is a mount all the same.
 */
export function showsDataset(
  mounts: readonly Mount[],
  target: string,
  dataset: string,
  path: string,
): boolean {
  const mount = mountAt(mounts, target);
  return mount !== undefined && mount.fstype === 'zfs' && mount.source === dataset && mount.root === path;
}

/** `SOURCE[/path]` as findmnt prints it. */
export function formatSource(mount: Mount): string {
  return onOneLine(mount.root === '/' ? mount.source : `${mount.source}[${mount.root}]`);
}

/** Mounts a target by its fstab line, which so is proven to work before the next boot needs it. */
export function mountByFstab(target: string): Command {
  return { argv: ['mount', target], privileged: true };
}

/** Unmounts; never lazily, never by force (SPEC section 9): a busy mount is an answer. */
export function unmount(target: string): Command {
  return { argv: ['umount', target], privileged: true };
}

/** Undoes the octal escapes of fstab(5) and mountinfo: `\040` is a space. */
export function unescapeOctal(field: string): string {
  return field.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** Escapes what would end or begin a field in fstab(5): space, tab, newline, backslash and `#`. */
export function escapeOctal(field: string): string {
  return field.replace(/[ \t\n\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
