/** Every record of a stream is so long, besides its payload (dmu_replay_record_t in zfs_ioctl.h). */
const RECORD_BYTES = 312;
const BEGIN = { type: 0, magic: 0x2f5bacbacn, magicAt: 8, toGuidAt: 40, fromGuidAt: 48 } as const;
const END = { type: 5, toGuidAt: 40 } as const;

/** Which snapshot a stream should make, and of which it needs the content; guids are decimal texts. */
export interface StreamWanted {
  guid: string;
  baseGuid: string | undefined;
}

/**
 * Looks at the first and the last record of a stream while it goes by. They name its snapshots, so a stream that lacks its
 * beginning or its end, or is of another snapshot, is told before anybody has to receive it. What lies between them it does
 * not read: ZFS has a checksum of each record for that.
 */
export class StreamEnds {
  private head = Buffer.alloc(0);
  private tail = Buffer.alloc(0);

  add(chunk: Uint8Array): void {
    if (this.head.length < RECORD_BYTES)
      this.head = Buffer.concat([this.head, chunk.subarray(0, RECORD_BYTES - this.head.length)]);
    const last = chunk.subarray(Math.max(0, chunk.length - RECORD_BYTES));
    this.tail = Buffer.concat([
      this.tail.subarray(Math.max(0, this.tail.length + last.length - RECORD_BYTES)),
      last,
    ]);
  }

  /** What is wrong with it, as a predicate; undefined where nothing is. */
  fault({ guid, baseGuid }: StreamWanted): string | undefined {
    const { head, tail } = this;
    const order = head.length < RECORD_BYTES ? undefined : byteOrder(head);
    if (order === undefined || order.number(head, 0) !== BEGIN.type)
      return 'does not begin as a stream of ZFS';
    if (order.long(head, BEGIN.toGuidAt) !== BigInt(guid)) return 'is of another snapshot';
    if (order.long(head, BEGIN.fromGuidAt) !== BigInt(baseGuid ?? 0)) return 'builds on another snapshot';
    if (order.number(tail, 0) !== END.type || order.long(tail, END.toGuidAt) !== BigInt(guid))
      return 'does not end as a stream of ZFS';
    return undefined;
  }
}

interface ByteOrder {
  number(bytes: Buffer, at: number): number;
  long(bytes: Buffer, at: number): bigint;
}

const ORDERS: readonly ByteOrder[] = [
  { number: (bytes, at) => bytes.readUInt32LE(at), long: (bytes, at) => bytes.readBigUInt64LE(at) },
  { number: (bytes, at) => bytes.readUInt32BE(at), long: (bytes, at) => bytes.readBigUInt64BE(at) },
];

/** A stream is in the order of the host that has sent it; who receives it turns it round. */
function byteOrder(head: Buffer): ByteOrder | undefined {
  return ORDERS.find((order) => order.long(head, BEGIN.magicAt) === BEGIN.magic);
}
