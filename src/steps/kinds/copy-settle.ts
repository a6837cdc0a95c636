import { abortReceive, releaseSnapshots, rollback } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/**
 * Brings the copy of another host's dataset to one moment, where it was cut off behind it: what has come of a stream is
 * given up, and what came after that moment without the rest of it, too.
 */
export interface CopySettle {
  kind: 'copy.settle';
  dataset: string;
  /** A stream was cut off. */
  isCutOff: boolean;
  /** Full names of snapshots that are held, and the name of the hold. */
  release: readonly string[];
  hold: string;
  /** The moment, where there is something behind it. */
  backTo?: string | undefined;
}

export const copySettle: Kind<CopySettle> = {
  describe: ({ dataset, backTo, isCutOff }) =>
    backTo !== undefined
      ? `Give up what came to ${dataset} after ${backTo} and is not whole`
      : isCutOff
        ? `Give up the part of a stream that has come to ${dataset}`
        : `Let go of the holds on ${dataset}`,
  commands: ({ dataset, isCutOff, release, hold, backTo }) => [
    ...(isCutOff ? [abortReceive(dataset)] : []),
    ...(release.length > 0 ? [releaseSnapshots(hold, release)] : []),
    ...(backTo === undefined ? [] : [rollback(`${dataset}@${backTo}`)]),
  ],
};
