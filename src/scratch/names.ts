import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

/** Where the sockets, mounts and locks of what runs out of sight lie; gone with each boot. */
export const SCRATCH_DIR = '/run/bench/scratch';

/** Everything that a MariaDB out of sight is known by. The id says for whom it is, and is given once. */
export interface ScratchNames {
  id: string;
  /** The clone: `<pool>/_scratch/<id>`. */
  dataset: string;
  unit: string;
  /** Held by the bench that made it for as long as that lives: it tells one at work from what was left. */
  lock: string;
  /** For root and MariaDB alone: a copy of somebody's database is in sight here. */
  directory: string;
  /** Where the clone is mounted. */
  volume: string;
  /** MariaDB's own: its socket and its process id. */
  runtime: string;
  socketPath: string;
  /** Room for temporary files of MariaDB's: on the clone, which is limited, and not in memory. */
  temporary: string;
}

/** What all clones out of sight of a pool lie below. No bench is called so: the leaf of a bench begins with a letter. */
export function scratchParent(pool: string): string {
  return `${pool}/_scratch`;
}

export function newScratchId(bench: string): string {
  return `${bench}-${randomBytes(6).toString('hex')}`;
}

/** As {@link newScratchId} makes them, with a valid name of a bench before the dash. */
export function isScratchId(id: string): boolean {
  return /^[a-zA-Z][a-zA-Z0-9_-]{0,39}-[0-9a-f]{12}$/.test(id);
}

/** Pure. */
export function scratchNames(pool: string, id: string): ScratchNames {
  const directory = join(SCRATCH_DIR, id);
  const volume = join(directory, 'volume');
  const runtime = join(directory, 'run');
  return {
    id,
    dataset: `${scratchParent(pool)}/${id}`,
    unit: `bench-scratch-${id}.service`,
    lock: join(SCRATCH_DIR, `${id}.lock`),
    directory,
    volume,
    runtime,
    socketPath: join(runtime, 'mariadb.sock'),
    temporary: join(volume, '.bench-scratch'),
  };
}
