import { chmod, chown, lstat, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Part, SENTINEL } from '../bench/layout.js';
import { VolumeError } from '../errors.js';
import { writeFileAtomic } from '../host/atomic-file.js';
import type { Command, Runner } from '../host/exec.js';
import { makeDirectory } from '../host/open-directory.js';
import { LAYOUT_VERSION } from '../zfs/zfs.js';
import { json, runAll } from './apply-tools.js';
import { BENCH_DIRECTORIES, type Owner, SITE_CONFIG, type Step } from './steps.js';

export async function writeSentinel(directory: string, bench: string): Promise<void> {
  await writeFileAtomic(join(directory, SENTINEL), json({ bench, layout: Number(LAYOUT_VERSION) }), {
    mode: 0o444,
  });
}

export async function createPart(step: Extract<Step, { kind: 'part.create' }>): Promise<void> {
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
export async function migratePart(
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

export async function initialiseDatabase(
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

/** The directories of SPEC section 1, owned like the bench itself. What is there stays untouched. */
export async function createStructure(step: { directory: string; owner: Owner }): Promise<void> {
  const { uid, gid } = step.owner;
  for (const name of BENCH_DIRECTORIES) await makeDirectory(join(step.directory, name), step.owner);
  const file = join(step.directory, SITE_CONFIG);
  if (await lstat(file).catch(() => undefined)) return;
  await writeFileAtomic(file, json({ maintenance_mode: 0 }), { mode: 0o644, uid, gid });
}
