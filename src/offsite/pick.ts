import { UsageError, VolumeError } from '../errors.js';
import { onOneLine } from '../printable.js';
import { type Copies, chainOf } from './copies.js';
import type { Manifest } from './manifest.js';

/**
 * The copy that is meant, with all that it builds on, the full one first: by its id or by the tag of its snapshot; the one of
 * the newest snapshot where none is named. Pure.
 * @throws UsageError `copy-missing`; VolumeError `copy-broken`, `copy-damaged`
 */
export function pickChain(
  { copies, damaged, unfinished }: Copies,
  bench: string,
  wanted: string | undefined,
): Manifest[] {
  const bad = damaged.find(({ id }) => id === wanted);
  if (bad !== undefined)
    throw new VolumeError('copy-damaged', bad.message, { suggestions: [`bench offsite list -b ${bench}`] });
  const copy =
    wanted === undefined
      ? copies.at(-1)
      : copies.findLast(({ id, snapshot }) => id === wanted || snapshot.tag === wanted);
  if (copy === undefined) {
    const isUnfinished = wanted !== undefined && unfinished.includes(wanted);
    throw new UsageError(
      'copy-missing',
      isUnfinished
        ? `${wanted} has no manifest: it was never whole. Nothing was changed.`
        : `There is no copy ${wanted === undefined ? '' : `${onOneLine(wanted)} `}of ${bench}. Nothing was changed.`,
      { suggestions: [`bench offsite list -b ${bench}`] },
    );
  }
  const chain = chainOf(copies, copy);
  if (chain !== undefined) return chain;
  throw new VolumeError(
    'copy-broken',
    `The copy ${copy.id} builds on one that is not there, or is damaged. Nothing was changed.`,
    {
      suggestions: [
        `bench offsite list -b ${bench}`,
        `A full copy builds on no other: bench offsite push -b ${bench} --full`,
      ],
    },
  );
}
