import { createHash } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError, VolumeError } from '../errors.js';
import { CommandError, type Runner } from '../host/exec.js';
import { decrypt } from './age.js';
import { Channel } from './channel.js';
import { copyPrefix } from './layout.js';
import type { Manifest, Part } from './manifest.js';
import { waitingRoom } from './parts.js';
import { type Store, StoreError } from './store.js';

/** What does not hold what its manifest says: nothing is made of it. */
export class DamagedCopyError extends VolumeError {
  constructor({ bench, id }: Pick<Manifest, 'bench' | 'id'>, what: string) {
    super('copy-damaged', `The copy ${bench}/${id} is damaged: ${what}. Nothing of it was used.`, {
      suggestions: [
        `Look for one that is whole: bench offsite list -b ${bench}`,
        'A full copy builds on no other: bench offsite push --full',
      ],
    });
  }
}

const ATTEMPTS = 4;

/**
 * Reads one part as it lies in the store, and compares it with its manifest.
 * @param onChunk given each piece; anew from the beginning where the connection broke
 * @throws DamagedCopyError
 */
export async function readPart(
  store: Store,
  manifest: Manifest,
  part: Part,
  target: { begin: () => Promise<void>; chunk: (bytes: Uint8Array) => Promise<void> },
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await target.begin();
      const found = await digest(store, manifest, part, target.chunk);
      if (found === part.cipherSha256) return;
      throw new DamagedCopyError(manifest, `${part.name} is not as it was uploaded`);
    } catch (error) {
      const mayPass = error instanceof StoreError && error.isPassing;
      if (!mayPass || attempt === ATTEMPTS) throw error;
      await sleep(attempt * 1000);
    }
  }
}

async function digest(
  store: Store,
  manifest: Manifest,
  part: Part,
  onChunk: (bytes: Uint8Array) => Promise<void>,
): Promise<string> {
  const body = await store.get(`${copyPrefix(manifest.bench, manifest.id)}${part.name}`);
  if (body === undefined) throw new DamagedCopyError(manifest, `${part.name} is missing`);
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    // An endless answer fills no disk.
    if (bytes > part.cipherBytes) break;
    hash.update(chunk);
    await onChunk(chunk);
  }
  return hash.digest('hex');
}

export interface StreamOptions {
  store: Store;
  runner: Runner;
  /** A file with a secret key of age. */
  identity: string;
  /** Told after each part. */
  onPart?: (done: number, of: number) => void;
}

/** Bytes at the end of a stream that are held back until all of it is known to be right. */
const TAIL_BYTES = 64 * 1024;

/**
 * The stream that a copy is made of, decrypted. Each part is compared with its manifest before anything is made of it, and
 * the end of the stream comes only when the whole of it is right: who receives it has no whole stream before.
 * @throws DamagedCopyError, UsageError `wrong-key`
 */
export async function* streamOf(manifest: Manifest, options: StreamOptions): AsyncGenerator<Uint8Array> {
  const whole = createHash('sha256');
  let tail = Buffer.alloc(0);
  for (const [index, part] of manifest.parts.entries()) {
    for await (const chunk of plainPart(manifest, part, index + 1, options)) {
      whole.update(chunk);
      const all = Buffer.concat([tail, chunk]);
      if (all.length > TAIL_BYTES) yield all.subarray(0, all.length - TAIL_BYTES);
      tail = all.subarray(Math.max(0, all.length - TAIL_BYTES));
    }
    options.onPart?.(index + 1, manifest.parts.length);
  }
  if (whole.digest('hex') !== manifest.stream.sha256)
    throw new DamagedCopyError(manifest, 'its stream is not what was sent');
  yield tail;
}

async function* plainPart(
  manifest: Manifest,
  part: Part,
  index: number,
  { store, runner, identity }: StreamOptions,
): AsyncGenerator<Uint8Array> {
  const room = waitingRoom(manifest.bench);
  await mkdir(room, { recursive: true, mode: 0o700 });
  const path = join(room, `fetched-${index}`);
  // Appended to: the position of the file would stay where a broken attempt has left it (ftruncate(2)).
  const file = await open(path, 'a', 0o600);
  try {
    await readPart(store, manifest, part, {
      begin: () => file.truncate(0),
      chunk: (bytes) => file.appendFile(bytes),
    });
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  const channel = new Channel();
  const hash = createHash('sha256');
  const decrypted = runner
    .run(
      decrypt(identity, path, async (output) => {
        for await (const chunk of output) {
          hash.update(chunk);
          // Handed on while the next one is read.
          await channel.write(chunk);
        }
      }),
    )
    .then(
      () => ({}),
      (error: unknown) => ({ error }),
    )
    .finally(() => channel.close());
  try {
    yield* channel;
    const { error } = (await decrypted) as { error?: unknown };
    if (error !== undefined) throw keyError(manifest, identity, error);
    if (hash.digest('hex') !== part.plainSha256)
      throw new DamagedCopyError(manifest, `${part.name} holds something else than it should`);
  } finally {
    channel.leave();
    await decrypted;
    await rm(path, { force: true });
  }
}

function keyError({ recipients }: Manifest, identity: string, error: unknown): unknown {
  if (!(error instanceof CommandError)) return error;
  const { stderr } = error.result;
  if (/no identity matched|incorrect passphrase/i.test(stderr))
    return new UsageError('wrong-key', `${identity} has no key for this copy. Nothing was changed.`, {
      stderr,
      suggestions: [
        `It was encrypted for ${recipients.join(', ')}; age-keygen -y FILE tells whose a key is.`,
      ],
    });
  return error;
}
