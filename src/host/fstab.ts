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
        source: unescapeOctal(source),
        target: unescapeOctal(target),
        fstype,
        options: options ?? 'defaults',
      },
    ];
  });
}

/**
 * The fstab line of one bind mount, without its newline.
 * @param flags of the mount itself, such as `ro`
 */
export function bindLine(source: string, target: string, flags: readonly string[] = []): string {
  const options = [BIND_OPTIONS, ...flags].join(',');
  return `${escapeOctal(source)} ${escapeOctal(target)} none ${options} 0 0`;
}

/**
 * Without the lines that mount this source at this target; every other byte stays, also those that are no UTF-8.
 */
export function removeFromBytes(content: Uint8Array, source: string, target: string): Buffer {
  const lines = Buffer.from(content)
    .toString('latin1')
    .split(/(?<=\n)/);
  const isOurs = (line: string) =>
    parseFstab(Buffer.from(line, 'latin1').toString('utf8')).some(
      (entry) => entry.source === source && entry.target === target,
    );
  return Buffer.from(lines.filter((line) => !isOurs(line)).join(''), 'latin1');
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
