import type { WantedVolume } from './config.js';
import type { VolumesEntry } from './edit.js';
import { formatSize } from './size.js';

/** An entry of [[volumes]] as it is written. */
export function volumesEntry({ name, path, mode, sizeBytes, overlayBytes }: WantedVolume): VolumesEntry {
  return {
    name,
    path,
    mode,
    ...(sizeBytes === undefined ? {} : { size: formatSize(sizeBytes) }),
    ...(overlayBytes === undefined ? {} : { overlay_size: formatSize(overlayBytes) }),
  };
}
