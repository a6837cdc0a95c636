import {
  describeGuard,
  guardCommand,
  readGuard,
  refuseChildren,
  refuseUnfinishedRestore,
  requireUnheld,
} from '../bench/bench.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import {
  refuseMountedCopy,
  refuseOpenFiles,
  refuseUndroppable,
  wayOut,
  whatDepends,
} from '../snapshot/snapshot-orchestrator.js';
import { poolOf } from '../zfs/zfs.js';
import type { DropFacts } from './facts.js';

/**
 * Everything that speaks against a drop, found before anything is touched.
 * @throws RefusedError `restore-unfinished`, `guard-unfinished`, `bench-not-set-up`, `dataset-has-children`,
 *   `snapshot-held`, `bench-cloned`, `kept-in-use`, `kept-mounted`, `nothing-to-preserve`, `preserved-exists`,
 *   `kept-undecided`, `overlay-undecided`, `dataset-busy`, `dataset-mounted-elsewhere`
 */
export async function refuseDrop(facts: DropFacts, runner: Runner): Promise<void> {
  const { name, layout, config, units, kept, keptVolumes } = facts;
  // With its pool is lost what could be finished.
  if (!facts.isLost) {
    await refuseUnfinishedRestore(name);
    await refuseUnfinishedGuard(name);
  }
  refuseNotSetUp(facts);
  if (facts.dataset !== undefined) await refuseChildren(runner, facts.dataset.name);
  if (!facts.preserve) await requireUnheld(runner, facts.snapshots, 'Snapshots are held');
  refuseCloned(facts);
  if (kept !== undefined) {
    await refuseMountedCopy(kept.dataset);
    for (const copy of [kept.dataset, ...keptVolumes]) await refuseUndroppable(runner, copy);
  }
  if (facts.preserve) refusePreserving(facts);
  const ours = [...units.database, ...units.schedule, ...units.own].map(({ unit }) => unit);
  await refuseOpenFiles(layout, [layout.unit, ...ours, ...config.maintenance.units]);
}

async function refuseUnfinishedGuard(bench: string): Promise<void> {
  const guard = await readGuard(bench);
  // One that has failed and was left so is nobody's work any more.
  if (guard === undefined || guard.phase === 'failed') return;
  throw new RefusedError('guard-unfinished', `${describeGuard(guard)} Nothing was changed.`, {
    suggestions: [guardCommand(bench, guard)],
  });
}

/** What lies in its directory was never brought into a dataset: that is not bench's to take away. */
function refuseNotSetUp(facts: DropFacts): void {
  const { name, layout, isRecorded, note, cloneNote, takeUpNote, dataset, originals } = facts;
  const { target } = layout.parts.benches;
  const isBegun = isRecorded || [note, cloneNote, takeUpNote, dataset].some((each) => each !== undefined);
  if (isBegun || !originals.includes(target)) return;
  throw new RefusedError(
    'bench-not-set-up',
    `${name} was never set up: it has no volume, and what lies in ${target} is not in a dataset of bench's. Nothing was changed.`,
    {
      suggestions: [
        `Look at it: ls -la ${target}`,
        `Then remove it yourself, or set it up: bench init -b ${name}`,
      ],
    },
  );
}

/** Those that depend on the bench; not its own kept copies, nor what a proof has out of sight. Pure. */
export function dependents({ snapshots, kept, keptVolumes, config }: DropFacts): string[] {
  const own = [kept?.dataset, ...keptVolumes];
  const outOfSight = `${poolOf(config.volume.dataset)}/_scratch/`;
  return snapshots
    .flatMap(({ clones }) => clones)
    .filter((clone) => !own.includes(clone) && !clone.startsWith(outOfSight));
}

function refuseCloned(facts: DropFacts): void {
  const { name } = facts;
  const clones = dependents(facts);
  if (clones.length === 0) return;
  throw new RefusedError(
    'bench-cloned',
    `${name} cannot be dropped while these depend on its snapshots: ${clones.map(whatDepends).join(', ')}. Nothing was changed.`,
    { suggestions: clones.map(wayOut) },
  );
}

/** What is kept has to be whole by itself. */
function refusePreserving(facts: DropFacts): void {
  const { name, dataset, preserved, kept, config, registry } = facts;
  if (preserved !== undefined) return;
  if (dataset === undefined) {
    throw new RefusedError(
      'nothing-to-preserve',
      `There is no dataset ${config.volume.dataset} that could be kept. Nothing was changed.`,
      { suggestions: [`Without --preserve-storage what is left of it is taken away: bench drop ${name}`] },
    );
  }
  const root = dataset.encryptionRoot;
  if (root !== undefined && root !== dataset.name && root !== config.volume.pool) {
    throw new RefusedError(
      'key-of-other',
      `${dataset.name} is encrypted with the key of ${root}, beside which ZFS does not let it go. Nothing was changed.`,
      {
        suggestions: [`bench clone promote ${name}, then drop it`, `Without keeping it: bench drop ${name}`],
      },
    );
  }
  const older = registry.volumes.find((volume) => volume.role === 'preserved' && volume.name === name);
  if (older !== undefined) {
    throw new RefusedError(
      'preserved-exists',
      `The storage of an earlier bench ${name} is kept already: ${older.dataset}. Nothing was changed.`,
      {
        suggestions: [
          `Take it up as a bench: bench init -b NEW --from-volume ${name}`,
          `Or destroy it: bench volume delete ${older.dataset}`,
        ],
      },
    );
  }
  if (kept !== undefined) {
    throw new RefusedError(
      'kept-undecided',
      `${name} has a copy that a restore has set aside, ${kept.dataset}, which could not be brought back any more. Nothing was changed.`,
      {
        suggestions: [
          `Drop it: bench volume undo-restore --discard -b ${name}`,
          `Or bring it back: bench volume undo-restore -b ${name}`,
        ],
      },
    );
  }
  const copies = registry.volumes.filter((volume) => volume.role === 'overlay' && volume.bench === name);
  if (copies.length === 0) return;
  throw new RefusedError(
    'overlay-undecided',
    `What ${name} has written to private copies of volumes would be lost: ${copies.map(({ dataset: copy }) => copy).join(', ')}. Nothing was changed.`,
    { suggestions: [`Keep or drop each: bench volume detach VOLUME -b ${name} --keep-as NAME, or --drop`] },
  );
}
