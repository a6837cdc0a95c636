import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { VolumeError } from '../errors.js';
import type { Inventory } from './inventory.js';

/** Below etcd's limit of a request (1.5 MiB), with several of them in one. */
const CHUNK_BYTES = 128 * 1024;

/** What a host tells, small, in parts of one size. */
export function packed(inventory: Inventory): Buffer[] {
  const whole = gzipSync(JSON.stringify(inventory), { level: 9 });
  const parts: Buffer[] = [];
  for (let at = 0; at < whole.length; at += CHUNK_BYTES) parts.push(whole.subarray(at, at + CHUNK_BYTES));
  return parts;
}

/** The text of it, which is only parsed where somebody looks for something that is in it. */
export function unpackedText(host: string, parts: readonly Uint8Array[]): string {
  try {
    return gunzipSync(Buffer.concat(parts), { maxOutputLength: LARGEST }).toString('utf8');
  } catch (cause) {
    throw damaged(host, cause);
  }
}

const LARGEST = 64 * 1024 * 1024;

export function parseInventory(host: string, text: string): Inventory {
  try {
    const inventory = JSON.parse(text) as Inventory;
    if (inventory.version !== 1 || !Array.isArray(inventory.benches) || !Array.isArray(inventory.volumes))
      throw new Error('not version 1');
    return inventory;
  } catch (cause) {
    throw damaged(host, cause);
  }
}

function damaged(host: string, cause: unknown): VolumeError {
  return new VolumeError('inventory-damaged', `What ${host} has published cannot be read.`, {
    suggestions: [`bench fleet rebuild ${host}`],
    cause,
  });
}

/** What changes by itself all the time. */
const FIGURES: readonly string[] = ['usedBytes', 'availableBytes', 'provisionedBytes', 'takenAt'];

/** Two inventories that differ in figures alone have the same one. */
export function structureOf(inventory: Inventory): string {
  const text = JSON.stringify(inventory, (key, value) => (FIGURES.includes(key) ? undefined : value));
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
