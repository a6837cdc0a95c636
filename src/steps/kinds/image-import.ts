import { convertToDevice, type ImageFormat, qemuProgress, type Source } from '../../images/images.js';
import type { Kind } from '../kind.js';
import { withSource } from '../source.js';

/** Copies a disk image onto a zvol that has just been made, and reads as zeros. */
export interface ImageImport {
  kind: 'image.import';
  source: Source;
  format: ImageFormat;
  device: string;
}

export const imageImport: Kind<ImageImport> = {
  describe: ({ source, format, device }) => `Copy the ${format} image ${source.file} onto ${device}`,
  commands: ({ format, device }) => convertToDevice(format, device),
  apply: ({ source }, context) => withSource(source, context),
  progress: { argument: 'convert', reader: qemuProgress },
};
