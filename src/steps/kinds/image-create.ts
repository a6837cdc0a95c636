import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatSize } from '../../config/size.js';
import { VolumeError } from '../../errors.js';
import { writeFileAtomic } from '../../host/atomic-file.js';
import type { Kind } from '../kind.js';

export interface ImageCreate {
  kind: 'image.create';
  path: string;
  sizeBytes: number;
}

export const imageCreate: Kind<ImageCreate> = {
  describe: ({ path, sizeBytes }) => `Preallocate the image ${path} (${formatSize(sizeBytes)})`,
  commands: ({ path, sizeBytes }) => [
    { argv: ['fallocate', '--length', String(sizeBytes), unfinishedImage(path)], privileged: true },
  ],
  apply: (step, { run }) => createImage(step, run),
};

/** Where an image is preallocated until it is whole. */
function unfinishedImage(path: string): string {
  return `${path}.unfinished`;
}

/**
 * Preallocates beside the final name and renames when the file is whole: an image by its name is always a whole one.
 * The plan has refused a file that is there already.
 */
async function createImage(
  { path, sizeBytes }: ImageCreate,
  allocate: () => Promise<unknown>,
): Promise<void> {
  const unfinished = unfinishedImage(path);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(unfinished, { force: true });
  try {
    await writeFileAtomic(unfinished, '', { mode: 0o600 });
    await allocate();
    const { size, blocks } = await lstat(unfinished);
    if (size !== sizeBytes || blocks * 512 < size) {
      throw new VolumeError(
        'image-sparse',
        `${path} was not preallocated: ${blocks * 512} of ${size} bytes.`,
        {
          suggestions: ['This file system cannot preallocate; put volume.image.path on ext4 or xfs.'],
        },
      );
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
