import type { BenchConfig } from '../config/config.js';
import { VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import type { Teller } from '../steps/steps.js';
import { parseSendSize, type Snapshot, StreamEnds, sendSize, sendSnapshot } from '../zfs/zfs.js';
import { wrongPart } from './copies.js';
import type { Begin, PushJournal } from './journal.js';
import { copyPrefix } from './layout.js';
import type { Part } from './manifest.js';
import { type Cut, cut, type SealedPart } from './parts.js';
import type { Store } from './store.js';
import { Uploads } from './uploads.js';

/** So many parts are under way at a time; as many wait, encrypted, on the disk. */
const AT_ONCE = 3;

export interface Uploading {
  config: Pick<BenchConfig, 'name'>;
  runner: Runner;
  store: Store;
  journal: PushJournal;
  begin: Begin;
  snapshot: Snapshot;
  /** Of an incremental copy: the name of the snapshot that it builds on. */
  base: string | undefined;
  /** Parts of an earlier run that are in the store as the journal says. */
  there: ReadonlyMap<number, Part>;
  /** Until when what is uploaded now cannot be deleted. */
  lockedUntil: () => Date | undefined;
  tell: Teller;
}

/** Ends when `zfs send` has ended with 0 and every part has arrived. */
export async function upload({
  config,
  runner,
  store,
  journal,
  begin,
  snapshot,
  base,
  there,
  lockedUntil,
  tell,
}: Uploading) {
  const prefix = copyPrefix(config.name, begin.id);
  const options = { flags: begin.flags, base };
  const expected = parseSendSize((await runner.run(sendSize(snapshot.name, options))).stdout);
  const uploads = new Uploads(AT_ONCE);
  const kept = new Map<number, Part>();
  let [sentBytes, doneBytes, isSame] = [0, 0, true];
  const onPart = async (sealed: SealedPart) => {
    const { index, part, content } = sealed;
    doneBytes += part.plainBytes;
    const before = there.get(index);
    isSame &&= before?.plainSha256 === part.plainSha256 && before.plainBytes === part.plainBytes;
    if (isSame && before !== undefined) {
      kept.set(index, before);
      await sealed.drop();
      tell.progress({ ...percentOf(doneBytes, expected), detail: `part ${index} is there already` });
      return;
    }
    const work = async () => {
      try {
        const { etag } = await store.put(`${prefix}${part.name}`, content, { lockedUntil: lockedUntil() });
        const wrong = wrongPart(part, { sizeBytes: part.cipherBytes, etag });
        if (wrong !== undefined)
          throw new VolumeError(
            'part-differs',
            `${part.name} of the copy ${begin.id} ${wrong} after it was uploaded.`,
            {
              suggestions: ['Run the same command again: what has arrived whole is used.'],
            },
          );
        await journal.uploaded(index, part);
        sentBytes += part.cipherBytes;
        tell.progress({ ...percentOf(doneBytes, expected), detail: `part ${index}` });
      } finally {
        await sealed.drop();
      }
    };
    await uploads.add(work).catch(async (error: unknown) => {
      await sealed.drop();
      throw error;
    });
  };
  const cutting = {
    bench: config.name,
    recipients: begin.recipients,
    partBytes: begin.partBytes,
    runner,
    onPart,
  };
  const ends = new StreamEnds();
  let found: Cut | undefined;
  try {
    await runner.run({
      ...sendSnapshot(snapshot.name, options),
      consume: async (output) => {
        found = await cut(seen(output, ends), cutting);
      },
    });
    await uploads.end();
  } finally {
    await uploads.settle();
  }
  if (found === undefined) throw new Error('zfs send was not read');
  const fault = ends.fault({ guid: snapshot.guid, baseGuid: begin.base?.guid });
  if (fault !== undefined)
    throw new VolumeError(
      'stream-broken',
      `What zfs send wrote of ${snapshot.name} ${fault}. No copy was made.`,
      {
        suggestions: ['Run the same command again.'],
      },
    );
  const parts = found.parts.map((part, index) => kept.get(index + 1) ?? part);
  return { parts, stream: found.stream, sentBytes };
}

async function* seen(output: AsyncIterable<Uint8Array>, ends: StreamEnds): AsyncGenerator<Uint8Array> {
  for await (const chunk of output) {
    ends.add(chunk);
    yield chunk;
  }
}

function percentOf(done: number, expected: number): { percent: number | undefined } {
  return { percent: expected === 0 ? undefined : Math.min(99, Math.floor((done / expected) * 100)) };
}

/** Of what the journal says has arrived, that which the store has: a listing may be late, a single question is not. */
export async function arrived(
  store: Store,
  bench: string,
  id: string,
  parts: ReadonlyMap<number, Part>,
): Promise<Map<number, Part>> {
  const prefix = copyPrefix(bench, id);
  const listed = new Map((await store.list(prefix)).map((object) => [object.key, object]));
  const there = new Map<number, Part>();
  for (const [index, part] of parts) {
    const key = `${prefix}${part.name}`;
    const found = listed.get(key) ?? (await store.head(key));
    if (wrongPart(part, found) === undefined) there.set(index, part);
  }
  return there;
}
