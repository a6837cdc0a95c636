import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Runner } from '../host/exec.js';
import { stateDir } from '../host/paths.js';
import { encrypt } from './age.js';
import { Channel } from './channel.js';
import { Digests } from './digests.js';
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

/**
 * Cuts a stream into parts of one size, and encrypts each by itself while it comes. While one is looked at once more, and
 * waits for its turn, the next one is on its way. A few chunks are held in memory.
 */
export async function cut(source: AsyncIterable<Uint8Array>, cutting: Cutting): Promise<Cut> {
  await mkdir(waitingRoom(cutting.bench), { recursive: true, mode: 0o700 });
  const digests = new Digests();
  const whole = digests.begin();
  const parts: Part[] = [];
  let [bytes, begun] = [0, 0];
  let current: Sealing | undefined;
  let sealed: Promise<void> = Promise.resolve();
  const finish = async (sealing: Sealing, before: Promise<void>) => {
    await before.catch(async (error: unknown) => {
      await sealing.giveUp();
      throw error;
    });
    const part = await sealing.seal();
    parts.push(part.part);
    await cutting.onPart(part);
  };
  /** One at a time: a second one waits with the stream. */
  const finishBeside = async (sealing: Sealing) => {
    const before = sealed;
    sealed = finish(sealing, before);
    sealed.catch(() => undefined);
    await before;
  };
  try {
    for await (const chunk of source) {
      bytes += chunk.length;
      for (let rest = chunk; rest.length > 0; ) {
        begun += current === undefined ? 1 : 0;
        current ??= await Sealing.begin(begun, cutting, digests);
        const piece = rest.subarray(0, cutting.partBytes - current.plainBytes);
        rest = rest.subarray(piece.length);
        await digests.add([whole, current.digest], piece);
        await current.write(piece);
        if (current.plainBytes < cutting.partBytes) continue;
        const full = current;
        current = undefined;
        await finishBeside(full);
      }
    }
    if (current !== undefined) {
      const last = current;
      current = undefined;
      await finishBeside(last);
    }
    await sealed;
    return { parts, stream: { bytes, sha256: await digests.end(whole) } };
  } catch (error) {
    await current?.giveUp();
    await sealed.catch(() => undefined);
    throw error;
  } finally {
    await digests.close();
  }
}

/** A part that is being written. */
class Sealing {
  plainBytes = 0;
  readonly digest: number;
  private readonly channel = new Channel();
  private readonly encrypted: Promise<{ error?: unknown }>;

  private constructor(
    private readonly index: number,
    private readonly file: FileHandle,
    { recipients, runner }: Cutting,
    private readonly digests: Digests,
  ) {
    this.digest = digests.begin();
    this.encrypted = runner
      .run(encrypt(recipients, this.channel, file.fd))
      .then(
        () => ({}),
        (error: unknown) => ({ error }),
      )
      .finally(() => this.channel.leave());
  }

  static async begin(index: number, cutting: Cutting, digests: Digests): Promise<Sealing> {
    const path = join(waitingRoom(cutting.bench), `part-${index}`);
    const file = await open(path, 'w+', 0o600);
    // Without a name: it goes with this process, whatever ends it.
    await rm(path);
    return new Sealing(index, file, cutting, digests);
  }

  async write(piece: Uint8Array): Promise<void> {
    this.plainBytes += piece.length;
    await this.channel.write(piece);
  }

  async seal(): Promise<SealedPart> {
    this.channel.close();
    const plainSha256 = await this.digests.end(this.digest);
    const { error } = await this.encrypted;
    if (error !== undefined) throw error;
    const { sizeBytes, digests } = await this.digests.ofFile(this.file.fd, ['sha256', 'md5']);
    const [sha256 = '', md5 = ''] = digests;
    return {
      index: this.index,
      part: {
        name: partName(this.index, sha256),
        plainBytes: this.plainBytes,
        plainSha256,
        cipherBytes: sizeBytes,
        cipherSha256: sha256,
        cipherMd5: md5,
      },
      content: { open: () => readFrom(this.file), sizeBytes, sha256, md5 },
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
