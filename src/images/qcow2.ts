/**
 * The header of a qcow2 image (QEMU, docs/interop/qcow2.txt), as far as bench has to know it before anything opens the
 * image: whether it would make a reader open other files of the host.
 */
export interface Qcow2 {
  /** The size of the disk in it, in bytes. */
  virtualBytes: number;
  /** Why it is not taken; undefined for an image that stands by itself. */
  refused: string | undefined;
}

export const QCOW2_MAGIC = 0x514649fb;

const BIT = { corrupt: 1, externalData: 2 };
/** Dirty, corrupt, external data file, compression type, extended L2 entries. */
const KNOWN_BITS = 5;
/** The header of version 2; version 3 has the bits of features behind it. */
const LENGTH = { 2: 72, 3: 104 } as const;

/** @param head the beginning of the file */
export function parseQcow2(head: Buffer): Qcow2 {
  const version = head.length < LENGTH[2] ? 0 : head.readUInt32BE(4);
  if (version !== 2 && version !== 3)
    return { virtualBytes: 0, refused: `is of version ${version}, which bench does not know` };
  if (head.length < LENGTH[version]) return { virtualBytes: 0, refused: 'ends within its header' };
  const virtualBytes = Number(head.readBigUInt64BE(24));
  return { virtualBytes, refused: refusal(head, version, virtualBytes) };
}

function refusal(head: Buffer, version: 2 | 3, virtualBytes: number): string | undefined {
  if (head.readBigUInt64BE(8) !== 0n) return 'has a backing file, which could be any file of this host';
  if (head.readUInt32BE(32) !== 0) return 'is encrypted by itself';
  if (!Number.isSafeInteger(virtualBytes) || virtualBytes === 0) return 'has no size that a disk could have';
  if (version === 2) return undefined;
  const features = head.readBigUInt64BE(72);
  const has = (bit: number) => (features & (1n << BigInt(bit))) !== 0n;
  if (has(BIT.externalData)) return 'has its data in an external file, which could be any file of this host';
  if (has(BIT.corrupt)) return 'is marked as corrupt';
  return features >> BigInt(KNOWN_BITS) === 0n ? undefined : 'has features that bench does not know';
}
