import { readFile } from 'node:fs/promises';
import { ignoreMissing } from './files.js';
import { escapeOctal, unescapeOctal } from './mounts.js';

export const FSTAB = '/etc/fstab';

/**
 * `nofail`: the host must reach multi-user without the pool. The other two order the mount behind ZFS
 * (systemd.mount(5)); mounting earlier would bind an empty directory.
 */
export const BIND_OPTIONS =
  'bind,nofail,x-systemd.requires=zfs-mount.service,x-systemd.after=zfs-mount.service';

export interface FstabEntry {
  /** Paths as the kernel reports them: without doubled or trailing slashes. */
  source: string;
  target: string;
  fstype: string;
  options: string;
}

/** The entries of an fstab; comments, blank and malformed lines are passed over. */
export function parseFstab(text: string): FstabEntry[] {
  return text.split('\n').flatMap((raw) => {
    const line = raw.replace(/\r$/, '').trim();
    if (line === '' || line.startsWith('#')) return [];
    const [source, target, fstype, options] = line.split(/[ \t]+/);
    if (source === undefined || target === undefined || fstype === undefined) return [];
    return [
      {
        // A share of the network is no path.
        source: source.startsWith('//') ? unescapeOctal(source) : simplePath(unescapeOctal(source)),
        target: simplePath(unescapeOctal(target)),
        fstype,
        options: options ?? 'defaults',
      },
    ];
  });
}

/** As systemd reads it (path_simplify): `/srv//benches/shop/` is `/srv/benches/shop`. */
function simplePath(field: string): string {
  if (!field.startsWith('/')) return field;
  return field.replace(/\/(?:\.?\/)+/g, '/').replace(/(?!^)\/\.?$/, '');
}

/** The fstab line of one bind mount, without its newline. */
export function bindLine(source: string, target: string): string {
  return `${escapeOctal(source)} ${escapeOctal(target)} none ${BIND_OPTIONS} 0 0`;
}

/** Appends one line; every other byte stays, and the file's own line ending is used. */
export function appendLine(text: string, line: string): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const separator = text === '' || text.endsWith('\n') ? '' : eol;
  return `${text}${separator}${line}${eol}`;
}

/** The same for what may hold other bytes than UTF-8, such as an old comment: they stay as well. */
export function appendToBytes(content: Uint8Array, line: string): Buffer {
  const latin1 = Buffer.from(line, 'utf8').toString('latin1');
  return Buffer.from(appendLine(Buffer.from(content).toString('latin1'), latin1), 'latin1');
}

/** The host's fstab; a missing one is an empty one. */
export async function readFstab(path: string = FSTAB): Promise<string> {
  return (await readFstabBytes(path)).toString('utf8');
}

export async function readFstabBytes(path: string = FSTAB): Promise<Buffer> {
  return (await readFile(path).catch(ignoreMissing)) ?? Buffer.alloc(0);
}
