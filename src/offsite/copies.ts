import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError } from '../errors.js';
import { benchPrefix, copyPrefix, isCopyId, MANIFEST } from './layout.js';
import { type Manifest, openManifest } from './manifest.js';
import type { Store, StoredObject } from './store.js';

/** What there is of one bench in the store. */
export interface Copies {
  /** Whole ones by their manifests, the oldest snapshot first. */
  copies: Manifest[];
  /** What has a manifest that is not as it was written, or is of a newer bench. */
  damaged: { id: string; message: string }[];
  /** What has parts and no manifest: begun and not finished, or half taken away. */
  unfinished: string[];
}

const AT_ONCE = 8;
/** A manifest of ten thousand parts has three megabytes. */
const LARGEST_MANIFEST_BYTES = 256 * 1024 ** 2;

/** For manifests that a store may show late, before each further look; in milliseconds. */
const LATE_MS = [1000, 2000, 4000];

/**
 * Reads every manifest of a bench: there is no index that could be lost, or be wrong.
 * @param expected a copy that is known to be whole. Its manifest, and those of what others build on, are looked for again
 *   where the store does not show them at once
 */
export async function readCopies(store: Store, bench: string, expected?: string): Promise<Copies> {
  const ids = (await store.folders(benchPrefix(bench)))
    .map((folder) => folder.replace(/\/$/, ''))
    .filter(isCopyId);
  let found = await readAll(store, bench, ids);
  for (const wait of LATE_MS) {
    const whole = new Set([expected, ...found.copies.map(({ base }) => base?.id)]);
    if (!found.unfinished.some((id) => whole.has(id))) break;
    await sleep(wait);
    const more = await readAll(store, bench, found.unfinished);
    found = {
      copies: [...found.copies, ...more.copies],
      damaged: [...found.damaged, ...more.damaged],
      unfinished: more.unfinished,
    };
  }
  found.copies.sort((a, b) => (a.id < b.id ? -1 : 1));
  found.unfinished.sort();
  return found;
}

async function readAll(store: Store, bench: string, ids: readonly string[]): Promise<Copies> {
  const found: Copies = { copies: [], damaged: [], unfinished: [] };
  const left = [...ids].sort();
  const worker = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      try {
        const manifest = await readManifest(store, bench, id);
        if (manifest === undefined) found.unfinished.push(id);
        else found.copies.push(manifest);
      } catch (error) {
        if (!(error instanceof BenchError) || !error.code.startsWith('copy-')) throw error;
        found.damaged.push({ id, message: error.message });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return found;
}

/**
 * @returns undefined where there is none
 * @throws VolumeError `copy-damaged`, `copy-newer`
 */
export async function readManifest(store: Store, bench: string, id: string): Promise<Manifest | undefined> {
  const body = await store.get(`${copyPrefix(bench, id)}${MANIFEST}`);
  return body === undefined ? undefined : openManifest(await textOf(body), bench, id);
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LARGEST_MANIFEST_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * A copy with all that it builds on, the full one first; undefined where one of them is missing. Pure.
 */
export function chainOf(copies: readonly Manifest[], copy: Manifest): Manifest[] | undefined {
  const chain = [copy];
  for (let { base } = copy; base !== null; ) {
    const wanted: NonNullable<Manifest['base']> = base;
    const found = copies.find(({ id, snapshot }) => id === wanted.id && snapshot.guid === wanted.guid);
    // A circle can only be made by hand.
    if (found === undefined || chain.includes(found)) return undefined;
    chain.unshift(found);
    base = found.base;
  }
  return chain;
}

/** What speaks against a part by what the store lists of it; undefined where nothing does. */
export function wrongPart(
  part: Manifest['parts'][number],
  listed: Pick<StoredObject, 'sizeBytes' | 'etag'> | undefined,
): string | undefined {
  if (listed === undefined) return 'is missing';
  if (listed.sizeBytes !== part.cipherBytes)
    return `has ${listed.sizeBytes} bytes instead of ${part.cipherBytes}`;
  // Stores that encrypt on their side, or keep large objects in pieces, have tags of another kind.
  if (/^[0-9a-f]{32}$/.test(listed.etag) && listed.etag !== part.cipherMd5) return 'holds something else';
  return undefined;
}
