import { RefusedError } from '../errors.js';
import { formatArgv } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import { type ImportablePool, imageDirectory, importPool } from '../zfs/zfs.js';

/**
 * Why a pool must not simply be imported that another system has not exported: two that write to it at once destroy it.
 * Undefined where that is not so. Pure.
 * @param then the command that goes on once the pool is imported
 */
export function heldByAnother(
  pool: ImportablePool,
  then: string,
): { message: string; mend: string } | undefined {
  const { name, guid, heldBy } = pool;
  if (heldBy === undefined) return undefined;
  const who = heldBy.name === undefined ? 'that system' : onOneLine(heldBy.name);
  const other = heldBy.name === undefined ? 'another system' : `another system, ${who}`;
  const number = heldBy.hostid === undefined ? '' : ` (hostid ${heldBy.hostid})`;
  if (heldBy.now) {
    const message = `Pool ${name} is in use by ${other}${number}, now.`;
    return { message, mend: `On ${who}: ${formatArgv(['zpool', 'export', name])}; then here: ${then}` };
  }
  const message = `Pool ${name} was last used by ${other}${number}, which has not exported it.`;
  const { argv } = importPool({ pool: name, guid, searchDir: imageDirectory(pool) });
  const forced = formatArgv([...argv.slice(0, -1), '-f', guid]);
  return { message, mend: `Only if ${who} does not use it any more: ${forced} && ${then}` };
}

/** @throws RefusedError `pool-of-another-system`: forcing its import is the operator's own decision */
export function refuseHeldByAnother(pool: ImportablePool, bench: string): void {
  const held = heldByAnother(pool, formatArgv(['bench', 'init', '-b', bench]));
  if (held === undefined) return;
  throw new RefusedError('pool-of-another-system', `${held.message} Nothing was changed.`, {
    suggestions: [held.mend, 'bench never forces an import.'],
  });
}
