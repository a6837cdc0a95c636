import type { PoolTotals } from '../registry/registry.js';
import type { Step } from '../steps/steps.js';

/**
 * Mounts a filesystem of bench's at its place, with the directory below kept empty. The pool's own dataset holds that
 * directory, where it is mounted at `/<pool>`; else the root file system does. Pure.
 */
export function mountSteps(pool: PoolTotals, dataset: string, mountpoint: string): Step[] {
  return [
    ...aboveSteps(pool),
    { kind: 'mountpoint.guard', path: mountpoint },
    { kind: 'dataset.mount', dataset, mountpoint },
  ];
}

function aboveSteps({ name, mountpoint, mounted, canmount }: PoolTotals): Step[] {
  const path = `/${name}`;
  if (mountpoint !== path || (!mounted && canmount !== 'on')) return [{ kind: 'directory.open', path }];
  return mounted ? [] : [{ kind: 'dataset.mount', dataset: name, mountpoint: path }];
}
