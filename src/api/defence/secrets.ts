import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { writeFileAtomic } from '../../host/atomic-file.js';
import { readText } from '../../host/files.js';
import { json } from '../../host/records.js';
import { SCOPES, type Scope } from '../scope.js';

/** What is kept of a secret that was given out: never the secret itself. One file each, named by its id. */
const Kept = z.object({
  version: z.literal(1),
  id: z.string(),
  /** SHA-256 of the secret, which is random: nothing slower is needed against guessing. */
  hash: z.string(),
  name: z.string(),
  scope: z.enum(SCOPES),
  createdAt: z.string(),
  expiresAt: z.nullable(z.string()),
});

export type Kept = z.infer<typeof Kept>;

export interface Wanted {
  name: string;
  scope: Scope;
  /** Milliseconds; undefined for one that does not end by itself. */
  ttlMs?: number | undefined;
}

const SECRET = /^bench_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

/**
 * Gives out a secret of 256 bits: `bench_<id>_<random>`.
 * @param directory root's alone; made where it is missing
 */
export async function issue(
  directory: string,
  { name, scope, ttlMs }: Wanted,
  now = new Date(),
): Promise<{ secret: string; kept: Kept }> {
  await makePrivate(directory);
  const id = randomBytes(8).toString('hex');
  const secret = `bench_${id}_${randomBytes(32).toString('base64url')}`;
  const kept: Kept = {
    version: 1,
    id,
    hash: hashOf(secret).toString('hex'),
    name,
    scope,
    createdAt: now.toISOString(),
    expiresAt: ttlMs === undefined ? null : new Date(now.getTime() + ttlMs).toISOString(),
  };
  await writeFileAtomic(join(directory, `${id}.json`), json(kept), { mode: 0o600 });
  return { secret, kept };
}

/** What is kept of a secret that somebody presents; undefined for one that was never given out, has ended, or is none. */
export async function lookUp(directory: string, secret: string, now = new Date()): Promise<Kept | undefined> {
  const [, id] = SECRET.exec(secret) ?? [];
  if (id === undefined) return undefined;
  const kept = await readKept(directory, `${id}.json`);
  if (kept === undefined || hasEnded(kept, now)) return undefined;
  return timingSafeEqual(Buffer.from(kept.hash, 'hex'), hashOf(secret)) ? kept : undefined;
}

/** The same for a secret that counts once: of several who present it at the same moment one gets it. */
export async function useUp(directory: string, secret: string, now = new Date()): Promise<Kept | undefined> {
  const kept = await lookUp(directory, secret, now);
  return kept !== undefined && (await forget(directory, kept.id)) ? kept : undefined;
}

/** Takes it away; false where it was gone. */
export async function forget(directory: string, id: string): Promise<boolean> {
  try {
    await unlink(join(directory, `${id}.json`));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** All that are kept, the oldest first; a file that is none of ours is passed over. */
export async function listKept(directory: string): Promise<Kept[]> {
  const names = await readdir(directory).catch(() => []);
  const found = await Promise.all(names.map((name) => readKept(directory, name)));
  return found.filter((kept) => kept !== undefined).sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

/** Removes what has ended. */
export async function sweep(directory: string, now = new Date()): Promise<void> {
  for (const kept of await listKept(directory)) if (hasEnded(kept, now)) await forget(directory, kept.id);
}

export function hasEnded({ expiresAt }: Kept, now: Date): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= now.getTime();
}

/** What a session has to send along with each change. It cannot be told from the hash that is kept. */
export function csrfOf(secret: string): string {
  return createHash('sha256').update(`csrf ${secret}`).digest('base64url');
}

/** Whether two texts are the same, in a time that does not tell where they differ. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(hashOf(a), hashOf(b));
}

/** Whatever the umask: what is in it says who may do what. */
export async function makePrivate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

async function readKept(directory: string, name: string): Promise<Kept | undefined> {
  if (!/^[0-9a-f]{16}\.json$/.test(name)) return undefined;
  const text = await readText(join(directory, name));
  if (text === undefined) return undefined;
  try {
    return Kept.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
