import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { RefusedError, UsageError } from '../errors.js';
import { ignoreMissing } from '../host/files.js';
import { onOneLine } from '../printable.js';

/** A site's settings are small; whatever is larger is none. */
const LARGEST = 1024 ** 2;

/**
 * The database of a site, by its `site_config.json` in the snapshot.
 * @param directory of the site, in the snapshot
 * @throws UsageError `site-invalid`; RefusedError `symlink-refused` for one that lies elsewhere: what that holds is of now
 */
export async function databaseOf(directory: string, site: string): Promise<string> {
  if ((await lstat(directory)).isSymbolicLink()) {
    throw new RefusedError(
      'symlink-refused',
      `${onOneLine(site)} is a symlink to ${onOneLine(await readlink(directory))}, which is not followed. Nothing was changed.`,
      { suggestions: ['Name the site that it leads to, if that is one of this bench.'] },
    );
  }
  const file = join(directory, 'site_config.json');
  const found = await lstat(file).catch(ignoreMissing);
  const refuse = (why: string) =>
    new UsageError('site-invalid', `${onOneLine(site)} of the snapshot ${why}. Nothing was changed.`, {
      suggestions: ['Its files and its database can be brought back each by itself: --file, --database'],
    });
  if (found === undefined) throw refuse('has no site_config.json');
  if (!found.isFile() || found.size > LARGEST) throw refuse('has a site_config.json that is no plain file');
  const name = parse(await readFile(file, 'utf8'));
  if (name === undefined) throw refuse('names no database (db_name) in its site_config.json');
  return name;
}

function parse(text: string): string | undefined {
  try {
    const value = (JSON.parse(text) as { db_name?: unknown } | null)?.db_name;
    return typeof value === 'string' && value !== '' && !value.includes('\0') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @throws UsageError `path-invalid` for what is no name of a directory */
export function sitePath(site: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(site)) return `sites/${site}`;
  throw new UsageError('path-invalid', `${onOneLine(site)} is no name of a site. Nothing was changed.`, {
    suggestions: ['Such as: --site shop.example'],
  });
}
