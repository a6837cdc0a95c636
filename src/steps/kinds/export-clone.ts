import { cloneSnapshot } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/**
 * A clone that an export reads: while it is there, nobody can destroy the snapshot. Cut off before ZFS has given it its
 * properties, it is known by its place.
 */
export interface ExportClone {
  kind: 'export.clone';
  snapshot: string;
  dataset: string;
  properties: Readonly<Record<string, string>>;
}

export const exportClone: Kind<ExportClone> = {
  describe: ({ snapshot, dataset }) => `Clone ${snapshot} as ${dataset}, to be read`,
  commands: ({ snapshot, dataset, properties }) => [cloneSnapshot(snapshot, dataset, properties)],
};
