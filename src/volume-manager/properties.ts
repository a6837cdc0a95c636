import type { BenchConfig } from '../config/config.js';
import { formatSize, parseSize, sizeProblem } from '../config/size.js';
import { LAYOUT_VERSION, MARK } from '../zfs/zfs.js';
import type { DesiredSizes } from './desired-sizes.js';
import type { Facts } from './facts.js';

/** Properties whose values init converges on; with `direct` where ZFS knows it. */
export const MANAGED_PROPERTIES = [
  'recordsize',
  'compression',
  'atime',
  'xattr',
  'acltype',
  'quota',
  'reservation',
] as const;

/** What the bench's dataset is to have, as `zfs set` takes it. Pure. */
export function desiredProperties(
  config: BenchConfig,
  facts: Facts,
  sizes: DesiredSizes,
): Record<string, string> {
  return {
    // InnoDB's page: a larger record would be read and written whole for each page.
    recordsize: '16K',
    compression: compressionOf(facts),
    atime: 'off',
    xattr: 'sa',
    acltype: 'posix',
    quota: formatSize(sizes.quotaBytes),
    reservation: formatSize(sizes.reservationBytes),
    ...directOf(config, facts),
    [MARK.bench]: config.name,
    [MARK.layout]: LAYOUT_VERSION,
  };
}

/** Both serve, and what is compressed already stays so: a dataset keeps its own. */
export const COMPRESSIONS: readonly (string | undefined)[] = ['zstd', 'lz4'];

function compressionOf({ properties, knowsZstd }: Facts): string {
  const { compression = '' } = properties;
  if (COMPRESSIONS.includes(compression)) return compression;
  return knowsZstd ? 'zstd' : 'lz4';
}

/**
 * `always` and not `standard`, with which OpenZFS 2.3 refuses what is not aligned (docs/decisions/bytes.md). Where bench.toml
 * says nothing, whoever has set it on a dataset that is there keeps it.
 */
function directOf(
  { volume: { directIo } }: BenchConfig,
  { knowsDirect, dataset, datasetIsUnfinished }: Facts,
): Record<string, string> {
  const isKept = dataset !== undefined && !datasetIsUnfinished;
  if (!knowsDirect || (directIo === undefined && isKept)) return {};
  return { direct: directIo === true ? 'always' : 'disabled' };
}

/** Whether a property has the value wanted; `zfs get -p` prints sizes in bytes. */
export function isInForce(key: string, wanted: string, facts: Facts): boolean {
  const actual = facts.properties[key];
  if (actual === wanted) return true;
  // Since OpenZFS 2.3 `sa` is what `on` means, and what it prints for both (zfsprops(7), xattr).
  if (key === 'xattr') return actual === 'on' && facts.knowsDirect === true;
  return sizeProblem(wanted) === undefined && actual === String(parseSize(wanted));
}
