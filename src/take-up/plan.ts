import type { BenchConfig } from '../config/config.js';
import { VOLUME_MARK } from '../registry/registry.js';
import type { Step } from '../steps/steps.js';
import {
  asIfAdopted,
  type Facts,
  guardSteps,
  mountStep,
  type Plan,
  planInit,
} from '../volume-manager/volume-manager.js';
import { type Dataset, MARK } from '../zfs/zfs.js';
import type { Found } from './look.js';

/** Up to a dataset in its place and with the marks of its bench. Pure. */
export function planTake({ note, taken, isMarked, kept }: Found): Step[] {
  const dataset = note.to;
  const hasMark = taken === undefined ? kept?.preservedAt !== undefined : isMarked;
  return [
    ...(taken === undefined ? [{ kind: 'volume.take-up', note } as const] : []),
    ...(taken?.bench === note.bench
      ? []
      : [{ kind: 'dataset.set', dataset, properties: { [MARK.bench]: note.bench } } as const]),
    ...(hasMark ? [{ kind: 'dataset.inherit', dataset, properties: [VOLUME_MARK.preserved] } as const] : []),
  ];
}

/** Its files become those of the bench, and a bench.toml in the way goes. Pure. */
export function planAdopt(found: Found, content: string): Step[] {
  const { note, facts, config, context } = found;
  const { dataset, mountpoint, parts } = facts.layout;
  const directory = parts.benches.target;
  const aside = config === 'aside' ? `${directory}.before-zfs-${context.now}` : undefined;
  return [
    {
      kind: 'clone.adopt',
      bench: note.bench,
      source: note.volume,
      dataset,
      mountpoint,
      content,
      again: true,
    },
    ...(config === 'none' ? [] : [{ kind: 'config.aside', directory, aside } as const]),
  ];
}

/** The whole of it, as far as it can be seen before the volume is mounted. Pure. */
export function planTakeUp(found: Found): Plan {
  const { facts, wanted, context } = found;
  const init = planInit(wanted.config, asIfTakenUp(found), context);
  const isVisible = facts.datasetVisible;
  return {
    steps: [
      ...planTake(found),
      ...(isVisible ? [] : [...guardSteps(facts), mountStep(facts)]),
      ...(facts.record === undefined ? planAdopt(found, '') : []),
      // What its kept bench.toml says of sizes is not known before.
      ...init.steps.filter(({ kind }) => kind !== 'config.write' && kind !== 'dataset.set'),
    ],
    complete: false,
    notes: init.notes,
  };
}

function asIfTakenUp({ facts, note, taken, kept, wanted }: Found): Facts {
  const { mountpoint } = facts.layout;
  const quotaBytes = wanted.config.volume.quotaBytes ?? kept?.sizeBytes ?? 0;
  const dataset: Dataset = {
    name: note.to,
    usedBytes: kept?.usedBytes ?? 0,
    availableBytes: quotaBytes,
    quotaBytes,
    reservationBytes: 0,
    canmount: 'on',
    lockedBy: undefined,
    createdAt: new Date(0),
    origin: undefined,
    clone: undefined,
    ...(taken === undefined ? {} : withoutRoot(taken)),
    // Where the key comes from its own bench.toml says, which cannot be seen yet.
    ...(wanted.config.volume.key === undefined ? {} : { encryptionRoot: note.to }),
    mounted: true,
    mountpoint,
    bench: note.bench,
  };
  return asIfAdopted(facts, dataset, ({ mount }) => ({ target: mount === 'none' ? 'empty' : 'unseen' }));
}

/** While it is brought into sight: where its key comes from its own bench.toml says, which can be seen only then. */
export function asIfPlain(facts: Facts, { volume }: BenchConfig): Facts {
  const { dataset } = facts;
  if (dataset === undefined || volume.key !== undefined) return facts;
  return { ...facts, dataset: withoutRoot(dataset) };
}

function withoutRoot(dataset: Dataset): Omit<Dataset, 'encryptionRoot'> {
  const { encryptionRoot: _, ...rest } = dataset;
  return rest;
}
