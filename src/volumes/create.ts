import { volumeDataset } from '../bench/bench.js';
import { type Limits, refuseAboveLimit } from '../config/host-config.js';
import { formatSize, humanSize } from '../config/size.js';
import { UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import type { EscrowWish } from '../keys/keys.js';
import {
  type BlockFormat,
  devicePath,
  type PoolTotals,
  type Registry,
  readRegistry,
  requireVolumeName,
  textProperties,
  VOLUME_MARK,
  type Volume,
  type VolumeKind,
  volumeMountpoint,
  volumesOf,
} from '../registry/registry.js';
import type { Step } from '../steps/steps.js';
import { VOLUME_BLOCK_BYTES } from '../zfs/zfs.js';
import {
  type Change,
  type Changed,
  type ChangeOptions,
  changePool,
  type RegistryFacts,
  volumeAt,
} from './change.js';
import { newId } from './id.js';
import { mountSteps } from './mount-volume.js';
import { choosePool, placeSteps } from './pool.js';
import { refuseNewVolume } from './refuse-new.js';
import { type NewKey, newKeyFor } from './volume-key.js';

export interface CreateRequest {
  name: string;
  sizeBytes: number;
  kind: VolumeKind;
  /** Of a block volume. */
  format: BlockFormat;
  pool: string | undefined;
  description: string;
  labels: Readonly<Record<string, string>>;
  /** Guarantee its space. */
  reserve: boolean;
  /** Several benches of this host may write it. */
  shared: boolean;
}

/** As {@link createVolume} takes it. */
export interface NewVolume extends CreateRequest {
  encrypted: boolean;
  /** What is to become of a copy of its key. */
  escrow: EscrowWish | undefined;
}

/** A plan in three parts, for what has content from the beginning. */
export interface CreateParts {
  /** Until there is something that the content can go into. */
  begin: Step[];
  /** Behind the content; the last one says that the volume is whole. */
  end: Step[];
  notes: string[];
  dataset: string;
}

const MIB = 1024 ** 2;
/** With less, ZFS's own metadata and ext4's journal leave no room for data. */
const LEAST_BYTES = { filesystem: 16 * MIB, ext4: 16 * MIB, raw: MIB } as const;

/**
 * A new data volume.
 * @throws UsageError `volume-name-invalid`, `size-invalid`, `wrong-usage`; RefusedError `volume-exists`, `limit-reached`, and
 *   those of {@link newKeyFor}
 */
export async function createVolume(
  runner: Runner,
  request: NewVolume,
  options: ChangeOptions,
): Promise<Changed> {
  requireVolumeName(request.name);
  refuseWrongRequest(request);
  const pool = choosePool(await readRegistry(runner), request.pool);
  const id = newId();
  const key = request.encrypted ? await newKeyFor(request.name, id, request.escrow, runner) : undefined;
  return changePool(
    pool.name,
    runner,
    `bench volume create ${request.name}`,
    (facts) => planCreate(request, id, choosePool(facts.registry, pool.name), facts, key),
    options,
  );
}

function refuseWrongRequest({ kind, format, shared, sizeBytes }: CreateRequest): void {
  if (kind === 'block' && shared) {
    throw new UsageError(
      'wrong-usage',
      '--shared is for filesystems: two machines that write one block volume destroy it. Nothing was changed.',
    );
  }
  const what = kind === 'filesystem' ? kind : format;
  const least = LEAST_BYTES[what];
  if (sizeBytes >= least) return;
  throw new UsageError(
    'size-invalid',
    `A volume (${what}) of ${formatSize(sizeBytes)} could hold nothing: it takes at least ${formatSize(least)}. Nothing was changed.`,
  );
}

/** Pure. */
export function planCreate(
  request: CreateRequest,
  id: string,
  pool: PoolTotals,
  facts: RegistryFacts,
  key?: NewKey,
): Change & { dataset: string } {
  const { begin, end, notes, dataset } = planParts(request, id, pool, facts, { key });
  const isExt4 = request.kind === 'block' && request.format === 'ext4';
  const content: Step[] = isExt4 ? [{ kind: 'ext4.make', device: devicePath(dataset) }] : [];
  return { dataset, steps: [...begin, ...content, ...end], notes };
}

/** Pure. */
export function planParts(
  request: CreateRequest,
  id: string,
  pool: PoolTotals,
  { registry, limits }: RegistryFacts,
  { madeBy = 'create', key }: { madeBy?: 'create' | 'import'; key?: NewKey | undefined } = {},
): CreateParts {
  const { name, kind } = request;
  const dataset = volumeDataset(pool.name, name);
  refuseNewVolume(registry, name, pool.name);
  refuseLimits(limits, registry, request.sizeBytes, volumeAt(registry, dataset) === undefined);
  const properties = { ...marks(request, id, madeBy), ...key?.properties };
  const isFilesystem = kind === 'filesystem';
  return {
    dataset,
    begin: [
      ...placeSteps(registry, volumesOf(pool.name)),
      ...startAnew(volumeAt(registry, dataset)),
      ...(key?.before ?? []),
      ...(isFilesystem
        ? filesystemSteps(request, id, pool, dataset, properties)
        : blockSteps(request, dataset, properties)),
    ],
    end: [
      // It is mounted while it is attached, and not before.
      ...(isFilesystem ? [{ kind: 'dataset.unmount', dataset } as const] : []),
      ...(key === undefined ? [] : [key.escrow(dataset)]),
      { kind: 'volume.complete', dataset },
    ],
    notes: sizeNotes(request, pool),
  };
}

function filesystemSteps(
  request: CreateRequest,
  id: string,
  pool: PoolTotals,
  dataset: string,
  properties: Record<string, string>,
): Step[] {
  const mountpoint = volumeMountpoint(pool.name, request.name);
  const size = String(request.sizeBytes);
  return [
    {
      kind: 'filesystem.create',
      dataset,
      properties: {
        quota: size,
        ...(request.reserve ? { reservation: size } : {}),
        ...FILESYSTEM_PROPERTIES,
        ...properties,
      },
    },
    ...mountSteps(pool, dataset, mountpoint),
    { kind: 'volume.furnish', mountpoint, id },
  ];
}

/** Mounted only by whoever attaches it; and what is brought in from elsewhere is data, not devices and programs of root's. */
export const FILESYSTEM_PROPERTIES = {
  canmount: 'noauto',
  compression: 'lz4',
  atime: 'off',
  xattr: 'sa',
  acltype: 'posix',
  devices: 'off',
  setuid: 'off',
} as const;

/**
 * That the host takes no notice of what a machine writes on it (zfsprops(7), volmode) stands at the place of all volumes:
 * given to each as it is made, ZFS would take its device away once more and make it again.
 */
export const BLOCK_PROPERTIES = { compression: 'lz4' } as const;

function blockSteps(request: CreateRequest, zvol: string, properties: Record<string, string>): Step[] {
  return [
    {
      kind: 'zvol.create',
      zvol,
      sizeBytes: blockBytes(request.sizeBytes),
      reserved: request.reserve,
      properties: { ...BLOCK_PROPERTIES, ...properties, [VOLUME_MARK.format]: request.format },
    },
    { kind: 'device.wait', device: devicePath(zvol) },
  ];
}

/** ZFS takes whole blocks only: a size between two of them becomes the larger one. */
export function blockBytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / VOLUME_BLOCK_BYTES) * VOLUME_BLOCK_BYTES;
}

function marks(request: CreateRequest, id: string, madeBy: string): Record<string, string> {
  return {
    [VOLUME_MARK.id]: id,
    [VOLUME_MARK.made]: madeBy,
    ...(request.shared ? { [VOLUME_MARK.shared]: 'on' } : {}),
    ...textProperties(request),
  };
}

export function startAnew(leftover: Volume | undefined): Step[] {
  return leftover === undefined ? [] : [{ kind: 'dataset.destroy', dataset: leftover.dataset }];
}

export function refuseLimits(limits: Limits, { volumes }: Registry, sizeBytes: number, isNew: boolean): void {
  refuseAboveLimit(limits, 'maxVolumeSize', sizeBytes);
  const count = volumes.filter(({ role }) => role === 'data').length;
  if (isNew) refuseAboveLimit(limits, 'maxVolumes', count + 1);
}

function sizeNotes({ sizeBytes, kind, reserve }: CreateRequest, pool: PoolTotals): string[] {
  const notes: string[] = [];
  if (kind === 'block' && blockBytes(sizeBytes) !== sizeBytes)
    notes.push(`ZFS takes whole blocks of 16K: the volume has ${blockBytes(sizeBytes)} bytes.`);
  if (!reserve && sizeBytes > pool.availableBytes)
    notes.push(
      `The pool ${pool.name} has ${humanSize(pool.availableBytes)} free now, less than this volume may grow to.`,
    );
  return notes;
}
