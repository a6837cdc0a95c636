import { UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import type { Volume } from '../registry/registry.js';
import { listSnapshots } from '../zfs/zfs.js';

/**
 * That a volume has a snapshot by this tag: it is looked for among those that ZFS names, and asked for by no command.
 * @throws UsageError `snapshot-missing`
 */
export async function requireSnapshotOf(
  runner: Runner,
  { name, dataset }: Pick<Volume, 'name' | 'dataset'>,
  wanted: string,
): Promise<void> {
  if ((await listSnapshots(runner, dataset)).some(({ tag }) => tag === wanted)) return;
  throw new UsageError(
    'snapshot-missing',
    `${name} has no snapshot ${onOneLine(wanted)}. Nothing was changed.`,
    { suggestions: [`bench volume list-snapshots --volume ${name}`] },
  );
}
