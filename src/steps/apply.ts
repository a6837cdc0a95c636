import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HostRecord } from '../bench/host-record.js';
import { recheckDisk } from '../disks/discover.js';
import { RefusedError, VolumeError } from '../errors.js';
import { runApt, waitForApt } from '../host/apt.js';
import { writeFileAtomic } from '../host/atomic-file.js';
import { type Command, CommandError, type CommandResult, type Runner } from '../host/exec.js';
import { appendToBytes, bindLine, FSTAB, readFstabBytes } from '../host/fstab.js';
import { FSTAB_CANDIDATE, newFindings } from '../host/fstab-verify.js';
import { readMounts, showsDataset } from '../host/mounts.js';
import { loadZfs } from '../host/zfs-support.js';
import { ensureAccounts } from '../mariadb/account.js';
import { HOLD_BACK, HOLD_BACK_TEXT } from '../mariadb/default-instance.js';
import { waitUntilAnswering } from '../mariadb/wait.js';
import { contentOf } from '../volume-manager/inspect-part.js';
import { holdsOnlyMountPoints } from '../volume-manager/pool-directory.js';
import { refuseChangedDisk } from '../volume-manager/wipe.js';
import {
  createPart,
  createStructure,
  initialiseDatabase,
  migratePart,
  writeSentinel,
} from './apply-parts.js';
import { json, replaceFile, runAll } from './apply-tools.js';
import { aptProgress, type Progress, rsyncProgress } from './progress.js';
import { commandsFor, describe, type Step, unfinishedImage } from './steps.js';
import { forgetUnfinishedDataset, noteUnfinishedDataset } from './unfinished-dataset.js';
import { forgetUnfinishedPool, noteUnfinishedPool } from './unfinished-pool.js';

export type StepEvent = {
  step: Step;
  /** The step in one line; while it waits, for what. */
  title: string;
  /** Milliseconds since it started. */
  durationMs: number;
} & ({ kind: 'step-started' | 'step-waits' | 'step-finished' } | ({ kind: 'step-progress' } & Progress));

/** Carries out steps in order. What it starts is exactly what `commandsFor` prints. */
export async function applySteps(
  steps: readonly Step[],
  runner: Runner,
  onEvent: (event: StepEvent) => void = () => undefined,
): Promise<void> {
  for (const step of steps) {
    const title = describe(step);
    const started = performance.now();
    onEvent({ kind: 'step-started', step, title, durationMs: 0 });
    const report = (message: string) =>
      onEvent({ kind: 'step-waits', step, title: message, durationMs: performance.now() - started });
    const progress = (found: Progress) =>
      onEvent({ kind: 'step-progress', step, title, durationMs: performance.now() - started, ...found });
    await applyStep(step, listening(runner, step, progress), report);
    onEvent({ kind: 'step-finished', step, title, durationMs: performance.now() - started });
  }
}

/** Those of a step's commands that take long and say themselves how far they are. */
function listening(runner: Runner, step: Step, progress: (found: Progress) => void): Runner {
  const read =
    step.kind === 'part.migrate'
      ? rsyncProgress()
      : step.kind === 'packages.install'
        ? aptProgress()
        : undefined;
  if (read === undefined) return runner;
  const onLine = (line: string) => {
    const found = read(line);
    if (found !== undefined) progress(found);
  };
  const tells = ({ argv }: Command) => argv.includes('--info=progress2') || argv.includes('install');
  return { run: (command) => runner.run(tells(command) ? { ...command, onLine } : command) };
}

async function applyStep(step: Step, runner: Runner, report: (message: string) => void): Promise<void> {
  const commands = commandsFor(step);
  switch (step.kind) {
    case 'packages.install':
      await waitForApt({ report });
      if (step.holdBack) await replaceFile(HOLD_BACK, HOLD_BACK_TEXT);
      return runApt(runner, commands, { report });
    case 'module.load':
      return loadZfs(() => runAll(runner, commands), step.support);
    case 'config.write':
      await (await import('../config/edit.js')).editConfig(step.file, step.changes);
      return;
    case 'device.wipe':
      // What was shown and agreed to, and nothing else.
      await refuseChangedDisk(runner, step.device, step.contents);
      await runAll(runner, commands);
      return;
    case 'image.create':
      return createImage(step, () => runAll(runner, commands));
    case 'pool.create':
      // Somebody may have put a file system on it since it was chosen.
      if (step.backing === 'device')
        await noteUnfinishedPool(step.bench, step.pool, await recheckDisk(runner, step.vdev));
      await runAll(runner, commands);
      return;
    case 'dataset.create':
      await noteUnfinishedDataset(step.bench, step.dataset);
      await runAll(runner, commands);
      return;
    case 'mountpoint.guard':
      return guardMountpoint(step, () => runAll(runner, commands));
    case 'directory.open':
      await mkdir(step.path, { recursive: true });
      return whereSupported(() => runAll(runner, commands));
    case 'host.record': {
      const [guid] = await runAll(runner, commands);
      const record: HostRecord = {
        ...step.record,
        pool: { ...step.record.pool, guid: guid?.stdout.trim() ?? '' },
      };
      await forgetUnfinishedPool(record.bench);
      await forgetUnfinishedDataset(record.bench);
      return replaceFile(step.file, json(record));
    }
    case 'sentinel.write':
      return writeSentinel(step.directory, step.bench);
    case 'part.create':
      return createPart(step);
    case 'part.migrate':
      return migratePart(step, commands, runner);
    case 'database.initialise':
      return initialiseDatabase(step, () => runAll(runner, commands));
    case 'file.write':
      return replaceFile(step.path, step.content);
    case 'file.remove':
      return rm(step.path, { force: true });
    case 'fstab.add':
      return addToFstab(step, commands, runner);
    case 'mount.bind':
      await runAll(runner, commands);
      return refuseWrongMount(step);
    case 'unit.start':
      await runAll(runner, commands);
      return waitUntilAnswering({ socketPath: step.socketPath, timeoutMs: ANSWER_TIMEOUT_MS });
    case 'units.stop':
      await replaceFile(step.note, json({ units: step.stopped }));
      await runAll(runner, commands);
      return;
    case 'units.start':
      await runAll(runner, commands);
      return rm(step.note, { force: true });
    case 'bench.structure':
      return createStructure(step);
    case 'account.create':
      return createAccounts(step, report);
    default:
      await runAll(runner, commands);
  }
}

/** A server of old that wants a password of root gets no account; its bench is complete all the same. */
async function createAccounts(
  { socketPath, operators }: Extract<Step, { kind: 'account.create' }>,
  report: (message: string) => void,
): Promise<void> {
  if (await ensureAccounts({ socketPath, timeoutMs: ANSWER_TIMEOUT_MS }, operators)) return;
  report(`MariaDB does not let root in by ${socketPath}: no account for ${operators.join(', ')}`);
}

/** After `Type=notify` said ready, the socket answers at once; the rest is for a machine under load. */
const ANSWER_TIMEOUT_MS = 60_000;

/**
 * Preallocates beside the final name and renames when the file is whole: an image by its name is always a whole one.
 * The plan has refused a file that is there already.
 */
async function createImage(
  step: Extract<Step, { kind: 'image.create' }>,
  allocate: () => Promise<unknown>,
): Promise<void> {
  const unfinished = unfinishedImage(step.path);
  await mkdir(dirname(step.path), { recursive: true, mode: 0o700 });
  await rm(unfinished, { force: true });
  try {
    await writeFileAtomic(unfinished, '', { mode: 0o600 });
    await allocate();
    const { size, blocks } = await lstat(unfinished);
    if (size !== step.sizeBytes || blocks * 512 < size) {
      throw new VolumeError(
        'image-sparse',
        `${step.path} was not preallocated: ${blocks * 512} of ${size} bytes.`,
        {
          suggestions: ['This file system cannot preallocate; put volume.image.path on ext4 or xfs.'],
        },
      );
    }
    await rename(unfinished, step.path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/**
 * The directory below a mount point stays empty and immutable, so that nothing can be written there while the
 * dataset is missing (chattr(1), `+i`).
 */
async function guardMountpoint(
  { path, mayNest = false }: Extract<Step, { kind: 'mountpoint.guard' }>,
  makeImmutable: () => Promise<unknown>,
): Promise<void> {
  await mkdir(path, { recursive: true }).catch(ignoreExisting);
  const isFree = mayNest ? await holdsOnlyMountPoints(path) : (await contentOf(path)) === 'empty';
  if (!isFree) {
    throw new RefusedError(
      'mountpoint-not-empty',
      `${path} should be an empty directory, to be mounted over.`,
      { suggestions: [`ls -la ${path}`, `mv ${path} ${path}.aside`, 'Then run bench init again.'] },
    );
  }
  await whereSupported(makeImmutable);
}

/** Not every file system knows the attribute; then there is nothing to set or to take away. */
async function whereSupported(change: () => Promise<unknown>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (!(error instanceof CommandError && /not supported|Inappropriate ioctl/i.test(error.result.stderr)))
      throw error;
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** A line that findmnt finds fault with is never put in place: the next boot would read it. */
async function addToFstab(
  step: Extract<Step, { kind: 'fstab.add' }>,
  commands: readonly Command[],
  runner: Runner,
): Promise<void> {
  const line = bindLine(step.source, step.target);
  const content = appendToBytes(await readFstabBytes(), line);
  try {
    await writeFileAtomic(FSTAB_CANDIDATE, content, { mode: 0o600 });
    const [before, after] = (await runAll(runner, commands)) as [CommandResult, CommandResult];
    const findings = newFindings(before, after);
    if (findings.length > 0) {
      throw new VolumeError(
        'fstab-invalid',
        `findmnt finds fault with the line '${line}', so ${FSTAB} was left as it is:\n${findings.join('\n')}`,
        { command: after.argv, suggestions: ['Mend that, then run bench init again: it goes on from here.'] },
      );
    }
  } finally {
    await rm(FSTAB_CANDIDATE, { force: true });
  }
  await replaceFile(FSTAB, content);
}

async function refuseWrongMount(step: Extract<Step, { kind: 'mount.bind' }>): Promise<void> {
  const mounts = await readMounts();
  const [dataset, path] = datasetAndPath(mounts, step.source);
  if (dataset !== undefined && showsDataset(mounts, step.target, dataset, path)) return;
  throw new VolumeError('wrong-mount', `${step.target} was mounted, but does not show ${step.source}.`, {
    command: ['findmnt', step.target],
    suggestions: [`findmnt ${step.target}`, `umount ${step.target}, then run bench init again.`],
  });
}

function datasetAndPath(
  mounts: Awaited<ReturnType<typeof readMounts>>,
  source: string,
): [string | undefined, string] {
  const parent = mounts.findLast((mount) => mount.target === dirname(source) && mount.fstype === 'zfs');
  return [parent?.source, source.slice(dirname(source).length)];
}
