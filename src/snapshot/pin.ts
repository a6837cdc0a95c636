import { aloneOn, refuseUnfinishedRestore, requireOwnDataset } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { UsageError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { tag as tagProblem } from '../names.js';
import { onOneLine } from '../printable.js';
import { findSnapshot, inheritProperty, MARK, setProperties } from '../zfs/zfs.js';

/** What `bench volume pin --json` and `unpin --json` print. */
export interface PinResult {
  dataset: string;
  tag: string;
  pinned: boolean;
  /** False where it was so already. */
  changed: boolean;
}

/**
 * Pins a snapshot, so that neither the schedule nor `destroy-snapshot` takes it; or takes the pin away. Under the lock
 * of the bench: a prune that has decided already is over before.
 * @throws UsageError `snapshot-missing`, BusyError `busy`, RefusedError `restore-unfinished`
 */
export function pinSnapshot(
  config: BenchConfig,
  host: Runner,
  tag: string,
  pinned: boolean,
): Promise<PinResult> {
  const { dataset } = config.volume;
  return aloneOn(config, host, `bench volume ${pinned ? 'pin' : 'unpin'}`, async (runner) => {
    await refuseUnfinishedRestore(config.name);
    await requireOwnDataset(config, runner);
    const name = `${dataset}@${tag}`;
    const found = tagProblem(tag) === undefined ? await findSnapshot(runner, name) : undefined;
    if (found === undefined) {
      throw new UsageError(
        'snapshot-missing',
        `${dataset} has no snapshot ${onOneLine(tag)}. Nothing was changed.`,
        { suggestions: [`bench volume list-snapshots -b ${config.name}`] },
      );
    }
    if (found.pinned === pinned) return { dataset, tag, pinned, changed: false };
    await runner.run(pinned ? setProperties(name, { [MARK.pin]: 'on' }) : inheritProperty(name, MARK.pin));
    if ((await findSnapshot(runner, name))?.pinned !== pinned) throw stillPinned(dataset, tag);
    return { dataset, tag, pinned, changed: true };
  });
}

/** What is set on a dataset holds for all of its snapshots. */
function stillPinned(dataset: string, tag: string): VolumeError {
  return new VolumeError('pin-inherited', `${dataset}@${tag} is pinned by its dataset, as all others are.`, {
    suggestions: [`zfs inherit ${MARK.pin} ${dataset}`],
  });
}
