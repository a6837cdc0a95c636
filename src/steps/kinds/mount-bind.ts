import { dirname } from 'node:path';
import { VolumeError } from '../../errors.js';
import { type Mount, mountByFstab, readMounts, showsDataset } from '../../host/mounts.js';
import type { Kind } from '../kind.js';

export interface MountBind {
  kind: 'mount.bind';
  source: string;
  target: string;
}

export const mountBind: Kind<MountBind> = {
  describe: ({ source, target }) => `Mount ${source} at ${target}`,
  commands: ({ target }) => [mountByFstab(target)],
  apply: async (step, { run }) => {
    await run();
    await refuseWrongMount(step);
  },
};

async function refuseWrongMount({ source, target }: MountBind): Promise<void> {
  const mounts = await readMounts();
  const [dataset, path] = datasetAndPath(mounts, source);
  if (dataset !== undefined && showsDataset(mounts, target, dataset, path)) return;
  throw new VolumeError('wrong-mount', `${target} was mounted, but does not show ${source}.`, {
    command: ['findmnt', target],
    suggestions: [`findmnt ${target}`, `umount ${target}, then run bench init again.`],
  });
}

function datasetAndPath(mounts: readonly Mount[], source: string): [string | undefined, string] {
  const parent = mounts.findLast((mount) => mount.target === dirname(source) && mount.fstype === 'zfs');
  return [parent?.source, source.slice(dirname(source).length)];
}
