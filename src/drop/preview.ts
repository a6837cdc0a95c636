import { PRESERVED } from '../bench/bench.js';
import type { Runner } from '../host/exec.js';
import { attachmentOf } from '../registry/registry.js';
import type { Step } from '../steps/steps.js';
import type { DropFacts, Storage } from './facts.js';
import { inspect, type Wish } from './inspect.js';
import { dropNotes, planDrop } from './plan.js';
import { refuseDrop } from './refuse.js';
import { findSubject } from './subject.js';

/** What becomes of a data volume that the bench has. */
export interface ReleasedVolume {
  name: string;
  /** `attached`: others have it as well. */
  becomes: 'available' | 'attached';
  /** What the bench has written to a private copy of it, in bytes: that is lost. Null where it has none. */
  lostBytes: number | null;
}

/** What a drop would do, found out before anything is touched. */
export interface DropPreview {
  bench: string;
  /** Null where there is none, or none any more. Of a pool that is lost, as it is recorded. */
  dataset: string | null;
  storage: Storage;
  /** The dataset that it is kept as. */
  preservedAs: string | null;
  /** With its snapshots and what a restore has set aside. */
  usedBytes: number;
  /** Tags, newest first. */
  snapshots: string[];
  /** The copy that a restore has set aside, which goes with it. */
  kept: string | null;
  volumes: ReleasedVolume[];
  /** Units of the bench's own that are stopped. */
  units: string[];
  steps: Step[];
  notes: string[];
}

/**
 * What `bench drop` would do; changes nothing.
 * @throws UsageError `bench-not-found`, `bench-name-invalid`; RefusedError: all that speaks against it
 */
export async function previewDrop(
  name: string,
  runner: Runner,
  { preserve, forget }: Pick<Wish, 'preserve' | 'forget'>,
): Promise<DropPreview> {
  return previewOf(await look(name, runner, { preserve, forget, unattended: false }));
}

export async function look(name: string, runner: Runner, wish: Wish): Promise<DropFacts> {
  const facts = await inspect(await findSubject(name), runner, wish);
  await refuseDrop(facts, runner);
  return facts;
}

/** Pure. */
export function previewOf(facts: DropFacts): DropPreview {
  const { name, dataset, kept, snapshots, units, config } = facts;
  const storage = storageOf(facts);
  return {
    bench: name,
    dataset: dataset?.name ?? (storage === 'lost' ? config.volume.dataset : null),
    storage,
    preservedAs: storage === 'preserved' ? `${config.volume.pool}/${PRESERVED}/${name}` : null,
    usedBytes: (dataset?.usedBytes ?? 0) + (kept?.usedBytes ?? 0),
    snapshots: snapshots.map(({ tag }) => tag),
    kept: kept?.dataset ?? null,
    volumes: volumesOf(facts),
    units: units.own.map(({ unit }) => unit),
    steps: planDrop(facts),
    notes: dropNotes(facts),
  };
}

function storageOf({ dataset, preserve, preserved, isLost }: DropFacts): Storage {
  if (isLost) return 'lost';
  if (dataset === undefined && preserved === undefined) return 'none';
  return preserve ? 'preserved' : 'destroyed';
}

function volumesOf({ name, registry }: DropFacts): ReleasedVolume[] {
  const { volumes } = registry;
  return volumes.flatMap((volume): ReleasedVolume[] => {
    const attachment = volume.role === 'data' ? attachmentOf(volume, { bench: name }) : undefined;
    if (attachment === undefined) return [];
    const copy =
      attachment.mode === 'overlay'
        ? volumes.find(
            ({ role, overlayOf, bench }) => role === 'overlay' && overlayOf === volume.id && bench === name,
          )
        : undefined;
    return [
      {
        name: volume.name,
        becomes: volume.attachments.length > 1 ? 'attached' : 'available',
        lostBytes: copy?.usedBytes ?? null,
      },
    ];
  });
}
