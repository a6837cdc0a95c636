import { constants, link, lstat, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RefusedError } from '../../errors.js';
import { ignoreMissing } from '../../host/files.js';
import { openDirectory, within } from '../../host/open-directory.js';
import { convertFromDevice, type ImageFormat, qemuProgress } from '../../images/images.js';
import type { Kind } from '../kind.js';

/** Copies a block device into a new file, which has its name when it is whole and on the disk. */
export interface ImageExport {
  kind: 'image.export';
  device: string;
  format: ImageFormat;
  file: string;
  /** Until then, in the same directory. */
  part: string;
}

const NEW_FILE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

export const imageExport: Kind<ImageExport> = {
  describe: ({ device, format, file }) => `Copy ${device} into the ${format} image ${file}`,
  commands: ({ device, format }) => convertFromDevice(device, format),
  apply: async ({ file, part }, { commands, runner }) => {
    const directory = await openDirectory(dirname(file));
    const [whole, unfinished] = [basename(file), basename(part)].map((name) => within(directory, name));
    try {
      const handle = await open(unfinished as string, NEW_FILE, 0o600);
      try {
        for (const command of commands)
          await runner.run({ ...command, inheritFds: [handle.fd, ...(command.inheritFds ?? [])] });
        await handle.sync();
        await giveName(unfinished as string, whole as string, file);
      } catch (error) {
        await unlink(unfinished as string).catch(ignoreMissing);
        throw error;
      } finally {
        await handle.close();
      }
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
  progress: { argument: 'convert', reader: qemuProgress },
};

/** Never in the place of a file that has come into being meanwhile. */
async function giveName(from: string, to: string, shown: string): Promise<void> {
  try {
    await link(from, to);
    await unlink(from);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Of file systems without hard links.
    const noLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(code ?? '');
    if (noLinks && (await lstat(to).catch(ignoreMissing)) === undefined) return rename(from, to);
    if (noLinks || code === 'EEXIST') throw fileExists(shown);
    throw error;
  }
}

export function fileExists(file: string): RefusedError {
  return new RefusedError('file-exists', `${file} is there already. Nothing was changed.`, {
    suggestions: [`Choose another name, or look at it first: ls -l ${join(dirname(file), basename(file))}`],
  });
}
