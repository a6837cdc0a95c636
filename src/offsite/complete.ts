import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { readText } from '../host/files.js';
import { greetedVersion, MariaDbError } from '../mariadb/mariadb.js';
import { datasetGuid } from '../zfs/zfs.js';
import { readManifest, wrongPart } from './copies.js';
import { releaseOthers } from './hold.js';
import { forgetPushJournal } from './journal.js';
import { copyPrefix, MANIFEST } from './layout.js';
import { type Manifest, sealManifest } from './manifest.js';
import type { WithOffsite } from './open.js';
import { changeOffsiteRecord } from './record.js';
import { type Store, StoreError } from './store.js';

/** For so long a push gives what it locks one date: so only one that takes longer has to lock its first parts anew. */
const SAME_DATE_MS = 3_600_000;

/**
 * Until when that is locked which is locked now, asked anew each time: a push that takes days, or goes on after days, must
 * neither lock for less than lock_days nor ask for a date that has passed, which stores refuse.
 * @returns what says undefined where nothing is to be locked
 * @throws RefusedError `bucket-cannot-lock`
 */
export async function lockDates({ offsite }: WithOffsite, store: Store): Promise<() => Date | undefined> {
  const { lockDays } = offsite;
  if (lockDays === undefined) return () => undefined;
  if (!(await store.canLock()))
    throw new RefusedError(
      'bucket-cannot-lock',
      `${offsite.url}: [offsite] lock_days wants copies that nobody can delete, and the bucket has no Object Lock, or the key may not ask for it. Nothing was changed.`,
      {
        suggestions: [
          'Object Lock is given to a bucket when it is made.',
          'Or remove lock_days from bench.toml.',
        ],
      },
    );
  let until = 0;
  return () => {
    const wanted = Date.now() + lockDays * 24 * 3_600_000;
    if (wanted - until > SAME_DATE_MS) until = wanted;
    return new Date(until);
  };
}

/** Where a copy comes from, for whoever finds it. */
export async function sourceOf(
  { volume: { dataset }, mariadb }: WithOffsite,
  runner: Runner,
): Promise<Manifest['source']> {
  return {
    host: hostname(),
    dataset,
    datasetGuid: await datasetGuid(runner, dataset),
    zfs: ((await readText('/sys/module/zfs/version')) ?? 'unknown').trim(),
    mariadb: await mariadbVersion(mariadb.socketPath),
  };
}

const ANSWER_MS = 5000;

/** Null where it does not run: what it was is in the copy. */
async function mariadbVersion(socketPath: string): Promise<string | null> {
  try {
    return await greetedVersion(socketPath, ANSWER_MS);
  } catch (error) {
    if (error instanceof MariaDbError) return null;
    throw error;
  }
}

/** For so long a store may answer with what was there before; in milliseconds. */
const LATE_MS = 60_000;

/**
 * Makes a copy of what was uploaded: every part is looked at once more, then the manifest is written, read again, and what
 * was uploaded before it and what it builds on is locked for as long as it is. What the parts of earlier attempts have left
 * is taken away.
 * @throws VolumeError `part-differs`, `manifest-differs`; then it is no copy
 */
export async function complete(store: Store, manifest: Manifest, base: readonly Manifest[]): Promise<void> {
  const prefix = copyPrefix(manifest.bench, manifest.id);
  const listed = new Map((await store.list(prefix)).map((object) => [object.key, object]));
  for (const part of manifest.parts) {
    const key = `${prefix}${part.name}`;
    const wrong = wrongPart(part, listed.get(key) ?? (await store.head(key)));
    if (wrong !== undefined) throw differs('part-differs', manifest, `${part.name} ${wrong}`);
  }
  const lockedUntil = manifest.lockedUntil === null ? undefined : new Date(manifest.lockedUntil);
  // Its own parts before it is a copy: cut off there, the push goes on.
  if (lockedUntil !== undefined) await lockLonger(store, [manifest], lockedUntil);
  await putManifest(store, manifest);
  if (lockedUntil !== undefined) await lockLonger(store, base, lockedUntil);
  const wanted = new Set([MANIFEST, ...manifest.parts.map(({ name }) => name)]);
  for (const key of listed.keys())
    if (!wanted.has(key.slice(prefix.length))) await removeLeftover(store, key);
}

async function putManifest(store: Store, manifest: Manifest): Promise<void> {
  const text = sealManifest(manifest);
  const bytes = Buffer.from(text);
  const content = {
    open: async function* () {
      yield bytes;
    },
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    md5: createHash('md5').update(bytes).digest('hex'),
  };
  const key = `${copyPrefix(manifest.bench, manifest.id)}${MANIFEST}`;
  const lockedUntil = manifest.lockedUntil === null ? undefined : new Date(manifest.lockedUntil);
  try {
    await store.put(key, content, { isNew: true, lockedUntil });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // An answer that got lost leaves ours there: it is looked at below.
    if (error.failure === 'unsupported') await store.put(key, content, { lockedUntil });
    else if (error.failure !== 'exists') throw error;
  }
  for (const deadline = performance.now() + LATE_MS; ; ) {
    const found = await readManifest(store, manifest.bench, manifest.id);
    if (found !== undefined && sealManifest(found) === text) return;
    if (found !== undefined || performance.now() > deadline)
      throw differs('manifest-differs', manifest, 'its manifest is not there as it was written');
    await sleep(1000);
  }
}

function differs(code: string, { id }: Manifest, what: string): VolumeError {
  return new VolumeError(code, `The copy ${id} is not whole in the store: ${what}. It counts as no copy.`, {
    suggestions: ['Run the same command again: what has arrived whole is used.'],
  });
}

/** A copy is worth nothing without its first parts, nor without what it builds on. */
async function lockLonger(store: Store, copies: readonly Manifest[], until: Date): Promise<void> {
  for (const { bench, id, parts } of copies)
    for (const name of [MANIFEST, ...parts.map((part) => part.name)]) {
      const key = `${copyPrefix(bench, id)}${name}`;
      const head = await store.head(key);
      if (head !== undefined && (head.lockedUntil ?? new Date(0)) < until) await store.lock(key, until);
    }
}

/** What cannot be deleted yet harms nobody. */
async function removeLeftover(store: Store, key: string): Promise<void> {
  await store.remove(key).catch((error: unknown) => {
    if (!(error instanceof StoreError) || !['denied', 'locked'].includes(error.failure)) throw error;
  });
}

/** What a whole copy leaves to be done here; all of it may be done again. */
export async function settle(config: WithOffsite, runner: Runner, manifest: Manifest): Promise<void> {
  const { name, offsite } = config;
  await changeOffsiteRecord(name, (before) => ({
    ...before,
    copy: {
      url: offsite.url,
      id: manifest.id,
      kind: manifest.kind,
      tag: manifest.snapshot.tag,
      guid: manifest.snapshot.guid,
      createdAt: manifest.snapshot.createdAt,
      finishedAt: manifest.finishedAt,
      streamBytes: manifest.stream.bytes,
      storedBytes: storedBytes(manifest),
    },
  }));
  await forgetPushJournal(name);
  await releaseOthers(config, runner, new Set([manifest.snapshot.guid]));
}

export function storedBytes({ parts }: Pick<Manifest, 'parts'>): number {
  return parts.reduce((sum, { cipherBytes }) => sum + cipherBytes, 0);
}
