import { VOLUMES } from '../bench/bench.js';
import { BusyError, RefusedError } from '../errors.js';
import type { Registry, Volume } from '../registry/registry.js';

/**
 * A name belongs to one volume of the host, whatever pool it lies in. What was begun by that name and never became
 * whole holds nothing, and is made anew.
 * @throws RefusedError `volume-exists`, `volume-incomplete`
 */
export function refuseNewVolume({ volumes, kept }: Registry, name: string, pool: string): void {
  refuseKept(kept, name);
  const existing = volumes.find((each) => each.role === 'data' && each.name === name);
  if (existing === undefined || (existing.pool === pool && isLeftover(existing))) return;
  refuseAtWork(existing);
  if (existing.state === 'whole') {
    throw new RefusedError(
      'volume-exists',
      `There is a volume ${name} already, in ${existing.pool}. Nothing was changed.`,
      {
        suggestions: [`bench volume show ${name}`, 'Choose another name.'],
      },
    );
  }
  throw new RefusedError(
    'volume-incomplete',
    `${existing.dataset} is there and is no complete volume. Nothing was changed.`,
    { suggestions: [`bench volume repair ${name}`, 'Or choose another name.'] },
  );
}

/**
 * The copy that a restore of a bench keeps of a volume is known by the name of the volume: no other one may have that
 * name meanwhile, and it may have no other.
 * @throws RefusedError `volume-kept`
 */
export function refuseKept(kept: readonly string[], name: string): void {
  const found = kept.find((dataset) => dataset.endsWith(`/${VOLUMES}/${name}`));
  if (found === undefined) return;
  throw new RefusedError(
    'volume-kept',
    `A restore of a bench keeps a copy of ${found} by its name. Nothing was changed.`,
    {
      suggestions: [
        'Bring it back or drop it first: bench volume undo-restore -b BENCH, or with --discard',
        'Which bench that is: bench volume status -b BENCH',
      ],
    },
  );
}

/**
 * Of what has no mark at all only its name is known: to be what was about to be made, it has to be as empty as ZFS makes
 * it, which takes some hundred kilobytes in a raidz of many disks.
 */
const NOTHING_BYTES = 1024 ** 2;

/**
 * Whether bench itself had begun to make it, nobody does so now, and nobody can have put anything into it. A full volume
 * lacks its mark, too, while the bench that it belongs to goes from one host to another.
 */
export function isLeftover(volume: Volume): boolean {
  const { state, madeBy, wasNoted, atWork } = volume;
  return (
    state === 'half-made' &&
    atWork === undefined &&
    (madeBy !== undefined || (wasNoted && volume.writtenBytes < NOTHING_BYTES)) &&
    !wasInUse(volume) &&
    volume.damaged.length === 0 &&
    volume.copyOf === undefined
  );
}

/** Only what was whole is ever attached. */
export function wasInUse({ attachments, history }: Volume): boolean {
  return attachments.length > 0 || history.length > 0;
}

/** @throws BusyError `volume-at-work` */
export function refuseAtWork({ dataset, atWork }: Volume): void {
  if (atWork === undefined) return;
  throw new BusyError('volume-at-work', `${dataset} is being made by ${atWork}. Nothing was changed.`, {
    suggestions: ['Wait until it is done; then run the command again.'],
  });
}
