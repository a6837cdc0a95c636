import { readFile } from 'node:fs/promises';
import { ignoreMissing } from './files.js';
import { escapeOctal, unescapeOctal } from './mounts.js';

export const FSTAB = '/etc/fstab';

/**
 * `nofail`: the host must reach multi-user without the pool. The other two order the mount behind ZFS
 * (systemd.mount(5)); mounting earlier would bind an empty directory.
 */
const BIND_OPTIONS = [
  'bind',
  'nofail',
  'x-systemd.requires=zfs-mount.service',
  'x-systemd.after=zfs-mount.service',
] as const;

export interface FstabEntry {
  /** Paths as the kernel reports them: without doubled or trailing slashes. */
  source: string;
  target: string;
  fstype: string;
  options: string;
}

/** The entries of an fstab; comments, blank and malformed lines are passed over. */
export function parseFstab(text: string): FstabEntry[] {
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

function parseLine(raw: string): FstabEntry | undefined {
  const line = raw.replace(/\r$/, '').trim();
  if (line === '' || line.startsWith('#')) return undefined;
  const [source, target, fstype, options] = line.split(/[ \t]+/);
  if (source === undefined || target === undefined || fstype === undefined) return undefined;
  return {
    // A share of the network is no path.
    source: source.startsWith('//') ? unescapeOctal(source) : simplePath(unescapeOctal(source)),
    target: simplePath(unescapeOctal(target)),
    fstype,
    options: options ?? 'defaults',
  };
}

/** As systemd reads it (path_simplify): `/srv//benches/shop/` is `/srv/benches/shop`. */
function simplePath(field: string): string {
  if (!field.startsWith('/')) return field;
  return field.replace(/\/(?:\.?\/)+/g, '/').replace(/(?!^)\/\.?$/, '');
}

/**
 * The fstab line of one bind mount, without its newline.
 * @param flags of the mount itself, such as `ro`
 */
export function bindLine(source: string, target: string, flags: readonly string[] = []): string {
  const options = [...BIND_OPTIONS, ...flags].join(',');
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

/** The options of {@link bindLine} that a line lacks. */
export function missingOptions({ options }: FstabEntry): string[] {
  const present = options.split(',');
  return BIND_OPTIONS.filter((option) => !present.includes(option));
}

/** Gives every line of this source and target the options it lacks; all other bytes stay. */
export function addOptionsToBytes(content: Uint8Array, source: string, target: string): Buffer {
  const wanted = [source, target].map((path) => Buffer.from(path, 'utf8').toString('latin1'));
  const lines = Buffer.from(content).toString('latin1').split('\n');
  const mended = lines.map((line) => {
    const entry = parseLine(line);
    if (entry === undefined || entry.source !== wanted[0] || entry.target !== wanted[1]) return line;
    const missing = missingOptions(entry).join(',');
    if (missing === '') return line;
    const [, before = '', options] = /^(\s*\S+\s+\S+\s+\S+)(\s+\S+)?/.exec(line) ?? [];
    return `${before}${options === undefined ? ' ' : `${options},`}${missing}${line.slice(before.length + (options ?? '').length)}`;
  });
  return Buffer.from(mended.join('\n'), 'latin1');
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
