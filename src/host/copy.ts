import type { Command } from './exec.js';

/** Everything that rsync can keep: hard links, ACLs, extended attributes, holes, owners by number (rsync(1)). */
const COPY_FLAGS = ['-aHAXS', '--numeric-ids', '--delete'] as const;
/** Hours: a datadir may be large. */
const COPY_TIMEOUT_MS = 24 * 3_600_000;

/** The option by which rsync tells how far it is, and by which such a command is known. */
export const TELLS_PROGRESS = '--info=progress2';

export function copyTree(from: string, to: string): Command {
  return {
    argv: ['rsync', ...COPY_FLAGS, TELLS_PROGRESS, '--', `${from}/`, `${to}/`],
    privileged: true,
    timeoutMs: COPY_TIMEOUT_MS,
  };
}

/** Prints one line for each difference in content (by checksum) or metadata; nothing where the trees are the same. */
export function compareTrees(from: string, to: string): Command {
  return {
    argv: [
      'rsync',
      ...COPY_FLAGS,
      '--dry-run',
      '--checksum',
      '--itemize-changes',
      '--',
      `${from}/`,
      `${to}/`,
    ],
    privileged: true,
    timeoutMs: COPY_TIMEOUT_MS,
  };
}

export function syncFilesystem(path: string): Command {
  return { argv: ['sync', '--file-system', path], privileged: true, timeoutMs: COPY_TIMEOUT_MS };
}
