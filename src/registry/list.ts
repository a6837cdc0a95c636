import { EXPORTS, OVERLAYS, PRESERVED, VOLUMES } from '../bench/bench.js';
import { BenchError } from '../errors.js';
import { bytes, decodeNote, MARK, optional, rows } from '../zfs/zfs.js';
import {
  ATTACHMENT_MARKS,
  decodeAttachments,
  decodeHistory,
  decodeLabels,
  VOLUME_MARK,
} from './properties.js';
import type { Export, Volume, VolumeRole } from './volume.js';

export interface PoolTotals {
  name: string;
  usedBytes: number;
  availableBytes: number;
  /** Of the pool's own dataset, in which the mount points of all others are made. */
  mountpoint: string;
  mounted: boolean;
  canmount: string;
}

/** Everything that bench knows of volumes, as it stands in the pools. */
export interface Registry {
  /** By pool and name; root volumes first. */
  volumes: Volume[];
  pools: PoolTotals[];
  /** The datasets that hold volumes, such as `<pool>/_volumes`, with their `canmount`. */
  places: Map<string, string>;
  exports: Export[];
  /** Datasets of which `restore-snapshot --keep` has set a copy aside. */
  kept: string[];
}

export const COLUMNS = [
  'name',
  'type',
  'used',
  'usedbyrefreservation',
  'available',
  'quota',
  'reservation',
  'refreservation',
  'volsize',
  'mounted',
  'mountpoint',
  'canmount',
  'keystatus',
  'encryptionroot',
  'origin',
  'guid',
  'creation',
  MARK.bench,
  VOLUME_MARK.whole,
  VOLUME_MARK.id,
  VOLUME_MARK.made,
  VOLUME_MARK.format,
  VOLUME_MARK.shared,
  VOLUME_MARK.description,
  VOLUME_MARK.labels,
  VOLUME_MARK.history,
  VOLUME_MARK.overlay,
  VOLUME_MARK.preserved,
  MARK.copyOf,
  ...ATTACHMENT_MARKS,
] as const;

type Row = Record<(typeof COLUMNS)[number], string>;

/** What `zfs list -H -p` prints of {@link COLUMNS}. Pure. */
export function parseRegistry(stdout: string): Registry {
  const registry: Registry = { volumes: [], pools: [], places: new Map(), exports: [], kept: [] };
  for (const fields of rows(stdout, COLUMNS, 'zfs list')) {
    const row = Object.fromEntries(COLUMNS.map((column, index) => [column, fields[index] ?? ''])) as Row;
    const parts = row.name.split('/');
    if (parts.length === 1) {
      registry.pools.push({
        name: row.name,
        usedBytes: bytes(row.used),
        availableBytes: bytes(row.available),
        mountpoint: row.mountpoint,
        mounted: row.mounted === 'yes',
        canmount: row.canmount,
      });
      continue;
    }
    if (parts.length === 2 && CONTAINERS.some((place) => place === parts[1])) {
      registry.places.set(row.name, row.canmount);
      continue;
    }
    if (parts[1] === EXPORTS) {
      registry.exports.push(exportOf(row));
      continue;
    }
    const kept = /^_(.+)\.(?:kept|aside)$/.exec(parts.at(-1) ?? '')?.[1];
    if (kept !== undefined) registry.kept.push([...parts.slice(0, -1), kept].join('/'));
    const volume = volumeOf(row, parts);
    if (volume !== undefined) registry.volumes.push(volume);
  }
  return registry;
}

const PLACES: readonly (readonly [string, VolumeRole])[] = [
  [VOLUMES, 'data'],
  [PRESERVED, 'preserved'],
  [OVERLAYS, 'overlay'],
];

export const CONTAINERS: readonly string[] = [...PLACES.map(([place]) => place), EXPORTS];

/** Undefined for what is no volume: somebody else's dataset, and what bench has set aside, whose name begins with `_`. */
function volumeOf(row: Row, parts: readonly string[]): Volume | undefined {
  const [pool = '', first = '', second] = parts;
  const name = second ?? first;
  const bench = optional(row[MARK.bench]);
  const role = second === undefined ? 'root' : PLACES.find(([place]) => place === first)?.[1];
  if (role === undefined || name.startsWith('_') || (role === 'root' && bench === undefined))
    return undefined;
  const damaged: string[] = [];
  const isBlock = row.type === 'volume';
  if (!isBlock && row.type !== 'filesystem')
    throw new BenchError('unexpected-output', `zfs list printed the type ${row.type} for ${row.name}`);
  const marks = marksOf(row, damaged);
  return {
    dataset: row.name,
    pool,
    name,
    role,
    id: (role === 'data' ? optional(row[VOLUME_MARK.id]) : undefined) ?? hexadecimal(row.guid),
    kind: isBlock ? 'block' : 'filesystem',
    format: isBlock ? (row[VOLUME_MARK.format] === 'ext4' ? 'ext4' : 'raw') : null,
    state: stateOf(role, row[VOLUME_MARK.whole]),
    madeBy: madeBy(row[VOLUME_MARK.made]),
    wasNoted: false,
    atWork: undefined,
    shared: row[VOLUME_MARK.shared] === 'on',
    sizeBytes: bytes(isBlock ? row.volsize : row.quota),
    usedBytes: bytes(row.used),
    writtenBytes: bytes(row.used) - bytes(row.usedbyrefreservation),
    availableBytes: bytes(row.available),
    reservedBytes: Math.max(bytes(row.reservation), bytes(row.refreservation)),
    mountpoint: row.mountpoint,
    mounted: row.mounted === 'yes',
    canmount: row.canmount,
    lockedBy: row.keystatus === 'unavailable' ? row.encryptionroot : undefined,
    isEncrypted: optional(row.encryptionroot) !== undefined,
    origin: optional(row.origin),
    guid: row.guid,
    createdAt: new Date(bytes(row.creation) * 1000),
    bench,
    overlayOf: optional(row[VOLUME_MARK.overlay]),
    copyOf: optional(row[MARK.copyOf]),
    ...preservedAt(row[VOLUME_MARK.preserved]),
    ...marks,
    damaged,
  };
}

function exportOf(row: Row): Export {
  const part = optional(row[VOLUME_MARK.description]);
  return {
    dataset: row.name,
    pool: row.name.split('/')[0] ?? '',
    origin: optional(row.origin),
    part: part === undefined ? undefined : decodeNote(part),
    atWork: undefined,
  };
}

function marksOf(row: Row, damaged: string[]) {
  const read = <T>(mark: keyof Row, decode: (stored: string) => T | undefined, otherwise: T): T => {
    const stored = optional(row[mark]);
    if (stored === undefined) return otherwise;
    const value = decode(stored);
    if (value === undefined) damaged.push(mark);
    return value ?? otherwise;
  };
  const pieces = ATTACHMENT_MARKS.map((mark) => optional(row[mark]) ?? '');
  return {
    description: read(VOLUME_MARK.description, decodeNote, ''),
    labels: read(VOLUME_MARK.labels, decodeLabels, {}),
    history: read(VOLUME_MARK.history, decodeHistory, []),
    attachments: read(ATTACHMENT_MARKS[0], () => decodeAttachments(pieces), []),
  };
}

/** Only a data volume or a private copy is ever half-made: a bench and what it leaves are whole by themselves. */
function stateOf(role: VolumeRole, mark: string): Volume['state'] {
  if (role === 'root' || role === 'preserved' || mark === '1') return 'whole';
  return mark === 'deleting' ? 'deleting' : 'half-made';
}

function preservedAt(mark: string): Pick<Volume, 'preservedAt'> {
  const stored = optional(mark);
  return stored === undefined ? {} : { preservedAt: decodeNote(stored) };
}

function madeBy(stored: string): Volume['madeBy'] {
  return stored === 'create' || stored === 'clone' || stored === 'import' ? stored : undefined;
}

function hexadecimal(guid: string): string {
  return /^\d+$/.test(guid) ? BigInt(guid).toString(16).padStart(16, '0') : guid;
}
