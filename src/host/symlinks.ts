import { lstat, readlink } from 'node:fs/promises';
import { RefusedError } from '../errors.js';

/** As many as the kernel follows in one path (path_resolution(7)). */
const MOST_LINKS = 40;

/** The symlinks that were followed on the way to a file or directory, by who could have made them. */
export class Trail {
  readonly #owners = new Set<number>();
  #links = 0;

  get isEmpty(): boolean {
    return this.#links === 0;
  }

  /** @returns false where these are more than the kernel would follow */
  follow(...owners: readonly number[]): boolean {
    for (const owner of owners) this.#owners.add(owner);
    return ++this.#links <= MOST_LINKS;
  }

  /** Whether nobody but this user, or root, has led us there. */
  isOf(user: number): boolean {
    return [...this.#owners].every((owner) => owner === 0 || owner === user);
  }
}

/**
 * Where a symlink leads, and whose it is; undefined for what is none.
 * @throws RefusedError `symlink-refused` where it is replaced just then: the owner would be another one's
 */
export async function readSymlink(path: string): Promise<{ leadsTo: string; owner: number } | undefined> {
  const before = await lstat(path, { bigint: true }).catch(() => undefined);
  const leadsTo = await readlink(path).catch(() => undefined);
  if (leadsTo === undefined) return undefined;
  const after = await lstat(path, { bigint: true }).catch(() => undefined);
  // Renaming it away and back changes the second.
  if (before !== undefined && before.ino === after?.ino && before.ctimeNs === after.ctimeNs)
    return { leadsTo, owner: Number(before.uid) };
  throw new RefusedError('symlink-refused', 'A symlink was replaced while it was followed.', {
    suggestions: ['See who does that, then run the command again.'],
  });
}
