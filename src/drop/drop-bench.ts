import { whileNotCopied } from '../bench/bench.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { holding, withLock } from '../host/lock.js';
import { benchLock, HOST_LOCK } from '../host/paths.js';
import { removeLeftovers } from '../scratch/scratch.js';
import { applySteps, type OnStep } from '../steps/steps.js';
import { type Dataset, listSnapshots, poolOf } from '../zfs/zfs.js';
import type { DropFacts } from './facts.js';
import { planDrop } from './plan.js';
import { type DropPreview, look, previewOf } from './preview.js';

export interface DropOptions {
  name: string;
  runner: Runner;
  preserve?: boolean;
  /** Its pool is lost for good: only what is on the host goes. */
  forget?: boolean;
  /** Nobody is there to run it again where it is cut off: the next sweep does. */
  unattended?: boolean;
  /**
   * Asked under the locks, before anything is changed; throws to stop.
   * @param dataset of the bench; undefined where there is none any more
   */
  recheck?: (dataset: Dataset | undefined) => Promise<void> | void;
  /** What an operator was shown and has agreed to. */
  confirmed?: Pick<DropPreview, 'dataset' | 'storage'>;
  onEvent: OnStep;
}

const LOCK_TIMEOUT_MS = 10_000;

/**
 * Drops a bench: its services, what bench has written for it on the host and, unless that is to be kept, its dataset.
 * Never asks anybody. Alone on the host, as `bench init` is. Cut off anywhere, the same call goes on.
 * @throws what {@link previewDrop} throws, and what `recheck` does; BusyError `busy`; RefusedError `changed-meanwhile`,
 *   `verify-unfinished`
 */
export async function dropBench(options: DropOptions): Promise<DropPreview> {
  const { name, runner: host, preserve = false, unattended = false, forget = false } = options;
  const wish = { preserve, unattended, forget };
  const purpose = `bench drop ${name}`;
  // Else bench's own working directory could keep the dataset busy.
  process.chdir('/');
  return withLock({ path: HOST_LOCK, timeoutMs: LOCK_TIMEOUT_MS, purpose }, async (outer) => {
    // Before there is a lock of the bench, which leaves a directory: what is refused leaves nothing.
    await look(name, host, wish);
    const lock = { path: benchLock(name), timeoutMs: LOCK_TIMEOUT_MS, purpose };
    return withLock(lock, async (inner) => {
      const runner = holding(holding(host, outer), inner);
      const facts = await look(name, runner, wish);
      const preview = previewOf(facts);
      refuseChanged(preview, options.confirmed);
      await options.recheck?.(facts.dataset);
      await refuseProofAtWork(facts, runner);
      const work = () => applySteps(planDrop(facts), runner, options.onEvent);
      await (facts.ownHolds.length === 0 ? work() : whileNotCopied(name, purpose, work));
      return preview;
    });
  });
}

function refuseChanged(now: DropPreview, confirmed: DropOptions['confirmed']): void {
  if (confirmed === undefined) return;
  if (now.dataset === confirmed.dataset && now.storage === confirmed.storage) return;
  throw new RefusedError(
    'changed-meanwhile',
    `Since you were asked, ${now.bench} has become another one. Nothing was changed.`,
    { suggestions: ['Run the command again and look at what it shows.'] },
  );
}

/** What a proof that was killed has left out of sight goes; one at work keeps its snapshot, and so the bench. */
async function refuseProofAtWork({ name, snapshots, config }: DropFacts, runner: Runner): Promise<void> {
  const pool = poolOf(config.volume.dataset);
  const outOfSight = (clone: string) => clone.startsWith(`${pool}/_scratch/`);
  if (!snapshots.some(({ clones }) => clones.some(outOfSight))) return;
  await removeLeftovers(runner, pool);
  const still = (await listSnapshots(runner, config.volume.dataset)).filter(({ clones }) =>
    clones.some(outOfSight),
  );
  if (still.length === 0) return;
  throw new RefusedError(
    'verify-unfinished',
    `A snapshot of ${name} is being proven or read: ${still.map(({ tag }) => tag).join(', ')}. Nothing was changed.`,
    {
      suggestions: [
        'Wait until that has ended, then run the command again.',
        'systemctl list-units "bench-scratch-*"',
      ],
    },
  );
}
