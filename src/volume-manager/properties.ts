import type { BenchConfig } from '../config/config.js';
import { formatSize, parseSize, sizeProblem } from '../config/size.js';
import type { Runner } from '../host/exec.js';
import { LAYOUT_VERSION, MARK } from '../zfs/zfs.js';
import type { DesiredSizes } from './desired-sizes.js';
import type { Facts } from './facts.js';

/** Properties whose values init converges on. */
export const MANAGED_PROPERTIES = [
  'recordsize',
  'compression',
  'atime',
  'xattr',
  'acltype',
  'quota',
  'reservation',
] as const;

export async function readProperties(runner: Runner, dataset: string): Promise<Record<string, string>> {
  const { stdout } = await runner.run({
    argv: ['zfs', 'get', '-H', '-p', '-o', 'property,value', MANAGED_PROPERTIES.join(','), dataset],
  });
  return Object.fromEntries(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t', 2) as [string, string]),
  );
}

/** What the bench's dataset is to have, as `zfs set` takes it. Pure. */
export function desiredProperties(
  config: BenchConfig,
  facts: Facts,
  sizes: DesiredSizes,
): Record<string, string> {
  return {
    // InnoDB's page: a larger record would be read and written whole for each page.
    recordsize: '16K',
    compression: 'lz4',
    atime: 'off',
    xattr: 'sa',
    acltype: 'posix',
    quota: formatSize(sizes.quotaBytes),
    reservation: formatSize(sizes.reservationBytes),
    ...(facts.knowsDirect ? { direct: 'disabled' } : {}),
    [MARK.bench]: config.name,
    [MARK.layout]: LAYOUT_VERSION,
  };
}

/** Whether a property has the value wanted; `zfs get -p` prints sizes in bytes. */
export function isInForce(key: string, wanted: string, facts: Facts): boolean {
  const actual = facts.properties[key];
  if (actual === wanted) return true;
  // Since OpenZFS 2.3 `sa` is what `on` means, and what it prints for both (zfsprops(7), xattr).
  if (key === 'xattr') return actual === 'on' && facts.knowsDirect === true;
  return sizeProblem(wanted) === undefined && actual === String(parseSize(wanted));
}
