import { mkdir, rename } from 'node:fs/promises';
import { type Part, publishPart, writeSentinel } from '../../bench/bench.js';
import { VolumeError } from '../../errors.js';
import { writeFileAtomic } from '../../host/atomic-file.js';
import { compareTrees, copyTree, syncFilesystem, TELLS_PROGRESS } from '../../host/copy.js';
import { type Command, runAll } from '../../host/exec.js';
import { json } from '../../host/records.js';
import type { Kind, StepContext } from '../kind.js';
import { rsyncProgress } from '../progress.js';

export interface PartMigrate {
  kind: 'part.migrate';
  part: Part;
  /** Where the original goes, and stays. */
  aside: string;
  /** The original is there already: an init before was cut off. */
  resume: boolean;
  /** It is nothing but a bench.toml, and goes with a step of its own (`original.drop`). */
  disposable: boolean;
  bench: string;
}

export const partMigrate: Kind<PartMigrate> = {
  describe: ({ part, aside, disposable }) =>
    `Bring ${part.target} into the dataset${disposable ? '' : `; the original stays as ${aside}`}`,
  commands: ({ part, aside, resume }) => [
    ...(resume ? [] : [copyTree(part.target, part.staging)]),
    copyTree(aside, part.staging),
    compareTrees(aside, part.staging),
    syncFilesystem(part.staging),
  ],
  apply: migratePart,
  progress: { argument: TELLS_PROGRESS, reader: rsyncProgress },
};

/**
 * Brings a directory into the dataset. Killed anywhere, it can be taken up again: until the last rename nothing in
 * the dataset looks like a bench, and the original is whole either in its place or where the mark says.
 */
async function migratePart(
  { part, aside, resume, disposable, bench }: PartMigrate,
  { runner, commands }: StepContext,
): Promise<void> {
  const [copyAgain, compare, sync] = commands.slice(-3) as [Command, Command, Command];
  if (!resume) {
    await mkdir(part.staging, { recursive: true });
    await runAll(runner, commands.slice(0, -3));
    await writeFileAtomic(part.stagingMark, json({ movedTo: aside, disposable }));
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
  await writeSentinel(part.staging, bench);
  await runner.run(sync);
  await publishPart(part, { keepMark: disposable });
}
