import { utcStamp } from '../bench/bench.js';

/** Where what lies in the store; all keys are below the prefix of bench.toml. */

/** Everything of one bench. */
export function benchPrefix(bench: string): string {
  return `${bench}/`;
}

/** Everything of one copy. */
export function copyPrefix(bench: string, id: string): string {
  return `${bench}/${id}/`;
}

export const MANIFEST = 'manifest.json';

/** A copy's name: they sort by the time of their snapshots, and no two snapshots have the same. */
export function copyId(snapshot: { createdAt: Date; guid: string }, kind: 'full' | 'incremental'): string {
  return `${utcStamp(snapshot.createdAt)}-${snapshot.guid}-${kind}`;
}

export function isCopyId(name: string): boolean {
  return /^[0-9]{8}-[0-9]{6}-[0-9]{1,20}-(full|incremental)$/.test(name);
}

/** By what it holds: another part never takes its place, and no store can answer with an older one. */
export function partName(index: number, cipherSha256: string): string {
  return `part-${String(index).padStart(6, '0')}-${cipherSha256.slice(0, 16)}.age`;
}
