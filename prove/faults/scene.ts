import type { Guest } from '../../guest/guest.js';
import type { SnapshotList } from '../../src/snapshot/snapshot-orchestrator.js';
import { benchJson, contentOf, fillBench, sql } from '../../test/guest/product.js';
import { benchToml } from '../bench-toml.js';

export const DATASET = 'bench-pool/shop';
const BENCH_TOML = benchToml({ quota: '8G', lockTimeout: '10s' });

/** What a bench with data and two snapshots looks like, before and after the restore of the older one. */
export interface Scene {
  good: string;
  newer: string;
}

export async function run(guest: Guest, ...args: string[]): Promise<void> {
  await guest.run(['bench', ...args], { timeoutMs: 280_000 });
}

/** @throws Error where they differ, with both */
export function expectSame(what: string, is: unknown, wanted: unknown): void {
  const [found, expected] = [JSON.stringify(is), JSON.stringify(wanted)];
  if (found !== expected) throw new Error(`${what} is ${found} instead of ${expected}`);
}

/** A bench with data, the snapshot `good`, and newer data with the snapshot `newer`. */
export async function setScene(guest: Guest): Promise<Scene> {
  await guest.write('/srv/benches/shop/bench.toml', BENCH_TOML);
  await run(guest, 'init', '-b', 'shop');
  await fillBench(guest, 'shop');
  // Written to at each look: a lock that was left behind would show.
  await sql(guest, 'shop', 'CREATE TABLE app.probe (at TIMESTAMP) ENGINE=Aria');
  await run(guest, 'volume', 'snapshot', '-b', 'shop', '--tag', 'good');
  const good = await contentOf(guest, 'shop');
  await makeNewer(guest);
  return { good, newer: await contentOf(guest, 'shop') };
}

async function makeNewer(guest: Guest): Promise<void> {
  await sql(guest, 'shop', "REPLACE INTO app.orders VALUES (9001, 'newer')");
  await guest.sh("rm -f '/srv/benches/shop/sites/file 2'");
  await run(guest, 'volume', 'snapshot', '-b', 'shop', '--tag', 'newer');
}

async function tags(guest: Guest): Promise<string[]> {
  const { snapshots } = await benchJson<SnapshotList>(guest, ['volume', 'list-snapshots', '-b', 'shop']);
  return snapshots.map(({ tag }) => tag);
}

/** Files and rows are as they were, and MariaDB takes a write at once. */
export async function requireContent(guest: Guest, wanted: string): Promise<void> {
  expectSame('the content', await contentOf(guest, 'shop'), wanted);
  await sql(guest, 'shop', 'SET lock_wait_timeout = 5; INSERT INTO app.probe VALUES (NOW())');
}

/** The newer state, with nothing kept, whatever restores have left. */
export async function becomeNewer(guest: Guest, { newer }: Scene): Promise<void> {
  await guest.run(['bench', 'volume', 'undo-restore', '-b', 'shop', '--discard', '--yes'], { check: false });
  if (!(await tags(guest)).includes('newer')) await makeNewer(guest);
  await requireContent(guest, newer);
}
