import { DEFAULTS } from '../config/config.js';
import { escapeText } from '../config/findings.js';
import { UsageError, VolumeError } from '../errors.js';
import { poolName } from '../names.js';
import type { PoolTotals, Registry } from '../registry/registry.js';
import type { Step } from '../steps/steps.js';

/**
 * The pool that a new volume is made in: the one named, else the only one that benches or volumes lie in.
 * @throws UsageError `pool-required`, `pool-name-invalid`; VolumeError `pool-missing`
 */
export function choosePool({ pools, volumes }: Registry, wanted: string | undefined): PoolTotals {
  const names = pools.map(({ name }) => name);
  if (wanted !== undefined) {
    const wrong = poolName(wanted);
    if (wrong !== undefined)
      throw new UsageError(
        'pool-name-invalid',
        `${escapeText(wanted)} is no pool: it ${wrong}. Nothing was changed.`,
      );
    return found(pools, wanted);
  }
  const used = names.filter((name) => volumes.some(({ pool }) => pool === name));
  const candidates = used.length > 0 ? used : names.filter((name) => name === DEFAULTS.pool);
  const [only, second] = candidates;
  if (only !== undefined && second === undefined) return found(pools, only);
  if (only === undefined) return found(pools, DEFAULTS.pool);
  throw new UsageError(
    'pool-required',
    `There are several pools: ${candidates.join(', ')}. Say which one is meant. Nothing was changed.`,
    { suggestions: [`--pool ${only}`] },
  );
}

function found(pools: readonly PoolTotals[], name: string): PoolTotals {
  const pool = pools.find((each) => each.name === name);
  if (pool !== undefined) return pool;
  throw new VolumeError('pool-missing', `There is no imported pool ${name}. Nothing was changed.`, {
    suggestions: ['zpool list', 'zpool import', 'bench init makes the pool of a bench: bench init -b NAME'],
  });
}

/** `volmode`: of a block volume no partitions are looked for, which a machine may have written on it (zfsprops(7)). */
export function placeProperties(place: string): Record<string, string> {
  return { canmount: 'off', mountpoint: `/${place}`, volmode: 'dev' };
}

/**
 * What holds volumes of one sort is never mounted itself, and gives them their mount points wherever the pool is
 * mounted. Pure.
 * @param place `<pool>/_volumes`
 */
export function placeSteps({ places }: Registry, place: string): Step[] {
  const properties = placeProperties(place);
  const canmount = places.get(place);
  if (canmount === undefined) return [{ kind: 'filesystem.create', dataset: place, properties }];
  // Cut off between its making and its properties.
  return canmount === 'off' ? [] : [{ kind: 'dataset.set', dataset: place, properties }];
}
