import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Runner } from '../host/exec.js';
import { stateDir } from '../host/paths.js';
import { encrypt } from './age.js';
import { Channel } from './channel.js';
import { partName } from './layout.js';
import type { Part } from './manifest.js';
import type { Content } from './store.js';

/** Where parts wait, encrypted, until they are uploaded: a few at a time, and gone with their push. */
export function waitingRoom(bench: string): string {
  return join(stateDir(bench), 'offsite-parts');
}

export async function emptyWaitingRoom(bench: string): Promise<void> {
  await rm(waitingRoom(bench), { recursive: true, force: true });
}

/** One part: encrypted, in a file without a name, with the digests of both sides. */
export interface SealedPart {
  index: number;
  part: Part;
  content: Content;
  /** Its room is free again. */
  drop(): Promise<void>;
}

export interface Cutting {
  bench: string;
  recipients: readonly string[];
  partBytes: number;
  runner: Runner;
  /** Told each part in order; where it is waited for, so does the stream. */
  onPart: (sealed: SealedPart) => Promise<void>;
}

/** What was cut. */
export interface Cut {
  parts: Part[];
  stream: { bytes: number; sha256: string };
}

/** Cuts a stream into parts of one size, and encrypts each by itself while it comes. One chunk is held in memory. */
export async function cut(source: AsyncIterable<Uint8Array>, cutting: Cutting): Promise<Cut> {
  await mkdir(waitingRoom(cutting.bench), { recursive: true, mode: 0o700 });
  const whole = createHash('sha256');
  const parts: Part[] = [];
  let bytes = 0;
  let current: Sealing | undefined;
  const finish = async (sealing: Sealing) => {
    const sealed = await sealing.seal();
    parts.push(sealed.part);
    await cutting.onPart(sealed);
  };
  try {
    for await (const chunk of source) {
      whole.update(chunk);
      bytes += chunk.length;
      for (let rest = chunk; rest.length > 0; ) {
        current ??= await Sealing.begin(parts.length + 1, cutting);
        const piece = rest.subarray(0, cutting.partBytes - current.plainBytes);
        rest = rest.subarray(piece.length);
        await current.write(piece);
        if (current.plainBytes < cutting.partBytes) continue;
        await finish(current);
        current = undefined;
      }
    }
    if (current !== undefined) await finish(current);
  } catch (error) {
    await current?.giveUp();
    throw error;
  }
  return { parts, stream: { bytes, sha256: whole.digest('hex') } };
}

/** A part that is being written. */
class Sealing {
  plainBytes = 0;
  private readonly hash = createHash('sha256');
  private readonly channel = new Channel();
  private readonly encrypted: Promise<{ error?: unknown }>;

  private constructor(
    private readonly index: number,
    private readonly file: FileHandle,
    { recipients, runner }: Cutting,
  ) {
    this.encrypted = runner
      .run(encrypt(recipients, this.channel, file.fd))
      .then(
        () => ({}),
        (error: unknown) => ({ error }),
      )
      .finally(() => this.channel.leave());
  }

  static async begin(index: number, cutting: Cutting): Promise<Sealing> {
    const path = join(waitingRoom(cutting.bench), `part-${index}`);
    const file = await open(path, 'w+', 0o600);
    // Without a name: it goes with this process, whatever ends it.
    await rm(path);
    return new Sealing(index, file, cutting);
  }

  async write(piece: Uint8Array): Promise<void> {
    this.hash.update(piece);
    this.plainBytes += piece.length;
    await this.channel.write(piece);
  }

  async seal(): Promise<SealedPart> {
    this.channel.close();
    const { error } = await this.encrypted;
    if (error !== undefined) throw error;
    const sha256 = createHash('sha256');
    const md5 = createHash('md5');
    let cipherBytes = 0;
    for await (const chunk of readFrom(this.file)) {
      sha256.update(chunk);
      md5.update(chunk);
      cipherBytes += chunk.length;
    }
    const [cipherSha256, cipherMd5] = [sha256.digest('hex'), md5.digest('hex')];
    return {
      index: this.index,
      part: {
        name: partName(this.index, cipherSha256),
        plainBytes: this.plainBytes,
        plainSha256: this.hash.digest('hex'),
        cipherBytes,
        cipherSha256,
        cipherMd5,
      },
      content: {
        open: () => readFrom(this.file),
        sizeBytes: cipherBytes,
        sha256: cipherSha256,
        md5: cipherMd5,
      },
      drop: () => this.file.close(),
    };
  }

  async giveUp(): Promise<void> {
    this.channel.close();
    await this.encrypted;
    await this.file.close();
  }
}

const READ_BYTES = 256 * 1024;

/** An open file from its beginning, whatever was read of it before. */
async function* readFrom(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (let position = 0; ; ) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
