import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const fixtures = new URL('../test/fixtures/', import.meta.url);

/** Which fixture a stub prints; the first whose words are all in its arguments. */
const ANSWERS: Readonly<Record<string, [words: string, fixture: string][]>> = {
  zpool: [
    ['status', 'zpool/status-scrubbed.txt'],
    ['', 'bench-volume/zpool-list.txt'],
  ],
  zfs: [
    ['-o name,creation ', 'bench-volume/zfs-newest.txt'],
    ['-o name -s name', 'bench-volume/zfs-names.txt'],
    ['snapshot', 'bench-volume/zfs-snapshots.txt'],
    ['_shop.kept', 'bench-volume/zfs-kept.stderr'],
    ['', 'bench-volume/zfs-dataset.txt'],
  ],
  systemctl: [['', 'bench-volume/systemctl-show.txt']],
};

/**
 * Programs that print what zfs, zpool and systemctl really printed for the bench `shop`, by their names. Each is one
 * process that starts no other.
 */
export function stubs(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ANSWERS).map(([program, answers]) => [
      program,
      `#!/bin/sh\ncase "$*" in\n${answers.map(branch).join('\n')}\nesac\n`,
    ]),
  );
}

export function fixture(name: string): string {
  return readFileSync(fileURLToPath(new URL(name, fixtures)), 'utf8');
}

function branch([words, name]: [words: string, fixture: string]): string {
  const text = fixture(name)
    .trimEnd()
    .split('\n')
    .map((line) => `'${line.replaceAll("'", "'\\''")}'`)
    .join(' ');
  return `*"${words}"*) printf '%s\\n' ${text}${name.endsWith('.stderr') ? ' >&2; exit 1' : ''};;`;
}
