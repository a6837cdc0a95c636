import { volumeDataset } from '../bench/bench.js';
import { humanSize } from '../config/size.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import {
  devicePath,
  type PoolTotals,
  readRegistry,
  refuseUnusable,
  requireVolume,
  requireVolumeName,
  textProperties,
  VOLUME_MARK,
  type Volume,
  volumeMountpoint,
} from '../registry/registry.js';
import type { Step } from '../steps/steps.js';
import { MARK } from '../zfs/zfs.js';
import {
  type Changed,
  type ChangeOptions,
  changePool,
  type Planned,
  type RegistryFacts,
  volumeAt,
} from './change.js';
import { CLONE_TAG } from './clone-tag.js';
import { BLOCK_PROPERTIES, blockBytes, FILESYSTEM_PROPERTIES, refuseLimits, startAnew } from './create.js';
import { newId } from './id.js';
import { mountSteps } from './mount-volume.js';
import { choosePool } from './pool.js';
import { refuseNewVolume } from './refuse-new.js';
import { requireSnapshotOf } from './snapshot-of.js';
import { unlockSteps } from './volume-key.js';

export interface CloneRequest {
  name: string;
  /** `NAME` or `NAME@TAG`. */
  from: string;
  /** Undefined: as large as what it is made from. */
  sizeBytes: number | undefined;
  description: string;
  labels: Readonly<Record<string, string>>;
}

/**
 * A new volume with what another one holds, now or at a snapshot, sharing its blocks. It never shrinks what is in it.
 * @throws UsageError `volume-missing`, `snapshot-missing`; RefusedError `volume-exists`, `volume-too-small`
 */
export async function cloneVolume(
  runner: Runner,
  request: CloneRequest,
  options: ChangeOptions,
): Promise<Changed> {
  requireVolumeName(request.name);
  const [from = '', tag] = request.from.split('@');
  const { pool } = requireVolume(await readRegistry(runner), from);
  const id = newId();
  return changePool(
    pool,
    runner,
    `bench volume create ${request.name} --from ${request.from}`,
    async (facts, held) => {
      const source = requireVolume(facts.registry, from);
      if (tag !== undefined) await requireSnapshotOf(held, source, tag);
      return planClone(request, id, source, tag, choosePool(facts.registry, pool), facts);
    },
    options,
  );
}

/** What another room plans, which makes clones of volumes along with something else: the steps, under a new id. */
export function planVolumeClone(
  request: Omit<CloneRequest, 'from'>,
  source: Volume,
  tag: string,
  facts: RegistryFacts,
): Step[] {
  const pool = choosePool(facts.registry, source.pool);
  return planClone({ ...request, from: source.name }, newId(), source, tag, pool, facts).steps;
}

/** Pure. */
export function planClone(
  request: CloneRequest,
  id: string,
  source: Volume,
  tag: string | undefined,
  pool: PoolTotals,
  { registry, limits }: RegistryFacts,
): Planned {
  refuseUnusable(source);
  const sizeBytes = sizeOf(request, source);
  const dataset = volumeDataset(pool.name, request.name);
  const leftover = volumeAt(registry, dataset);
  refuseNewVolume(registry, request.name, pool.name);
  refuseLimits(limits, registry, sizeBytes, leftover === undefined);
  const snapshot = `${source.dataset}@${tag ?? `${CLONE_TAG}${id}`}`;
  const marks = {
    [VOLUME_MARK.id]: id,
    [VOLUME_MARK.made]: 'clone',
    ...textProperties(request),
  };
  const steps: Step[] = [
    ...unlockSteps(registry, source),
    ...startAnew(leftover),
    ...(tag === undefined
      ? [{ kind: 'snapshot.take', snapshot, properties: { [MARK.quiesce]: 'none' } } as const]
      : []),
    ...(source.kind === 'filesystem'
      ? filesystemSteps(request.name, id, sizeBytes, snapshot, pool, marks)
      : blockSteps(source, dataset, sizeBytes, snapshot, marks)),
    { kind: 'volume.complete', dataset },
  ];
  return { dataset, steps, notes: writtenNotes(source) };
}

function filesystemSteps(
  name: string,
  id: string,
  sizeBytes: number,
  snapshot: string,
  pool: PoolTotals,
  marks: Record<string, string>,
): Step[] {
  const dataset = volumeDataset(pool.name, name);
  const mountpoint = volumeMountpoint(pool.name, name);
  const properties = { quota: String(sizeBytes), ...FILESYSTEM_PROPERTIES, ...marks };
  return [
    { kind: 'snapshot.clone', snapshot, dataset, properties },
    ...mountSteps(pool, dataset, mountpoint),
    // The sentinel that it has from its origin is that one's.
    { kind: 'volume.furnish', mountpoint, id },
    { kind: 'dataset.unmount', dataset },
  ];
}

function blockSteps(
  { format, sizeBytes: sourceBytes }: Volume,
  dataset: string,
  sizeBytes: number,
  snapshot: string,
  marks: Record<string, string>,
): Step[] {
  const device = devicePath(dataset);
  const properties = { ...BLOCK_PROPERTIES, ...marks, [VOLUME_MARK.format]: format ?? 'raw' };
  const bytes = blockBytes(sizeBytes);
  const isExt4 = format === 'ext4';
  return [
    { kind: 'snapshot.clone', snapshot, dataset, properties },
    ...(bytes > sourceBytes
      ? [{ kind: 'dataset.set', dataset, properties: { volsize: String(bytes) } } as const]
      : []),
    { kind: 'device.wait', device },
    ...(isExt4 ? [{ kind: 'ext4.renew', device } as const] : []),
    ...(isExt4 && bytes > sourceBytes ? [{ kind: 'ext4.grow', device, mountedAt: undefined } as const] : []),
  ];
}

function sizeOf({ sizeBytes }: CloneRequest, { name, kind, sizeBytes: sourceBytes }: Volume): number {
  if (sizeBytes === undefined) return sourceBytes;
  if (kind === 'filesystem' || sizeBytes >= sourceBytes) return sizeBytes;
  throw new RefusedError(
    'volume-too-small',
    `${name} has ${humanSize(sourceBytes)}: a clone of it cannot be smaller. Nothing was changed.`,
    { suggestions: ['Leave the size out: it is that of what it is made from.'] },
  );
}

/** A snapshot of what is being written holds what the disk of a machine would hold after a power cut. */
function writtenNotes({ name, attachments }: Volume): string[] {
  if (!attachments.some(({ mode }) => mode === 'rw')) return [];
  return [`${name} is written while this is made: what the clone holds is what a power cut would have left.`];
}
