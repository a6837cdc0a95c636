import {
  describeAttachment,
  type NewAttachment,
  recordReleased,
  release,
  type Volume,
} from '../../registry/registry.js';
import type { Kind } from '../kind.js';

/** Records that somebody has a volume no more, and that he had it. */
export interface VolumeRelease extends NewAttachment {
  kind: 'volume.release';
  /** As it was when this was planned. */
  volume: Pick<Volume, 'dataset' | 'attachments' | 'history'>;
}

export const volumeRelease: Kind<VolumeRelease> = {
  describe: ({ name, attachment }) =>
    `Record that ${name} is not attached to ${describeAttachment(attachment)} any more`,
  commands: ({ volume, attachment }) => {
    const command = recordReleased(volume, attachment, new Date());
    return command === undefined ? [] : [command];
  },
  apply: (step, { runner }) => release(runner, step),
};
