import type { Runner } from '../host/exec.js';
import { isBenchAttachment, readRegistry, type Volume, type VolumeKind } from '../registry/registry.js';
import { type VolumeJson, type VolumeStatus, volumeJson } from './volume-json.js';

export interface ListFilter {
  status?: VolumeStatus;
  kind?: VolumeKind;
  bench?: string;
  /** In name, id, description, labels, or who has it. */
  search?: string;
  /** Milliseconds. */
  unusedForMs?: number;
}

/** What `bench volume list --json` prints. */
export interface VolumeList {
  volumes: VolumeJson[];
  pools: PoolSum[];
}

export interface PoolSum {
  name: string;
  usedBytes: number;
  availableBytes: number;
  /** Of the data volumes, shown or not. */
  volumes: number;
  /** What they may grow to together. */
  provisionedBytes: number;
}

/** All volumes of the host's pools, root volumes included. One process, however many there are. */
export async function listVolumes(runner: Runner, filter: ListFilter, now = new Date()): Promise<VolumeList> {
  const { volumes, pools } = await readRegistry(runner);
  const shown = volumes
    .map((volume) => ({ volume, json: volumeJson(volume, volumes) }))
    .filter(({ volume, json }) => matches(volume, json, filter, now));
  return {
    volumes: shown.map(({ json }) => json),
    pools: pools
      .map(({ name, usedBytes, availableBytes }) => {
        const own = volumes.filter(({ pool, role }) => pool === name && role === 'data');
        const provisionedBytes = own.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
        return { name, usedBytes, availableBytes, volumes: own.length, provisionedBytes };
      })
      .filter(({ name }) => volumes.some(({ pool }) => pool === name)),
  };
}

/** Pure. */
export function matches(volume: Volume, json: VolumeJson, filter: ListFilter, now: Date): boolean {
  const { status, kind, bench, search, unusedForMs } = filter;
  if (status !== undefined && json.status !== status) return false;
  if (kind !== undefined && json.kind !== kind) return false;
  if (
    bench !== undefined &&
    !json.attachments.some((each) => isBenchAttachment(each) && each.bench === bench)
  )
    return false;
  if (search !== undefined && !searchedText(json).includes(search.toLowerCase())) return false;
  return unusedForMs === undefined || unusedSince(volume, json) <= now.getTime() - unusedForMs;
}

type SearchedVolume = Pick<VolumeJson, 'name' | 'id' | 'description' | 'labels' | 'attachments'>;

/** All that a search looks in, in small letters. */
export function searchedText({ name, id, description, labels, attachments }: SearchedVolume): string {
  const who = attachments.map((each) => (isBenchAttachment(each) ? each.bench : each.machine));
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return [name, id, description, ...pairs, ...who].join('\n').toLowerCase();
}

/** When it was attached for the last time, or was made; never for one that is attached. */
function unusedSince(volume: Volume, { status }: VolumeJson): number {
  if (status === 'attached') return Number.POSITIVE_INFINITY;
  const ends = volume.history.map(({ until }) => Date.parse(until));
  return Math.max(volume.createdAt.getTime(), ...ends);
}
