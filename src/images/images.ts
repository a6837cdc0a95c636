/** What a file is that somebody brings: a disk image or an archive; what it refers to, and whether it may be taken in. */
export {
  type ArchiveContent,
  archiveReader,
  COMPRESSION_PROGRAM,
  type Compression,
  listArchive,
  unpackArchive,
} from './archive.js';
export { convertFromDevice, convertToDevice, type ImageFormat, qemuProgress } from './convert.js';
export { type Identified, identify } from './identify.js';
export { isSameFile, openSource, readHead, type Source, stampOf } from './source.js';
