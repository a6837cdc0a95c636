import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { VolumeError } from '../errors.js';
import type { VolumeJson } from '../volumes/volumes.js';
import type { Inventory } from './inventory.js';

/** Below etcd's limit of a request (1.5 MiB), with several of them in one. */
const CHUNK_BYTES = 128 * 1024;

/**
 * What a host tells, small, in parts of one size. Each volume is a line of its own, behind all the rest: who looks for a
 * few of many parses these alone.
 */
export function packed(inventory: Inventory): Buffer[] {
  const { volumes, ...rest } = inventory;
  const lines = [rest, ...volumes].map((each) => JSON.stringify(each));
  const whole = gzipSync(lines.join('\n'), { level: 9 });
  const parts: Buffer[] = [];
  for (let at = 0; at < whole.length; at += CHUNK_BYTES) parts.push(whole.subarray(at, at + CHUNK_BYTES));
  return parts;
}

/** The text of it, which is only parsed where somebody looks for something that is in it. */
export function unpackedText(host: string, parts: readonly Uint8Array[]): string {
  try {
    return gunzipSync(Buffer.concat(parts), UNPACKING).toString('utf8');
  } catch (cause) {
    throw damaged(host, cause);
  }
}

/** A thousand volumes come in one piece, which need not be put together. */
const UNPACKING = { maxOutputLength: 64 * 1024 * 1024, chunkSize: 1024 * 1024 };

/** @throws VolumeError `inventory-damaged` */
export function parseInventory(host: string, text: string): Inventory {
  try {
    const [first = '', ...lines] = text.split('\n');
    const rest = JSON.parse(first) as Omit<Inventory, 'volumes'>;
    return checked({ ...rest, volumes: lines.map((line) => JSON.parse(line)) });
  } catch (cause) {
    throw damaged(host, cause);
  }
}

/** The same as `bench inventory --json` prints it. @throws VolumeError `inventory-damaged` */
export function parsePrinted(host: string, text: string): Inventory {
  try {
    return checked(JSON.parse(text) as Inventory);
  } catch (cause) {
    throw damaged(host, cause);
  }
}

function checked(inventory: Inventory): Inventory {
  const lists = [inventory.benches, inventory.volumes, inventory.copies, inventory.pools];
  if (inventory.version === 1 && lists.every(Array.isArray)) return inventory;
  throw new Error('not version 1');
}

/**
 * The volumes in it in whose line each of these words is, in whatever case. Words that JSON may write in another way
 * must not be among them.
 * @throws VolumeError `inventory-damaged`
 */
export function* volumesWith(host: string, text: string, words: readonly string[]): Generator<VolumeJson> {
  // The longest is the rarest.
  const [first = '', ...others] = [...words].sort((a, b) => b.length - a.length).map(pattern);
  const looking = new RegExp(first, 'gi');
  const rest = others.map((each) => new RegExp(each, 'i'));
  looking.lastIndex = text.indexOf('\n') + 1 || text.length;
  for (let found = looking.exec(text); found !== null; found = looking.exec(text)) {
    const start = text.lastIndexOf('\n', found.index) + 1;
    const next = text.indexOf('\n', found.index);
    const end = next === -1 ? text.length : next;
    const line = text.slice(start, end);
    if (rest.every((each) => each.test(line))) yield parsedVolume(host, line);
    if (next === -1) return;
    looking.lastIndex = end + 1;
  }
}

function pattern(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function parsedVolume(host: string, line: string): VolumeJson {
  try {
    return JSON.parse(line) as VolumeJson;
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

const FORMAT = 'lines';

/** Two inventories that differ in figures alone have the same one. */
export function structureOf(inventory: Inventory): string {
  const text = JSON.stringify(inventory, (key, value) => (FIGURES.includes(key) ? undefined : value));
  // What is written in another way is written again.
  return createHash('sha256').update(`${FORMAT}\n${text}`).digest('hex').slice(0, 32);
}
