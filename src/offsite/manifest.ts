import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { VolumeError } from '../errors.js';

/** Of every part but the last: an object of a size that every store takes in one piece. */
export const PART_BYTES = 64 * 1024 ** 2;

const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const guid = z.string().check(z.regex(/^[0-9]{1,20}$/));

const Part = z.object({
  /** Below the copy's own prefix. */
  name: z.string().check(z.regex(/^part-[0-9]{6,}-[0-9a-f]{16}\.age$/)),
  plainBytes: z.int(),
  plainSha256: sha256,
  cipherBytes: z.int(),
  cipherSha256: sha256,
  cipherMd5: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
});

/** What a copy consists of and needs. It is written last: what has no manifest is no copy. */
const Manifest = z.object({
  version: z.literal(1),
  bench: z.string(),
  id: z.string(),
  kind: z.enum(['full', 'incremental']),
  /** Where it comes from. */
  source: z.object({
    host: z.string(),
    dataset: z.string(),
    datasetGuid: guid,
    /** Versions; null where it was not running. */
    zfs: z.string(),
    mariadb: z.nullable(z.string()),
  }),
  snapshot: z.object({
    tag: z.string(),
    guid,
    /** ISO 8601, UTC. */
    createdAt: z.string(),
    /** How MariaDB was held still, and the operator's note: a stream carries neither. */
    quiesce: z.nullable(z.string()),
    note: z.nullable(z.string()),
  }),
  /** The copy that has to be received before; null for a full one. */
  base: z.nullable(z.object({ id: z.string(), guid })),
  /** The full copy at the beginning of the chain, and how many come after it up to this one. */
  chain: z.object({ full: z.string(), increments: z.int() }),
  /** Of `zfs send`. */
  flags: z.array(z.string()),
  /** Data volumes that the bench writes, which are not in it. */
  volumes: z.array(z.string()),
  recipients: z.array(z.string()),
  partBytes: z.int(),
  parts: z.array(Part),
  stream: z.object({ bytes: z.int(), sha256 }),
  startedAt: z.string(),
  finishedAt: z.string(),
  /** Until when nobody can delete it; null where that was not asked for. */
  lockedUntil: z.nullable(z.string()),
});

export type Manifest = z.infer<typeof Manifest>;
export type Part = z.infer<typeof Part>;

/** The manifest with the digest of its own text, so that a single byte that is changed in it shows. */
export function sealManifest(manifest: Manifest): string {
  const text = JSON.stringify(manifest);
  return `{"manifest":${text},\n"sha256":"${digest(text)}"}\n`;
}

/**
 * @param id that its place says
 * @throws VolumeError `copy-damaged` for what is not as it was written; `copy-newer` for one of a newer bench
 */
export function openManifest(text: string, bench: string, id: string): Manifest {
  const damaged = (cause?: unknown) =>
    new VolumeError('copy-damaged', `The manifest of the copy ${bench}/${id} is not as it was written.`, {
      suggestions: ['Take another copy: bench offsite list'],
      ...(cause === undefined ? {} : { cause }),
    });
  let sealed: { manifest: { version?: unknown }; sha256: unknown };
  try {
    sealed = z
      .object({ manifest: z.looseObject({ version: z.unknown() }), sha256: z.string() })
      .parse(JSON.parse(text));
  } catch (cause) {
    throw damaged(cause);
  }
  if (digest(JSON.stringify(sealed.manifest)) !== sealed.sha256) throw damaged();
  if (sealed.manifest.version !== 1)
    throw new VolumeError('copy-newer', `The copy ${bench}/${id} was made by a newer bench.`, {
      suggestions: ['Use a bench of that version.'],
    });
  const found = Manifest.safeParse(sealed.manifest);
  // Somebody has put one where another one belongs.
  if (!found.success || found.data.bench !== bench || found.data.id !== id) throw damaged(found.error);
  return found.data;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
