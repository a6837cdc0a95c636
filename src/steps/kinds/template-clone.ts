import { cloneSnapshot } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/**
 * The dataset of a template. Where a power cut came before its properties, it is known by the snapshot that was taken
 * for it.
 */
export interface TemplateClone {
  kind: 'template.clone';
  snapshot: string;
  dataset: string;
  properties: Readonly<Record<string, string>>;
}

export const templateClone: Kind<TemplateClone> = {
  describe: ({ snapshot, dataset }) => `Clone ${snapshot} as the template ${dataset}`,
  commands: ({ snapshot, dataset, properties }) => [cloneSnapshot(snapshot, dataset, properties)],
};
