import { readDropNote, readTakeUpNote } from '../bench/bench.js';
import { formatArgv } from '../host/exec.js';
import type { Interrupted } from './evidence.js';

/** A bench that is on its way, here or away: that is all there is to tell of it. */
export async function halfBench(bench: string): Promise<Interrupted['bench']> {
  const drop = await readDropNote(bench);
  if (drop !== undefined) {
    const message = `It is being dropped since ${drop.startedAt}, or that was cut off.`;
    return { code: 'drop-unfinished', message, fix: `bench drop ${bench}` };
  }
  const takeUp = await readTakeUpNote(bench);
  if (takeUp === undefined) return undefined;
  return {
    code: 'take-up-unfinished',
    message: `It takes up the kept volume of ${takeUp.volume}, or that was cut off.`,
    fix: formatArgv(['bench', 'init', '-b', bench, '--from-volume', takeUp.volume]),
  };
}
