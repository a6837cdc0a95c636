import { VOLUMES } from '../bench/bench.js';
import { escapeText } from '../config/findings.js';
import { nearest } from '../config/nearest.js';
import { UsageError } from '../errors.js';
import { volumeName } from '../names.js';
import type { Registry } from './list.js';
import type { Volume } from './volume.js';

/**
 * The data volume that is meant by a name, by `<pool>/<name>` where several pools have one, or by its id.
 * @throws UsageError `volume-missing`, `volume-ambiguous`
 */
export function requireVolume({ volumes }: Registry, wanted: string): Volume {
  const found = findVolumes(volumes, wanted);
  const [only, second] = found;
  if (only !== undefined && second === undefined) return only;
  if (only === undefined) throw missing(volumes, wanted);
  throw new UsageError('volume-ambiguous', `Several pools have a volume ${wanted}. Nothing was changed.`, {
    suggestions: [`Name one in full: ${found.map(({ pool, name }) => `${pool}/${name}`).join(' or ')}`],
  });
}

export function findVolumes(volumes: readonly Volume[], wanted: string): Volume[] {
  const data = volumes.filter(({ role }) => role === 'data');
  const named = data.filter(({ pool, name, dataset }) => [name, `${pool}/${name}`, dataset].includes(wanted));
  return named.length > 0 ? named : data.filter(({ id }) => id === wanted);
}

function missing(volumes: readonly Volume[], wanted: string): UsageError {
  const names = volumes.flatMap(({ role, name }) => (role === 'data' ? [name] : []));
  const similar = nearest(wanted, names);
  const isRoot = volumes.some(({ role, name }) => role === 'root' && name === wanted);
  return new UsageError(
    'volume-missing',
    `There is no data volume ${escapeText(wanted)}. Nothing was changed.`,
    {
      suggestions: [
        ...(isRoot
          ? [`${wanted} is the root volume of a bench: bench volume status, set, snapshot and so on`]
          : []),
        ...(similar === undefined ? [] : [`Did you mean ${similar}?`]),
        'bench volume list',
      ],
    },
  );
}

/**
 * What is not the name of a volume, before it becomes one.
 * @throws UsageError `volume-name-invalid`
 */
export function requireVolumeName(name: string): string {
  const wrong = volumeName(name);
  if (wrong === undefined) return name;
  throw new UsageError(
    'volume-name-invalid',
    `${escapeText(name)} cannot be the name of a volume: it ${wrong}.`,
  );
}

/** Where the data volumes of a pool lie. */
export function volumesOf(pool: string): string {
  return `${pool}/${VOLUMES}`;
}
