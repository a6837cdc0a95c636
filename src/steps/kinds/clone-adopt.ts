import { join } from 'node:path';
import { benchOfSentinel, SENTINEL, writeSentinel } from '../../bench/bench.js';
import { VolumeError } from '../../errors.js';
import { setAside, writeFileAtomic } from '../../host/atomic-file.js';
import { exists } from '../../host/files.js';
import { readMounts, showsDataset } from '../../host/mounts.js';
import { openDirectory } from '../../host/open-directory.js';
import { readSymlink } from '../../host/symlinks.js';
import type { Kind } from '../kind.js';

/** Makes the files of a clone its own: what is in them is its source's until then. */
export interface CloneAdopt {
  kind: 'clone.adopt';
  bench: string;
  source: string;
  dataset: string;
  mountpoint: string;
  /** Its bench.toml. */
  content: string;
  /** Where both have one name, its sentinel does not tell whether this was done. */
  again?: true;
}

export const cloneAdopt: Kind<CloneAdopt> = {
  describe: ({ bench, source, mountpoint }) =>
    `Make what is in ${mountpoint} the bench ${bench} instead of ${source}: bench.toml and sentinels`,
  commands: () => [],
  apply: async ({ bench, dataset, mountpoint, content, again }) => {
    const parts = ['mariadb', 'benches'].map((name) => join(mountpoint, name));
    if (!showsDataset(await readMounts(), mountpoint, dataset, '/')) throw notThere(mountpoint, dataset);
    // Done before: what somebody has changed in it since stays.
    if (again === undefined && (await benchOfSentinel(mountpoint)) === bench) return;
    for (const part of parts) if (!(await exists(join(part, SENTINEL)))) throw notWhole(part);
    await writeBenchToml(join(mountpoint, 'benches', 'bench.toml'), content);
    for (const part of parts) await writeSentinel(part, bench);
    // Last: it says that all of it is done. Written out to the disk, it brings to it what was done before.
    await writeSentinel(mountpoint, bench);
  },
};

/** A symlink leads where its source's did, which must not be written to: a file takes its place. */
async function writeBenchToml(path: string, content: string): Promise<void> {
  const directory = await openDirectory(join(path, '..'));
  const { uid, gid } = await directory.stat().finally(() => directory.close());
  if ((await readSymlink(path)) !== undefined) await setAside(path, '.bench.toml.of-source');
  const isNew = !(await exists(path));
  await writeFileAtomic(path, content, isNew ? { uid, gid } : {});
}

function notThere(mountpoint: string, dataset: string): VolumeError {
  return new VolumeError('wrong-mount', `${mountpoint} does not show ${dataset}.`, {
    suggestions: [`findmnt ${mountpoint}`, `zfs mount ${dataset}`],
  });
}

function notWhole(part: string): VolumeError {
  return new VolumeError(
    'snapshot-incomplete',
    `There is no sentinel in ${part}: the snapshot is of no bench.`,
    {
      suggestions: ['Make the clone from a newer snapshot.'],
    },
  );
}
