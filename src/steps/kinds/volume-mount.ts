import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { VolumeError } from '../../errors.js';
import { openTarget } from '../../host/bench-path.js';
import type { Command } from '../../host/exec.js';
import { readMounts, showsDataset } from '../../host/mounts.js';
import type { Owner } from '../../host/users.js';
import type { Kind } from '../kind.js';
import { OPENED } from './target-guard.js';

/** Shows a bench one of its volumes, while it runs, at a directory that was opened for it ({@link OPENED}). */
export interface VolumeMounted {
  kind: 'volume.mount';
  dataset: string;
  /** The part of the dataset that is shown, such as `/data`. */
  root: string;
  source: string;
  /** The directory of the bench, and the path below it. */
  directory: string;
  path: string;
  readOnly: boolean;
  owner: Owner;
}

export const volumeMount: Kind<VolumeMounted> = {
  describe: ({ source, directory, path }) => `Mount ${source} at ${join(directory, path)}`,
  commands: ({ source, readOnly }) => [
    {
      argv: [
        'mount',
        '--no-canonicalize',
        '--bind',
        '--options',
        mountFlags(readOnly).join(','),
        source,
        OPENED,
      ],
      privileged: true,
    },
  ],
  apply: async (step, { commands, runner }) => {
    const { directory, path, owner } = step;
    if (!step.readOnly) await giveTo(step.source, owner, (command) => runner.run(command));
    const handle = await openTarget(directory, path, owner);
    try {
      for (const command of commands) await runner.run({ ...command, inheritFds: [handle.fd] });
    } finally {
      await handle.close();
    }
    await refuseWrongMount(step);
  },
};

/** What a volume holds is data: no devices, and no programs that make somebody root. */
export function mountFlags(readOnly: boolean): string[] {
  return ['nodev', 'nosuid', ...(readOnly ? ['ro'] : [])];
}

/** A volume that is still empty belongs to whoever the bench belongs to. */
async function giveTo(
  source: string,
  { uid, gid }: Owner,
  run: (command: Command) => Promise<unknown>,
): Promise<void> {
  const stats = await lstat(source);
  if (stats.uid !== 0 || uid === 0 || (await readdir(source)).length > 0) return;
  await run({ argv: ['chown', '--no-dereference', `${uid}:${gid}`, source], privileged: true });
}

async function refuseWrongMount({ dataset, root, directory, path, source }: VolumeMounted): Promise<void> {
  const target = join(directory, path);
  if (showsDataset(await readMounts(), target, dataset, root)) return;
  throw new VolumeError('wrong-mount', `${target} was mounted, but does not show ${source}.`, {
    command: ['findmnt', target],
    suggestions: [`findmnt ${dataset}`, `Look what has taken the place of ${target}.`],
  });
}
