import { join } from 'node:path';

/** What bench records about a host outside of every dataset: it must be readable while the pool is gone. */
export const STATE_DIR = '/var/lib/bench';

/** `/var/lib/bench/<bench>` */
export function stateDir(bench: string): string {
  return join(STATE_DIR, bench);
}

/** One lock a bench: operations on one bench exclude each other. */
export function benchLock(bench: string): string {
  return join(stateDir(bench), 'lock');
}

/** Below {@link stateDir}: held while copies of the bench are made or changed, off-site and on another host. */
export const OFFSITE_LOCK = 'offsite.lock';
export const REPLICATE_LOCK = 'replicate.lock';
export const COPY_LOCKS = [OFFSITE_LOCK, REPLICATE_LOCK] as const;

/** Below {@link stateDir}: held while snapshots of the bench are sent; a look at copies that are elsewhere sends none. */
export const PUSH_LOCK = 'push.lock';
export const SEND_LOCKS = [PUSH_LOCK, REPLICATE_LOCK] as const;

/** One lock a host, for what benches share: the choice of a disk, the pool, fstab. */
export const HOST_LOCK = join(STATE_DIR, '.host.lock');
