import { UsageError } from '../errors.js';
import { absolutePath } from '../names.js';
import { onOneLine } from '../printable.js';

/**
 * The directory that holds all benches: `$BENCHES_ROOT`, default `/srv/benches`.
 * @throws UsageError `benches-root-invalid`: it becomes part of fstab and of units
 */
export function benchesRoot(): string {
  const root = process.env.BENCHES_ROOT || '/srv/benches';
  const wrong = absolutePath(root);
  if (wrong === undefined) return root;
  throw new UsageError('benches-root-invalid', `BENCHES_ROOT=${onOneLine(root)} ${wrong}.`);
}
