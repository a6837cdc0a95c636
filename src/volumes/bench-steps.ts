import { DATA, type HostRecord, type Layout, type VolumeMount } from '../bench/bench.js';
import type { BenchConfig, WantedVolume } from '../config/config.js';
import { type Limits, refuseAboveLimit } from '../config/host-config.js';
import { RefusedError, UsageError } from '../errors.js';
import type { FstabEntry } from '../host/fstab.js';
import type { Mount } from '../host/mounts.js';
import type { Owner } from '../host/users.js';
import {
  type BenchAttachment,
  isBenchAttachment,
  mayAttach,
  type Registry,
  type Volume,
} from '../registry/registry.js';
import { mountFlags, type Step } from '../steps/steps.js';
import { mountSteps } from './mount-volume.js';
import { overlaySteps } from './overlay.js';
import { isShown } from './target.js';
import { unlockSteps } from './volume-key.js';

/** What the steps are planned from by which a bench gets one volume. */
export interface ShowFacts {
  layout: Pick<Layout, 'parts'>;
  registry: Registry;
  limits: Limits;
  mounts: readonly Mount[];
  fstab: readonly FstabEntry[];
  owner: Owner;
  /** What is recorded of the bench; undefined where nothing is yet. */
  record: Pick<HostRecord, 'volumes'> | undefined;
}

/** @throws RefusedError `volume-not-filesystem`, `volume-other-pool`; UsageError `overlay-size` */
export function refuseForBench(
  config: BenchConfig,
  volume: Pick<Volume, 'name' | 'kind' | 'pool'>,
  { mode, overlayBytes }: Pick<WantedVolume, 'mode' | 'overlayBytes'>,
): void {
  if (volume.kind !== 'filesystem') {
    throw new RefusedError(
      'volume-not-filesystem',
      `${volume.name} is a block volume, which machines take; a bench takes a filesystem. Nothing was changed.`,
      { suggestions: [`bench volume attach ${volume.name} --machine NAME`, 'bench volume create NEW SIZE'] },
    );
  }
  if (volume.pool !== config.volume.pool) {
    throw new RefusedError(
      'volume-other-pool',
      `${volume.name} lies in the pool ${volume.pool}, and the bench ${config.name} in ${config.volume.pool}: no snapshot could take both at one moment. Nothing was changed.`,
      { suggestions: [`Make one in its pool: bench volume create NEW SIZE --pool ${config.volume.pool}`] },
    );
  }
  if ((mode === 'overlay') === (overlayBytes !== undefined)) return;
  throw new UsageError(
    'overlay-size',
    'A private copy needs its size, and only that has one. Nothing was changed.',
  );
}

/** The record that makes the volume the bench's; nothing where it is so already. */
export function recordSteps(bench: string, volume: Volume, wanted: WantedVolume, facts: ShowFacts): Step[] {
  const attachment: BenchAttachment = {
    bench,
    path: wanted.path,
    mode: wanted.mode,
    since: new Date().toISOString(),
    ...(wanted.overlayBytes === undefined ? {} : { overlayBytes: wanted.overlayBytes }),
  };
  if (!mayAttach(volume, attachment)) return [];
  refuseAboveLimit(facts.limits, 'maxVolumesPerBench', volumesOfBench(facts.registry, bench) + 1);
  const { pool, id, name } = volume;
  return [{ kind: 'volume.attach', pool, id, name, attachment, volume }];
}

export function volumesOfBench({ volumes }: Registry, bench: string): number {
  return volumes.filter(({ attachments }) =>
    attachments.some((each) => isBenchAttachment(each) && each.bench === bench),
  ).length;
}

/** The dataset of what is shown, there and mounted, now and at the next boot. */
export function mountedSteps(
  bench: string,
  volume: Pick<Volume, 'dataset' | 'pool' | 'id' | 'name'>,
  mount: VolumeMount,
  wanted: WantedVolume,
  { registry, mounts }: ShowFacts,
): Step[] {
  const pool = registry.pools.find(({ name }) => name === volume.pool);
  if (pool === undefined) throw new Error(`the pool of ${volume.dataset} was not listed`);
  const present = registry.volumes.find(({ dataset }) => dataset === mount.dataset);
  const isMounted = mounts.some(
    ({ source, target }) => source === mount.dataset && target === mount.mountpoint,
  );
  const locked = registry.volumes.find(
    ({ dataset, lockedBy }) => lockedBy !== undefined && [volume.dataset, mount.dataset].includes(dataset),
  );
  const steps = wanted.mode === 'overlay' ? overlaySteps(registry, volume, present, bench, wanted) : [];
  const atBoot = present?.canmount === 'on' && steps.length === 0;
  return [
    ...(locked === undefined ? [] : unlockSteps(registry, locked)),
    ...steps,
    ...(isMounted ? [] : mountSteps(pool, mount.dataset, mount.mountpoint)),
    // Last, so that the next boot mounts nothing at a place that was not made for it.
    ...(atBoot
      ? []
      : [{ kind: 'dataset.set', dataset: mount.dataset, properties: { canmount: 'on' } } as const]),
  ];
}

/** The line for the next boot; nothing where it is there. */
export function fstabSteps({ source, target, mode }: VolumeMount, { fstab }: ShowFacts): Step[] {
  if (fstab.some((entry) => entry.source === source && entry.target === target)) return [];
  const other = fstab.find((entry) => entry.target === target);
  if (other !== undefined) {
    throw new RefusedError(
      'fstab-conflict',
      `/etc/fstab mounts ${target} from ${other.source} already. Nothing was changed.`,
      {
        suggestions: [`Remove that line from /etc/fstab; the volume is to be seen there.`],
      },
    );
  }
  return [{ kind: 'fstab.add', source, target, flags: mountFlags(mode === 'ro') }];
}

/**
 * What makes the bench see it; nothing where it does. The directory comes first and by itself: findmnt finds fault with
 * a line of fstab whose target is missing.
 */
export function showSteps(
  mount: VolumeMount,
  { path, mode }: WantedVolume,
  { layout, owner, mounts }: ShowFacts,
): { guard: Step[]; show: Step[] } {
  if (isShown(mounts, mount)) return { guard: [], show: [] };
  const directory = layout.parts.benches.target;
  return {
    guard: [{ kind: 'target.guard', directory, path, owner }],
    show: [
      {
        kind: 'volume.mount',
        dataset: mount.dataset,
        root: `/${DATA}`,
        source: mount.source,
        directory,
        path,
        readOnly: mode === 'ro',
        owner,
      },
    ],
  };
}

/**
 * What whoever attaches a volume has to know. Pure.
 * @param isNew it was not attached to the bench before
 */
export function attachNotes(
  config: Pick<BenchConfig, 'name'> & { volume: Pick<BenchConfig['volume'], 'key'> },
  volume: Pick<Volume, 'name' | 'shared' | 'attachments' | 'isEncrypted'>,
  wanted: Pick<WantedVolume, 'mode'>,
  isNew: boolean,
): string[] {
  return [...sharedNotes(volume, wanted), ...(isNew ? encryptionNotes(config, volume) : [])];
}

function sharedNotes(
  { shared, name, attachments }: Pick<Volume, 'name' | 'shared' | 'attachments'>,
  { mode }: Pick<WantedVolume, 'mode'>,
): string[] {
  if (!shared || mode === 'ro') return [];
  const others = attachments.length;
  return [
    `${name} may be written by several benches${others > 0 ? `, now by ${others} more` : ''}: they have to agree among themselves, and no restore rolls it back.`,
  ];
}

/** Whoever encrypts a bench takes what it writes for encrypted: a volume inherits nothing of that. */
function encryptionNotes(
  { name: bench, volume: { key } }: Parameters<typeof attachNotes>[0],
  { name, isEncrypted }: Pick<Volume, 'name' | 'isEncrypted'>,
): string[] {
  if (key === undefined || isEncrypted) return [];
  return [
    `The bench ${bench} is encrypted, and ${name} is not: what is in it can be read by whoever has the disk.`,
  ];
}
