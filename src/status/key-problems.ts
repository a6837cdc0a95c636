import type { BenchConfig } from '../config/config.js';
import { formatKeySource } from '../config/key-source.js';
import { decodeEscrow, holds, keyUnit, storedKeyFile } from '../keys/keys.js';
import type { Evidence } from './evidence.js';
import { problem } from './problems.js';
import type { Problem } from './report.js';

/** What is wrong with the key of an encrypted bench, beyond that it is not loaded. Pure. */
export function keyProblems(
  { name, volume }: BenchConfig,
  { key: evidence, dataset }: Evidence,
  mend: string,
): Problem[] {
  const { key, pool } = volume;
  const root = dataset?.encryptionRoot;
  if (key === undefined) {
    if (dataset === undefined || root === undefined || root === pool) return [];
    const message = `${dataset.name} is encrypted, and bench.toml does not say where its key comes from.`;
    return [problem('encryption-differs', message, `bench config set volume.encryption on, then ${mend}`)];
  }
  if (dataset === undefined || evidence === undefined) return [];
  if (root === undefined) {
    const message = `bench.toml wants ${dataset.name} encrypted, and it is not.`;
    return [problem('encryption-differs', message, 'bench config set volume.encryption off')];
  }
  const problems: Problem[] = [];
  const add = (code: string, message: string, fix: string) => problems.push(problem(code, message, fix));
  const { encryption, isStored, isRotating, unit } = evidence;
  if (dataset.mounted && dataset.lockedBy !== undefined) {
    const message = `${dataset.name} is mounted, but ZFS has forgotten the key of ${dataset.lockedBy}: unmounted, it stays so.`;
    add('key-forgotten', message, `bench key load -b ${name}`);
  }
  if (isRotating) {
    add(
      'key-rotating',
      'A rotation of the key was cut off.',
      `bench key rotate -b ${name}, which finishes it`,
    );
  }
  // Where the unit itself is missing that is told already.
  if (unit.fragment !== '' && unit.enabled !== 'enabled')
    add('key-not-at-boot', `The next boot will not load the key: ${keyUnit(name)} is not enabled.`, mend);
  const escrow = decodeEscrow(encryption?.escrow);
  const exported = `bench key export FILE -b ${name} --recipient age1…, or with a passphrase`;
  if (!holds(escrow, encryption?.key)) {
    const message = `There is no copy of the key of ${name} that bench knows of: lost with this host, everything in it is.`;
    add('key-not-exported', message, exported);
  } else if (escrow?.to.length === 0) {
    add('key-copy-none', `Nobody wanted a copy of the key of ${name} (--no-escrow).`, exported);
  }
  if (!isStored) {
    const message = `The key ${formatKeySource(key)} is not at ${storedKeyFile(key)}: the next boot would not find it.`;
    add('key-source-missing', message, `Bring it back, or: bench key load --file EXPORT -b ${name}`);
  }
  return problems;
}
