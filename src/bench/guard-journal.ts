import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { RefusedError } from '../errors.js';
import { writeFileAtomic } from '../host/atomic-file.js';
import { readText } from '../host/files.js';
import { startOf } from '../host/open-files.js';
import { stateDir } from '../host/paths.js';

/**
 * Where a guarded change stands. It lies outside the dataset, which an undo of the change replaces.
 * - `snapshot`: nothing has run yet;
 * - `running`: the command runs, or was cut off;
 * - `checking`: it has ended well, and is being checked;
 * - `undoing`: it has failed, and is being undone;
 * - `failed`: it has failed, and was left as it is.
 */
const GuardJournal = z.object({
  version: z.literal(1),
  tag: z.string(),
  phase: z.enum(['snapshot', 'running', 'checking', 'undoing', 'failed']),
  /** The command, as an argument list. */
  command: z.array(z.string()),
  /** The unit that all of its processes are in. */
  scope: z.string(),
  /** Of the bench that guards it: its id, and when it began. */
  pid: z.number(),
  start: z.string(),
  startedAt: z.string(),
  /** How it is checked; null for what bench checks by itself. */
  check: z.nullable(z.array(z.string())),
  checkTimeoutMs: z.number(),
  undo: z.enum(['auto', 'ask', 'never']),
  /** How the command has ended; null where that is not known. */
  exitCode: z.nullable(z.number()),
  signal: z.nullable(z.string()),
  /** Why it counts as failed; null where it does not. */
  reason: z.nullable(z.string()),
  /** The bench's own units that ran before: an undo has them run again. */
  activeUnits: z.optional(z.array(z.string())),
  /** The GUID of the dataset that was live before: what is live later tells whether it was restored. */
  liveGuid: z.optional(z.string()),
  /** Its undo has come so far that a restore was begun, which other commands finish or give up as well. */
  restoreBegan: z.optional(z.boolean()),
});

export type GuardJournal = z.infer<typeof GuardJournal>;

function guardPath(bench: string): string {
  return join(stateDir(bench), 'guard.json');
}

/** Held by a guard for as long as it is at work. */
export function guardLock(bench: string): string {
  return join(stateDir(bench), 'guard.lock');
}

/**
 * @returns undefined where nothing was left
 * @throws RefusedError `guard-invalid` for one that is damaged or from a newer bench
 */
export async function readGuard(bench: string): Promise<GuardJournal | undefined> {
  const path = guardPath(bench);
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return GuardJournal.parse(JSON.parse(text));
  } catch (cause) {
    throw new RefusedError(
      'guard-invalid',
      `${path} tells of a guarded change, but is damaged or was written by a newer bench. Nothing was changed.`,
      { suggestions: [`Look at it, then move it away: cat ${path}`], cause },
    );
  }
}

export async function writeGuard(bench: string, journal: GuardJournal): Promise<void> {
  await mkdir(dirname(guardPath(bench)), { recursive: true });
  await writeFileAtomic(guardPath(bench), `${JSON.stringify(journal, null, 2)}\n`, { mode: 0o644 });
}

export async function removeGuard(bench: string): Promise<void> {
  await rm(guardPath(bench), { force: true });
}

/** Whether the bench that guards it is still at work. */
export async function isGuarded({ pid, start }: GuardJournal): Promise<boolean> {
  return start !== '' && (await startOf(pid)) === start;
}

/** What has to be done about a guarded change that nobody is at work on, and why. */
export function describeGuard({ phase, tag }: GuardJournal): string {
  const what = {
    snapshot: 'was cut off before its command ran',
    running: 'was cut off while its command ran',
    checking: 'was cut off before it was checked',
    undoing: 'has failed, and its undo was cut off',
    failed: 'has failed, and was left as it is',
  }[phase];
  return `The change that the snapshot ${tag} was taken for ${what}.`;
}

/** The command that goes on from there. */
export function guardCommand(bench: string, { phase }: GuardJournal): string {
  return `bench guard ${phase === 'failed' ? '--undo' : '--resume'} -b ${bench}`;
}
