import type { Compression } from './archive.js';
import { parseQcow2, QCOW2_MAGIC } from './qcow2.js';

/**
 * - `image`: a disk image; `refused` says why it is not taken, by its header
 * - `archive`: of files, or a file that is only compressed: what is in it its listing says
 * - `foreign`: known, and none that is taken
 * - `bytes`: nothing that its first bytes tell; a raw image has no mark of its own
 */
export type Identified =
  | { is: 'image'; format: 'qcow2' | 'raw'; virtualBytes: number; refused: string | undefined }
  | { is: 'archive'; compression: Compression }
  | { is: 'foreign'; what: string }
  | { is: 'bytes'; virtualBytes: number };

/** How much of a file is looked at. */
export const HEAD_BYTES = 4096;

/**
 * What a file is by its content alone: its name is whatever somebody has called it. Pure.
 * @param head its first {@link HEAD_BYTES}, or all of it
 */
export function identify(head: Buffer, sizeBytes: number): Identified {
  if (head.length >= 4 && head.readUInt32BE(0) === QCOW2_MAGIC)
    return { is: 'image', format: 'qcow2', ...parseQcow2(head) };
  const compression = compressionOf(head);
  if (compression !== undefined) return { is: 'archive', compression };
  const what = FOREIGN.find(({ at, magic }) => head.subarray(at, at + magic.length).equals(magic))?.what;
  if (what !== undefined) return { is: 'foreign', what };
  if (!isDisk(head)) return { is: 'bytes', virtualBytes: sizeBytes };
  return { is: 'image', format: 'raw', virtualBytes: sizeBytes, refused: undefined };
}

function compressionOf(head: Buffer): Compression | undefined {
  if (head.length < 4) return undefined;
  if (head.readUInt16BE(0) === 0x1f8b) return 'gzip';
  if (head.readUInt32LE(0) === 0xfd2fb528) return 'zstd';
  return head.subarray(257, 262).equals(Buffer.from('ustar')) ? 'none' : undefined;
}

const at = (offset: number, magic: string, what: string) => ({
  at: offset,
  magic: Buffer.from(magic, 'latin1'),
  what,
});

const FOREIGN = [
  at(0, 'KDMV', 'a VMDK image'),
  at(0, '# Disk DescriptorFile', 'the description of a VMDK image'),
  at(64, '\x7f\x10\xda\xbe', 'a VDI image'),
  at(0, 'vhdxfile', 'a VHDX image'),
  at(0, 'conectix', 'a VHD image'),
  at(0, 'QED\0', 'a QED image'),
  at(0, '\xfd7zXZ\0', 'compressed by xz'),
  at(0, 'BZh', 'compressed by bzip2'),
  at(0, 'PK\x03\x04', 'a zip archive'),
  at(0, "7z\xbc\xaf'\x1c", 'a 7z archive'),
] as const;

/** A boot sector or partition table, or a file system or container that begins at the first byte. */
function isDisk(head: Buffer): boolean {
  const has = (offset: number, magic: string) =>
    head.subarray(offset, offset + magic.length).equals(Buffer.from(magic, 'latin1'));
  return has(510, '\x55\xaa') || has(1080, '\x53\xef') || has(0, 'XFSB') || has(0, 'LUKS\xba\xbe');
}
