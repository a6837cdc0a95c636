import type { WantedVolume } from '../config/config.js';
import type { VolumesChange } from '../config/edit.js';
import { type Limits, readLimits } from '../config/host-config.js';
import { volumesEntry } from '../config/volumes-entry.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import {
  attachmentOf,
  isBenchAttachment,
  type Registry,
  readRegistry,
  requireVolumeName,
  type Volume,
} from '../registry/registry.js';
import type { Step } from '../steps/steps.js';
import { planVolumeClone } from '../volumes/volumes.js';
import { poolOf } from '../zfs/zfs.js';
import type { Begun } from './begun.js';
import type { CloneRequest } from './request.js';
import { type Source, tagOf } from './source.js';

/** What becomes of the data volumes of the source in the clone. */
export interface VolumeFates {
  /** Those that the source writes: the clone gets its own copy of each. */
  cloned: { volume: Volume; wanted: WantedVolume; name: string }[];
  /** Those that the clone does without. */
  omitted: string[];
  /** Those that it reads, or has a private copy of: the same as in its source. */
  shared: string[];
  registry: Registry;
  limits: Limits;
}

const NOTHING: Omit<VolumeFates, 'limits'> = {
  cloned: [],
  omitted: [],
  shared: [],
  registry: { volumes: [], pools: [], places: new Map(), exports: [], kept: [] },
};

/**
 * Looked up in the registry; no process for a source without volumes, nor for a clone whose bench.toml says already what
 * it has of them.
 * @throws UsageError `volume-name-invalid` where the name of a copy would be none; RefusedError `volume-exists`
 */
export async function findVolumeFates(
  request: CloneRequest,
  source: Source,
  begun: Begun,
  runner: Runner,
): Promise<VolumeFates> {
  const limits = await readLimits();
  if (begun.config !== undefined || source.config.volumes.length === 0) return { ...NOTHING, limits };
  const { config, bench, template, dataset } = source;
  const registry = await readRegistry(runner, [poolOf(dataset)]);
  const fates: VolumeFates = { ...NOTHING, cloned: [], omitted: [], shared: [], registry, limits };
  for (const wanted of config.volumes) {
    const volume = registry.volumes.find(({ role, name }) => role === 'data' && name === wanted.name);
    const attachment = volume === undefined ? undefined : attachmentOf(volume, { bench });
    const isWritten = attachment !== undefined && isBenchAttachment(attachment) && attachment.mode === 'rw';
    // What is in a template is older than what its bench writes now.
    if (request.volumes === 'omit' || template !== undefined || (wanted.mode === 'rw' && !isWritten))
      fates.omitted.push(wanted.name);
    else if (wanted.mode !== 'rw' || volume === undefined) fates.shared.push(wanted.name);
    else {
      const name = `${wanted.name}-${request.name}`;
      requireVolumeName(name);
      refuseTaken(name, volume, registry, begun);
      fates.cloned.push({ volume, wanted, name });
    }
  }
  return fates;
}

/**
 * One that was made before this clone was cut off goes on; any other one is somebody's, be it what a clone of the same
 * name had and has left when it was dropped. Pure.
 * @param name of the copy that is to be made of the volume
 * @throws RefusedError `volume-exists`
 */
export function refuseTaken(
  name: string,
  { dataset }: Pick<Volume, 'dataset'>,
  { volumes }: Pick<Registry, 'volumes'>,
  begun: Pick<Begun, 'note' | 'dataset'>,
): void {
  const present = volumes.find((each) => each.role === 'data' && each.name === name);
  if (present === undefined || present.state !== 'whole' || isCopyOf(present, dataset, begun)) return;
  throw new RefusedError(
    'volume-exists',
    `The copy of a volume for the clone would be ${name}, and there is one already. Nothing was changed.`,
    {
      suggestions: [
        `bench volume show ${name}`,
        `Where nobody needs it any more: bench volume delete ${name}`,
        'Or do without: --volumes omit',
      ],
    },
  );
}

/** Copies are made behind the dataset of the clone, of the moment that its note names. */
function isCopyOf(
  { origin, attachments }: Volume,
  dataset: string,
  begun: Pick<Begun, 'note' | 'dataset'>,
): boolean {
  const { note } = begun;
  if (note === undefined || begun.dataset === undefined) return false;
  const isOurs = attachments.every((each) => isBenchAttachment(each) && each.bench === note.bench);
  return origin === `${dataset}@${tagOf(note.snapshot)}` && isOurs;
}

/** What changes in bench.toml. Pure. */
export function volumeChanges({ cloned, omitted }: VolumeFates): VolumesChange[] {
  return [
    ...omitted.map((name) => ({ remove: name })),
    ...cloned.flatMap(({ wanted, name }) => [
      { remove: wanted.name },
      { add: volumesEntry({ ...wanted, name }) },
    ]),
  ];
}

/**
 * The copies, from snapshots of the same tag as the source's own. Pure.
 * @throws RefusedError `limit-reached`
 */
export function planVolumeCopies(
  { cloned, registry, limits }: VolumeFates,
  tag: string,
  clone: string,
): Step[] {
  return cloned.flatMap(({ volume, name }) => {
    const present = registry.volumes.find((each) => each.role === 'data' && each.name === name);
    if (present !== undefined && present.state === 'whole') return [];
    const description = `${volume.name} in the clone ${clone}`;
    const request = { name, sizeBytes: undefined, description, labels: volume.labels };
    return planVolumeClone(request, volume, tag, { registry, limits });
  });
}

/** The registry as it will be when they are there. Pure. */
export function registryWith(
  { cloned, registry }: VolumeFates,
  datasetOf: (name: string) => string,
): Registry {
  const copies = cloned
    .filter(({ name }) => !registry.volumes.some((each) => each.name === name && each.state === 'whole'))
    .map(
      ({ volume, name }): Volume => ({
        ...volume,
        name,
        dataset: datasetOf(name),
        id: name,
        attachments: [],
        mounted: false,
        canmount: 'noauto',
        state: 'whole',
        mountpoint: `/${datasetOf(name)}`,
      }),
    );
  return { ...registry, volumes: [...registry.volumes, ...copies] };
}

/** One sentence each. Pure. */
export function volumeNotes({ cloned, omitted, shared }: VolumeFates, clone: string): string[] {
  return [
    ...cloned.map(
      ({ wanted, name }) => `${clone} gets a copy of the volume ${onOneLine(wanted.name)}: ${name}.`,
    ),
    ...omitted.map((name) => `${clone} does without the volume ${onOneLine(name)}.`),
    ...shared.map((name) => `${clone} has the volume ${onOneLine(name)} as its source has it.`),
  ];
}
