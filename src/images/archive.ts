import { BenchError } from '../errors.js';
import type { Command } from '../host/exec.js';
import { COPY_MS, OPENED_FILE } from './convert.js';

export type Compression = 'none' | 'gzip' | 'zstd';

/** What tar starts for it. */
export const COMPRESSION_PROGRAM = { none: undefined, gzip: 'gzip', zstd: 'zstd' } as const;

const FLAGS = { none: [], gzip: ['--gzip'], zstd: ['--zstd'] } as const;

/** The same program reads an archive to judge it and to unpack it: no two opinions of what is in it. */
function tar(action: readonly string[], compression: Compression): Command {
  return {
    argv: [
      'tar',
      ...action,
      '--numeric-owner',
      // A colon in a name is no other host.
      '--force-local',
      ...FLAGS[compression],
      `--file=${OPENED_FILE}`,
    ],
    privileged: true,
    timeoutMs: COPY_MS,
  };
}

/** One line a member, with its names in quotes and every byte that is none of ASCII escaped (tar(1)). */
export function listArchive(compression: Compression): Command {
  return tar(['--list', '--verbose', '--full-time', '--quoting-style=c'], compression);
}

/** Everything belongs to root at first, and no attribute but the permissions is brought along. */
export function unpackArchive(compression: Compression, directory: string): Command {
  return tar(
    [
      '--extract',
      `--directory=${directory}`,
      '--no-same-owner',
      '--same-permissions',
      '--no-acls',
      '--no-selinux',
      '--no-xattrs',
      '--warning=no-timestamp',
    ],
    compression,
  );
}

export interface ArchiveContent {
  members: number;
  /** What its files hold, in bytes, in whole blocks, and a block for each member. */
  contentBytes: number;
  /** What in it is not taken in, with the reason, one sentence each; the first few. */
  refused: string[];
  refusedCount: number;
}

const BLOCK = 512;
const TOLD = 5;

/**
 * Reads what {@link listArchive} prints, line by line, and judges it. Nothing that is unpacked may lie, or lead, out of
 * the directory that it is unpacked into, in whatever order it comes: no absolute name and none with `..`, nothing that
 * goes through a link, no link that leads out, no link of a link, and nothing but files, directories and links.
 */
export function archiveReader(): { line: (text: string) => void; content: () => ArchiveContent } {
  const content: ArchiveContent = { members: 0, contentBytes: 0, refused: [], refusedCount: 0 };
  const links = new Set<string>();
  const directories = new Set<string>();
  const line = (text: string) => {
    const member = parseMember(text);
    content.members += 1;
    content.contentBytes += BLOCK + Math.ceil(member.sizeBytes / BLOCK) * BLOCK;
    const wrong = judge(member, links, directories);
    if (wrong === undefined) return;
    content.refusedCount += 1;
    if (content.refused.length < TOLD) content.refused.push(`${member.shown} ${wrong}`);
  };
  return { line, content: () => content };
}

interface Member {
  type: string;
  sizeBytes: number;
  name: string;
  /** As tar has printed it: in quotes, on one line. */
  shown: string;
  target: string | undefined;
}

const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';
const LINE = new RegExp(
  `^(.)[-rwxsStT]{9} \\d+/\\d+ +(\\d+|\\d+,\\d+) \\d{4,}-\\d\\d-\\d\\d \\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d+)?)? (${QUOTED})(?: (?:->|link to) (${QUOTED}))?$`,
);

export function parseMember(text: string): Member {
  const [, type, size = '', shown, target] = LINE.exec(text) ?? [];
  if (type === undefined || shown === undefined)
    throw new BenchError('unexpected-output', `tar printed a line that bench does not know: ${text}`);
  const isDevice = size.includes(',');
  return {
    type,
    sizeBytes: isDevice ? 0 : Number(size),
    name: unquoted(shown),
    shown,
    target: target === undefined ? undefined : unquoted(target),
  };
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
};

/** Each byte as one character: what counts is where the slashes are. */
function unquoted(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replaceAll(/\\([0-7]{3}|.)/g, (_, code: string) =>
      code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (ESCAPES[code] ?? code),
    );
}

/** What is wrong with a member; else what it is, is remembered. */
function judge(
  { type, name, target }: Member,
  links: Set<string>,
  directories: Set<string>,
): string | undefined {
  if (!'-dlhC'.includes(type)) return `is no file, directory or link (${TYPES[type] ?? type})`;
  const path = pathOf(name);
  if (path === undefined) return 'has a name that leads out of the archive';
  if (goesThrough(path, links)) return 'lies behind a link';
  const own = path.join('/');
  if (type !== 'l' && links.has(own)) return 'takes the place of a link';
  if (type === 'l') {
    if (directories.has(own) || own === '') return 'is a link in the place of a directory';
    if (!staysInside(path.length - 1, target ?? '')) return `leads out of the archive, or may (to ${target})`;
    links.add(own);
  }
  if (type === 'h') {
    const to = pathOf(target ?? '');
    if (to === undefined || to.length === 0) return 'is a hard link that leads out of the archive';
    if (goesThrough(to, links) || links.has(to.join('/'))) return 'is a hard link of a link, or behind one';
    addAbove(to, directories);
  }
  addAbove(path, directories);
  if (type === 'd') directories.add(own);
  return undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  b: 'a block device',
  c: 'a character device',
  p: 'a FIFO',
  s: 'a socket',
};

/** The parts of a name; undefined where it is absolute or has a `..`. */
function pathOf(name: string): string[] | undefined {
  if (name.startsWith('/')) return undefined;
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts;
}

function goesThrough(path: readonly string[], links: ReadonlySet<string>): boolean {
  return links.size > 0 && path.some((_, index) => index > 0 && links.has(path.slice(0, index).join('/')));
}

function addAbove(path: readonly string[], directories: Set<string>): void {
  for (let length = path.length - 1; length > 0; length -= 1) {
    const above = path.slice(0, length).join('/');
    if (directories.has(above)) return;
    directories.add(above);
  }
}

/**
 * Whether a symlink in a directory of this depth stays inside, whatever other links there are: `..` only at its
 * beginning, where no link is behind it.
 */
function staysInside(depth: number, target: string): boolean {
  if (target === '' || target.startsWith('/')) return false;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const up = parts.findIndex((part) => part !== '..');
  const leading = up === -1 ? parts.length : up;
  return leading <= depth && !parts.slice(leading).includes('..');
}
