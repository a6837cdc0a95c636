import type { Registry } from '../registry/registry.js';
import type { Step } from '../steps/steps.js';

/** What the snapshots that exports are made of are called. */
export const EXPORT_TAG = 'bench-export-';

/** What killed exports have left in a pool: their clones, snapshots and unfinished files. Under the lock of the pool. Pure. */
export function leftExportSteps({ exports }: Registry, pool: string): Step[] {
  return exports
    .filter((left) => left.pool === pool && left.atWork === undefined)
    .flatMap(({ dataset, origin, part }) => [
      ...(part === undefined ? [] : [{ kind: 'part.remove', path: part } as const]),
      { kind: 'dataset.destroy', dataset } as const,
      ...(origin?.includes(`@${EXPORT_TAG}`)
        ? [{ kind: 'snapshot.destroy', snapshot: origin } as const]
        : []),
    ]);
}
