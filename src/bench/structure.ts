import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../host/atomic-file.js';
import { makeDirectory } from '../host/open-directory.js';
import { json } from '../host/records.js';
import type { Owner } from '../host/users.js';

/** The directories of a bench (SPEC section 1). */
export const BENCH_DIRECTORIES = ['apps', 'sites', 'env', 'logs', 'config'] as const;

export const SITE_CONFIG = 'sites/common_site_config.json';

/** The directories of SPEC section 1, owned like the bench itself. What is there stays untouched. */
export async function createStructure(bench: { directory: string; owner: Owner }): Promise<void> {
  const { uid, gid } = bench.owner;
  for (const name of BENCH_DIRECTORIES) await makeDirectory(join(bench.directory, name), bench.owner);
  const file = join(bench.directory, SITE_CONFIG);
  if (await lstat(file).catch(() => undefined)) return;
  await writeFileAtomic(file, json({ maintenance_mode: 0 }), { mode: 0o644, uid, gid });
}
