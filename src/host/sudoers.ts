import { RefusedError } from '../errors.js';
import { CommandNotFoundError, type Runner } from './exec.js';
import { exists } from './files.js';

/**
 * How sudo can be told which arguments are allowed:
 * - `regex`: by a regular expression over all of them (sudo 1.9.10 and later);
 * - `fixed`: by wildcards that stand for one character each. `*` and `?` never: `*` matches blanks too, and so any
 *   further argument (sudoers(5), "Wildcards").
 */
export type SudoersStyle = 'regex' | 'fixed';

/** What `bench volume snapshot` marks snapshots with; see `MARK` of zfs.ts. */
const METHODS = ['backup-stage', 'read-lock', 'stopped', 'crash-consistent'] as const;
/** Every character of a tag (names.ts), and every one that a note is encoded in (zfs.ts): no blank. */
const TAG = '[A-Za-z0-9][A-Za-z0-9_.:-]*';
const NOTE = '[A-Za-z0-9_.%-]*';

export interface SudoersOptions {
  bench: string;
  dataset: string;
  /** The datasets of the volumes that the bench writes, in the order of a snapshot's command. */
  volumes: readonly string[];
  operators: readonly string[];
  /** Absolute path of the program. */
  zfs: string;
  style: SudoersStyle;
}

/**
 * A sudoers fragment by which the operators can take snapshots of one dataset with `bench volume snapshot`, and
 * nothing else. The second line of each is for one case: MariaDB lost the lock while the snapshot was taken, which
 * then has to be marked as not consistent.
 */
export function sudoersFragment({ bench, dataset, volumes, operators, zfs, style }: SudoersOptions): string {
  const commands = (style === 'regex' ? byRegex : byCharacter)(dataset, volumes);
  const lines = operators.flatMap((operator) =>
    commands.map((command) => `${operator} ALL=(root) NOPASSWD: ${zfs} ${command}`),
  );
  const limits =
    style === 'regex' ? '' : '# This sudo is older than 1.9.10: only snapshots without --tag and --note.\n';
  return `# Written by: bench sudoers -b ${bench}\n# For: bench volume snapshot -b ${bench}\n${limits}${lines.join('\n')}\n`;
}

/** A volume that is detached is not in the command any more; one that is attached later is not in these lines. */
function byRegex(dataset: string, volumes: readonly string[]): string[] {
  const [name = '', ...others] = [dataset, ...volumes].map((each) => each.replaceAll('.', '\\.'));
  const marks = `-o bench:quiesce=(${METHODS.join('|')})( -o bench:note=${NOTE})?`;
  const along = others.map((other) => `( ${other}@${TAG})?`).join('');
  const any = others.length === 0 ? name : `(${[name, ...others].join('|')})`;
  return [`^snapshot ${marks} ${name}@${TAG}${along}$`, `^set bench:quiesce=crash-consistent ${any}@${TAG}$`];
}

function byCharacter(dataset: string, volumes: readonly string[]): string[] {
  const digits = (count: number) => '[0-9]'.repeat(count);
  const snapshots = [dataset, ...volumes].map((each) => `${escapeArguments(each)}@${digits(8)}-${digits(6)}`);
  return [
    ...METHODS.map(
      (method) => `snapshot -o ${escapeArguments(`bench:quiesce=${method}`)} ${snapshots.join(' ')}`,
    ),
    ...snapshots.map((snapshot) => `set ${escapeArguments('bench:quiesce=crash-consistent')} ${snapshot}`),
  ];
}

/** Characters that sudoers gives a meaning to in arguments (sudoers(5), "Other special characters"). */
function escapeArguments(text: string): string {
  return text.replace(/[\\,:=]/g, '\\$&');
}

/**
 * What the sudo of this host understands.
 * @throws RefusedError `sudo-unsuitable` where there is none, or one that knows no arguments at all
 */
export async function sudoersStyle(runner: Runner): Promise<SudoersStyle> {
  const refused = (what: string) =>
    new RefusedError('sudo-unsuitable', `${what}, so that it cannot be limited to snapshots of one bench.`, {
      suggestions: ['Let root take the snapshots, by cron or a systemd timer.'],
    });
  let version: string;
  try {
    version = (await runner.run({ argv: ['sudo', '-V'] })).stdout.split('\n')[0] ?? '';
  } catch (error) {
    if (error instanceof CommandNotFoundError) throw refused('There is no sudo here');
    throw error;
  }
  const [, major, minor, patch] = /^Sudo version (\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  if (patch === undefined) throw refused(`bench does not know this sudo (${version})`);
  const number = Number(major) * 1e6 + Number(minor) * 1e3 + Number(patch);
  return number >= 1_009_010 ? 'regex' : 'fixed';
}

/** Where sudo finds zfs by its usual secure_path. */
export async function zfsPath(): Promise<string> {
  for (const path of ['/usr/local/sbin/zfs', '/usr/sbin/zfs', '/sbin/zfs'])
    if (await exists(path)) return path;
  throw new CommandNotFoundError('zfs');
}
