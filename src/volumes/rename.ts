import { volumeDataset } from '../bench/bench.js';
import type { Runner } from '../host/exec.js';
import {
  readRegistry,
  refuseAttached,
  refuseUnusable,
  requireVolume,
  requireVolumeName,
  type Volume,
  volumeMountpoint,
} from '../registry/registry.js';
import type { Step } from '../steps/steps.js';
import { type Changed, type ChangeOptions, changePool } from './change.js';
import { refuseOpen } from './in-use.js';
import { refuseKept, refuseNewVolume } from './refuse-new.js';

/**
 * Gives a volume another name; its id, and everything that is known of it, stays. While it is attached its name stands
 * in mounts and in what machines were told.
 * @throws UsageError `volume-missing`, `volume-name-invalid`; RefusedError `volume-exists`, `volume-attached`
 */
export async function renameVolume(
  runner: Runner,
  from: string,
  to: string,
  options: ChangeOptions,
): Promise<Changed> {
  requireVolumeName(to);
  const { pool } = requireVolume(await readRegistry(runner), from);
  const purpose = `bench volume rename ${from} ${to}`;
  return changePool(
    pool,
    runner,
    purpose,
    async ({ registry }) => {
      const volume = requireVolume(registry, from);
      refuseUnusable(volume);
      if (volume.name === to) return { dataset: volume.dataset, steps: [], notes: [] };
      refuseKept(registry.kept, volume.name);
      refuseNewVolume(registry, to, '');
      refuseAttached(volume, 'renamed');
      await refuseOpen(volume, 'renamed');
      return { dataset: volumeDataset(pool, to), steps: renameSteps(volume, to), notes: [] };
    },
    options,
  );
}

function renameSteps({ pool, name, dataset, kind }: Volume, to: string): Step[] {
  const rename: Step = { kind: 'dataset.rename', from: dataset, to: volumeDataset(pool, to) };
  if (kind === 'block') return [rename];
  // Mounted by hand it would go on to be so, at a place that nothing guards.
  return [
    { kind: 'dataset.unmount', dataset },
    rename,
    { kind: 'directory.remove', path: volumeMountpoint(pool, name) },
  ];
}
