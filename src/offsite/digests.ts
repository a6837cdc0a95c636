import { Worker } from 'node:worker_threads';

/** A script in a text: what is bundled has no file of its own that a thread could be started from. */
const SCRIPT = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const { readSync } = require('node:fs');
const begun = new Map();
const buffer = Buffer.allocUnsafe(1024 * 1024);
function digestsOf(fd, algorithms) {
  const hashes = algorithms.map((name) => createHash(name));
  let sizeBytes = 0;
  for (;;) {
    const bytes = readSync(fd, buffer, 0, buffer.length, sizeBytes);
    if (bytes === 0) return { sizeBytes, digests: hashes.map((hash) => hash.digest('hex')) };
    sizeBytes += bytes;
    for (const hash of hashes) hash.update(buffer.subarray(0, bytes));
  }
}
parentPort.on('message', ({ id, begin, add, end, fd, algorithms }) => {
  let answer;
  if (begin !== undefined) begun.set(begin, createHash('sha256'));
  for (const chunk of add?.chunks ?? []) for (const each of add.to) begun.get(each).update(chunk);
  if (end !== undefined) { answer = begun.get(end).digest('hex'); begun.delete(end); }
  if (fd !== undefined) answer = digestsOf(fd, algorithms);
  if (id !== undefined) parentPort.postMessage({ id, answer });
});
`;

/** Bytes that are handed over at a time, and that may be on their way: what comes faster waits. */
const BATCH_BYTES = 1024 * 1024;
const UNDER_WAY = 8;

/** Digests made in a thread of their own, so that whoever moves the bytes only moves them. */
export class Digests {
  private readonly worker = new Worker(SCRIPT, { eval: true, stdin: false });
  private readonly waiting = new Map<
    number,
    { resolve: (answer: unknown) => void; reject: (error: Error) => void }
  >();
  private batch: { chunks: Uint8Array[]; bytes: number; to: readonly number[] } = {
    chunks: [],
    bytes: 0,
    to: [],
  };
  private underWay: Promise<unknown>[] = [];
  private last = 0;
  private failed: Error | undefined;

  constructor() {
    this.worker.on('error', (error: Error) => {
      this.failed = error;
      for (const { reject } of this.waiting.values()) reject(error);
    });
    this.worker.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
      this.waiting.get(id)?.resolve(answer);
      this.waiting.delete(id);
    });
  }

  /** A SHA-256 of what will be added. */
  begin(): number {
    this.last += 1;
    this.worker.postMessage({ begin: this.last });
    return this.last;
  }

  /** To all of them. Ends at once, unless too much is on its way. */
  async add(to: readonly number[], chunk: Uint8Array): Promise<void> {
    if (to.some((each, index) => each !== this.batch.to[index])) await this.hand();
    this.batch.to = to;
    this.batch.chunks.push(chunk);
    this.batch.bytes += chunk.length;
    if (this.batch.bytes >= BATCH_BYTES) await this.hand();
  }

  async end(digest: number): Promise<string> {
    await this.hand();
    return (await this.ask({ end: digest })) as string;
  }

  /** Of all of an open file. */
  ofFile(fd: number, algorithms: readonly string[]): Promise<{ sizeBytes: number; digests: string[] }> {
    return this.ask({ fd, algorithms }) as Promise<{ sizeBytes: number; digests: string[] }>;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.underWay);
    await this.worker.terminate();
  }

  private async hand(): Promise<void> {
    const { chunks, to } = this.batch;
    if (chunks.length === 0) return;
    this.batch = { chunks: [], bytes: 0, to };
    this.underWay.push(this.ask({ add: { to, chunks } }));
    if (this.underWay.length > UNDER_WAY) await this.underWay.shift();
  }

  private ask(message: object): Promise<unknown> {
    if (this.failed !== undefined) return Promise.reject(this.failed);
    this.last += 1;
    const id = this.last;
    const answered = new Promise<unknown>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    // Who has it fail is told by whatever is waited for next.
    answered.catch(() => undefined);
    this.worker.postMessage({ id, ...message });
    return answered;
  }
}
