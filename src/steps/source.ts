import { RefusedError } from '../errors.js';
import { isSameFile, openSource, type Source } from '../images/images.js';
import type { StepContext } from './kind.js';

/**
 * Runs the commands of a step with a file that was looked at before as their first descriptor. Whoever may write to it
 * could change it at any time: it must be the one that was judged before and behind them.
 * @throws RefusedError `file-changed`
 */
export async function withSource(source: Source, { commands, runner }: StepContext): Promise<void> {
  const handle = await openSource(source.file);
  try {
    await refuseChanged();
    for (const command of commands)
      await runner.run({ ...command, inheritFds: [handle.fd, ...(command.inheritFds ?? [])] });
    await refuseChanged();
  } finally {
    await handle.close();
  }

  async function refuseChanged(): Promise<void> {
    if (await isSameFile(handle, source)) return;
    throw new RefusedError(
      'file-changed',
      `${source.file} was changed while it was taken in: what was judged is not what was read.`,
      { suggestions: ['Wait until nobody writes to it, or copy it; then run the command again.'] },
    );
  }
}
