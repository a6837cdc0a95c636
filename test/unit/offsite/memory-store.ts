import { createHash } from 'node:crypto';
import {
  type Content,
  type ObjectHead,
  type PutOptions,
  type Store,
  StoreError,
} from '../../../src/offsite/store.js';

/** A store in memory, which compares what it is told to as a real one does. */
export class MemoryStore implements Store {
  readonly objects = new Map<string, { bytes: Buffer; lockedUntil: Date | undefined }>();
  /** Not yet in any listing. */
  readonly late = new Set<string>();

  async list(prefix: string) {
    return [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix) && !this.late.has(key))
      .sort()
      .map((key) => ({ key, ...this.of(key) }));
  }

  async folders(prefix: string) {
    const keys = (await this.list(prefix)).map(({ key }) => key.slice(prefix.length));
    return [...new Set(keys.flatMap((key) => /^[^/]+\//.exec(key)?.[0] ?? []))];
  }

  async head(key: string): Promise<ObjectHead | undefined> {
    const found = this.objects.get(key);
    return found === undefined ? undefined : { ...this.of(key), lockedUntil: found.lockedUntil };
  }

  async get(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const found = this.objects.get(key);
    if (found === undefined) return undefined;
    return (async function* () {
      yield found.bytes;
    })();
  }

  async put(key: string, content: Content, { isNew, lockedUntil }: PutOptions = {}) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content.open()) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    if (isNew && this.objects.has(key))
      throw new StoreError('exists', `put ${key}`, 'memory', 'there is one');
    if (md5(bytes) !== content.md5) throw new StoreError('damaged-on-the-way', `put ${key}`, 'memory', 'MD5');
    requireFuture(`put ${key}`, lockedUntil);
    this.objects.set(key, { bytes, lockedUntil });
    return { etag: md5(bytes) };
  }

  async remove(key: string) {
    this.objects.delete(key);
  }

  async canLock() {
    return true;
  }

  async lock(key: string, until: Date) {
    requireFuture(`lock ${key}`, until);
    const found = this.objects.get(key);
    if (found !== undefined) found.lockedUntil = until;
  }

  private of(key: string) {
    const bytes = this.objects.get(key)?.bytes ?? Buffer.alloc(0);
    return { sizeBytes: bytes.length, etag: md5(bytes), modifiedAt: new Date(0) };
  }
}

function requireFuture(what: string, until: Date | undefined): void {
  if (until !== undefined && until.getTime() <= Date.now())
    throw new StoreError('refused', what, 'memory', 'The retain until date must be in the future!');
}

export function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
