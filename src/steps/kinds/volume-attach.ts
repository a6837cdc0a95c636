import {
  attach,
  describeAttachment,
  type NewAttachment,
  recordAttached,
  type Volume,
} from '../../registry/registry.js';
import type { Kind } from '../kind.js';

/**
 * Records who has a volume from now on. Whether it is free is found out under the same lock under which it is recorded,
 * however many ask at once.
 */
export interface VolumeAttach extends NewAttachment {
  kind: 'volume.attach';
  /** As it was when this was planned. */
  volume: Pick<Volume, 'dataset' | 'attachments'>;
}

export const volumeAttach: Kind<VolumeAttach> = {
  describe: ({ name, attachment }) => `Record that ${name} is attached to ${describeAttachment(attachment)}`,
  commands: ({ volume, attachment }) => [recordAttached(volume, attachment)],
  apply: (step, { runner }) => attach(runner, step),
};
