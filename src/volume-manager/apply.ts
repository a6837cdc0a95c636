import { chmod, chown, constants, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RefusedError, VolumeError } from '../errors.js';
import { removeLeftovers, writeFileAtomic } from '../host/atomic-file.js';
import { type Command, CommandError, type CommandResult, type Runner } from '../host/exec.js';
import { appendLine, bindLine, FSTAB, readFstab } from '../host/fstab.js';
import { FSTAB_CANDIDATE, newFindings } from '../host/fstab-verify.js';
import { readMounts, showsDataset } from '../host/mounts.js';
import { openDirectory, within } from '../host/open-directory.js';
import { waitUntilAnswering } from '../mariadb/wait.js';
import { recheckDisk } from './discover/discover.js';
import type { HostRecord } from './host-record.js';
import { type Part, SENTINEL } from './layout.js';
import {
  BENCH_DIRECTORIES,
  commandsFor,
  describe,
  type Owner,
  SITE_CONFIG,
  type Step,
  unfinishedImage,
} from './steps.js';
import { refuseChangedDisk } from './wipe.js';
import { LAYOUT_VERSION } from './zfs.js';

export interface StepEvent {
  kind: 'step-started' | 'step-finished';
  step: Step;
  title: string;
  /** Milliseconds; 0 when it starts. */
  durationMs: number;
}

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
    await applyStep(step, runner);
    onEvent({ kind: 'step-finished', step, title, durationMs: performance.now() - started });
  }
}

async function applyStep(step: Step, runner: Runner): Promise<void> {
  const commands = commandsFor(step);
  switch (step.kind) {
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
      if (step.backing === 'device') await recheckDisk(runner, step.vdev);
      await runAll(runner, commands);
      return;
    case 'mountpoint.guard':
      return guardMountpoint(step.path, () => runAll(runner, commands));
    case 'host.record': {
      const [guid] = await runAll(runner, commands);
      const record: HostRecord = {
        ...step.record,
        pool: { ...step.record.pool, guid: guid?.stdout.trim() ?? '' },
      };
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
    default:
      await runAll(runner, commands);
  }
}

/** After `Type=notify` said ready, the socket answers at once; the rest is for a machine under load. */
const ANSWER_TIMEOUT_MS = 60_000;

async function runAll(runner: Runner, commands: readonly Command[]): Promise<CommandResult[]> {
  const results: CommandResult[] = [];
  for (const command of commands) results.push(await runner.run(command));
  return results;
}

/** Under the host's lock no other init writes; so what a killed one has left beside the file can go. */
async function replaceFile(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await removeLeftovers(path);
  await writeFileAtomic(path, content);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

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
async function guardMountpoint(path: string, makeImmutable: () => Promise<unknown>): Promise<void> {
  await mkdir(path, { recursive: true });
  if ((await readdir(path)).length > 0) {
    throw new RefusedError(
      'mountpoint-not-empty',
      `${path} should be an empty directory, to be mounted over.`,
      {
        suggestions: [`ls -la ${path}`, 'Move its content away, then run bench init again.'],
      },
    );
  }
  try {
    await makeImmutable();
  } catch (error) {
    if (!(error instanceof CommandError && /not supported|Inappropriate ioctl/i.test(error.result.stderr)))
      throw error;
  }
}

async function writeSentinel(directory: string, bench: string): Promise<void> {
  await writeFileAtomic(join(directory, SENTINEL), json({ bench, layout: Number(LAYOUT_VERSION) }), {
    mode: 0o444,
  });
}

async function createPart(step: Extract<Step, { kind: 'part.create' }>): Promise<void> {
  const { source } = step.part;
  await mkdir(source, { recursive: true });
  await chmod(source, step.mode);
  await chown(source, step.owner.uid, step.owner.gid);
  await writeSentinel(source, step.bench);
}

/**
 * Brings a directory into the dataset. Killed anywhere, it can be taken up again: until the last rename nothing in
 * the dataset looks like a bench, and the original is whole either in its place or where the mark says.
 */
async function migratePart(
  step: Extract<Step, { kind: 'part.migrate' }>,
  commands: readonly Command[],
  runner: Runner,
): Promise<void> {
  const { part, aside, resume } = step;
  const [copyAgain, compare, sync] = commands.slice(-3) as [Command, Command, Command];
  if (!resume) {
    await mkdir(part.staging, { recursive: true });
    await runAll(runner, commands.slice(0, -3));
    await writeFileAtomic(part.stagingMark, json({ movedTo: aside }));
    await rename(part.target, aside);
  }
  // What was written while the first copy ran; nobody finds the original by its name any more.
  await runner.run(copyAgain);
  const difference = (await runner.run(compare)).stdout.trim();
  if (difference !== '') {
    throw new VolumeError(
      'copy-differs',
      `The copy of ${aside} in ${part.staging} differs from it:\n${difference}`,
      {
        command: compare.argv,
        suggestions: [
          `Something still writes to ${aside}: stop it, then run bench init again. The original is whole.`,
        ],
      },
    );
  }
  await writeSentinel(part.staging, step.bench);
  await runner.run(sync);
  await publish(part);
}

/** One rename makes the gathered directory the bench's; the mark of the migration is of no use from then on. */
async function publish(part: Part): Promise<void> {
  await rename(part.staging, part.source);
  await rm(part.stagingMark, { force: true });
}

async function initialiseDatabase(
  step: Extract<Step, { kind: 'database.initialise' }>,
  run: () => Promise<unknown>,
): Promise<void> {
  const { staging } = step.part;
  // Left by an interrupted initialisation; system tables that are half made cannot be completed.
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { mode: 0o700 });
  await chown(staging, step.owner.uid, step.owner.gid);
  await run();
  await writeSentinel(staging, step.bench);
  await publish(step.part);
}

/** A line that findmnt finds fault with is never put in place: the next boot would read it. */
async function addToFstab(
  step: Extract<Step, { kind: 'fstab.add' }>,
  commands: readonly Command[],
  runner: Runner,
): Promise<void> {
  const line = bindLine(step.source, step.target);
  const text = appendLine(await readFstab(), line);
  try {
    await writeFileAtomic(FSTAB_CANDIDATE, text, { mode: 0o600 });
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
  await replaceFile(FSTAB, text);
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

/** The directories of SPEC section 1, owned like the bench itself. What is there stays untouched. */
async function createStructure(step: { directory: string; owner: Owner }): Promise<void> {
  const { uid, gid } = step.owner;
  for (const name of BENCH_DIRECTORIES) await createOwned(step.directory, name, step.owner);
  const file = join(step.directory, SITE_CONFIG);
  if (await lstat(file).catch(() => undefined)) return;
  await writeFileAtomic(file, json({ maintenance_mode: 0 }), { mode: 0o644, uid, gid });
}

/** A directory appears when it has its owner. Its parent is a user's, who may put a symlink in any place at any time. */
async function createOwned(parent: string, name: string, { uid, gid }: Owner): Promise<void> {
  const directory = await openDirectory(parent);
  try {
    const path = within(directory, name);
    if (await lstat(path).catch(() => undefined)) return;
    const temporary = within(directory, `.${name}.bench-tmp`);
    await mkdir(temporary, { recursive: true });
    const made = await open(temporary, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      await made.chown(uid, gid);
    } finally {
      await made.close();
    }
    await rename(temporary, path);
  } finally {
    await directory.close();
  }
}
