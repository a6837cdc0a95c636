import { type CloneNote, RESET_TAG, volumeDataset } from '../bench/bench.js';
import { benchJobs } from '../schedule/schedule.js';
import type { Step } from '../steps/steps.js';
import { planTimer } from '../timers/timers.js';
import {
  asIfAdopted,
  cloneDatasetProperties,
  type Facts,
  guardSteps,
  mountStep,
  planInit,
} from '../volume-manager/volume-manager.js';
import { cloneProperties, type Dataset, encodeNote, KEY_MARK, MARK, poolOf } from '../zfs/zfs.js';
import type { Found } from './look.js';
import { scriptSteps } from './scripts.js';
import { tagOf } from './source.js';
import { CLONES_TIMER } from './timer.js';
import { planVolumeCopies, registryWith, volumeNotes } from './volumes.js';

/** What `bench clone` does, in its parts. */
export interface ClonePlan {
  /** Up to a dataset with files of its own; the snapshot is taken before. */
  own: Step[];
  /** What `bench init` does with it then. */
  init: Step[];
  /** What it runs before it may act. */
  scripts: Step[];
  notes: string[];
}

/**
 * @param snapshot the full name of the snapshot that is cloned
 * @param user the owner of its bench.toml
 * @throws RefusedError where `bench init` of the clone would refuse
 */
export function planClone(found: Found, snapshot: string, user: string): ClonePlan {
  const { config, context, marks, request, timer, begun } = found;
  const { steps, notes } = planInit(config, asIfCloned(found, snapshot), context);
  const isNew = begun.dataset === undefined;
  return {
    own: [
      ...(marks.expiresAt === undefined ? [] : planTimer(CLONES_TIMER, timer)),
      ...(begun.config === undefined ? planDataset(found, snapshot) : []),
      ...(isResettable(found) ? [takeResetPoint(found, snapshot)] : []),
    ],
    init: steps.filter((step) => request.start || !isStart(step)),
    scripts: request.start ? scriptSteps(config, marks, user) : [],
    notes: [...(isNew ? notesFor(found) : []), ...notes],
  };
}

/** What starts services, or asks them something. */
export function isStart({ kind }: Step): boolean {
  return kind === 'unit.enable' || kind === 'unit.start' || kind === 'account.create';
}

/** Up to a dataset whose files are the clone's own: whatever of it has been done before is not done again. */
function planDataset(found: Found, snapshot: string): Step[] {
  const { request, source, begun, content, facts } = found;
  const { dataset, mountpoint } = facts.layout;
  const note = noteFor(found, snapshot);
  const isWhole = begun.dataset?.bench === request.name && begun.dataset.clone !== undefined;
  return [
    // Guarded first: after a power cut nothing is written to its mount point either.
    ...(facts.datasetVisible ? [] : guardSteps(facts)),
    ...(begun.dataset === undefined
      ? [...templateAgain(found, snapshot), { kind: 'dataset.clone', note } as const]
      : []),
    // A power cut came between the clone and its properties.
    ...(begun.dataset === undefined || isWhole
      ? []
      : [{ kind: 'dataset.set', dataset, properties: note.properties } as const]),
    ...(facts.datasetVisible ? [] : [mountStep(facts)]),
    ...planVolumeCopies(found.volumes, tagOf(snapshot), request.name),
    { kind: 'clone.adopt', bench: request.name, source: source.bench, dataset, mountpoint, content },
  ];
}

/** What is in a template never changes: a snapshot of it that is gone can be taken again. */
function templateAgain({ source, snapshot }: Found, name: string): Step[] {
  if (source.template === undefined || snapshot !== undefined) return [];
  return [{ kind: 'snapshot.take', snapshot: name, properties: { [MARK.quiesce]: 'crash-consistent' } }];
}

function noteFor(found: Found, snapshot: string): CloneNote {
  const { request, source, begun, config, marks, facts } = found;
  const tag = tagOf(snapshot);
  return (
    (begun.dataset === undefined ? undefined : begun.note) ?? {
      version: 1,
      bench: request.name,
      source: source.bench,
      template: source.template ?? null,
      snapshot,
      dataset: facts.layout.dataset,
      port: config.mariadb.port,
      quotaBytes: request.quotaBytes ?? begun.note?.quotaBytes ?? null,
      properties: {
        ...cloneDatasetProperties(config, facts),
        ...keyMarks(found),
        ...cloneProperties({ ...marks, tag }),
      },
    }
  );
}

/** Before anything has run on it: an init that has recorded it may have started MariaDB. */
function isResettable({ hasResetPoint, facts }: Found): boolean {
  return !hasResetPoint && facts.record === undefined;
}

function takeResetPoint({ facts, snapshot, source, volumes }: Found, name: string): Step {
  const note = `${source.bench}@${tagOf(name)}`;
  const pool = poolOf(facts.layout.dataset);
  return {
    kind: 'snapshot.take',
    snapshot: `${facts.layout.dataset}@${RESET_TAG}`,
    along: volumes.cloned.map((copy) => `${volumeDataset(pool, copy.name)}@${RESET_TAG}`),
    properties: {
      // It is as consistent as what it is made of.
      [MARK.quiesce]: snapshot?.quiesce ?? 'crash-consistent',
      [MARK.note]: encodeNote(`a clone of ${note}, before it has run`),
    },
  };
}

/** The facts as they will be when the dataset is there with files of its own: then there is the plan of its init. Pure. */
function asIfCloned(found: Found, snapshot: string): Facts {
  const { facts, marks, config, request, begun, volumes } = found;
  if (begun.config !== undefined) return facts;
  const { dataset: name, mountpoint } = facts.layout;
  const dataset: Dataset = {
    name,
    usedBytes: 0,
    availableBytes: config.volume.quotaBytes ?? 0,
    quotaBytes: config.volume.quotaBytes ?? 0,
    reservationBytes: 0,
    mounted: true,
    mountpoint,
    canmount: 'noauto',
    lockedBy: undefined,
    createdAt: new Date(0),
    origin: snapshot,
    ...encryptionOf(found),
    ...begun.dataset,
    bench: request.name,
    clone: marks,
  };
  return {
    ...asIfAdopted(facts, dataset),
    registry:
      facts.registry === undefined
        ? undefined
        : registryWith(volumes, (copy) => volumeDataset(poolOf(name), copy)),
  };
}

/** A clone is encrypted with the key of what it is made of, whose property that stays. */
function encryptionOf({ facts, source }: Found): Pick<Dataset, 'encryptionRoot'> {
  const origin = facts.key?.all.find(({ dataset }) => dataset === source.dataset);
  return origin === undefined ? {} : { encryptionRoot: origin.root };
}

/** Which key it is, and where a copy of it was put away: of whatever shares it. */
function keyMarks({ facts, source }: Found): Record<string, string> {
  const all = facts.key?.all ?? [];
  const origin = all.find(({ dataset }) => dataset === source.dataset);
  const marked = all.find(({ root, key, escrow }) => root === origin?.root && key && escrow);
  return marked?.key === undefined || marked.escrow === undefined
    ? {}
    : { [KEY_MARK.key]: marked.key, [KEY_MARK.escrow]: marked.escrow };
}

function notesFor(found: Found): string[] {
  const { source, snapshot, heldUnits, config, request, settings, volumes } = found;
  const { sql, run } = config.clone;
  return [
    ...(snapshot === undefined && source.template === undefined
      ? [`A consistent snapshot of ${source.bench} is taken first; it goes with the clone.`]
      : []),
    ...heldUnits.map(({ unit, because }) => `${unit} is not started for ${request.name}: ${because}.`),
    ...(sql.length + run.length > 0
      ? []
      : [
          'Event scheduler and replicas stay off: [clone] of bench.toml names nothing that would make it safe ' +
            `for them to run. bench clone release ${request.name} lets them.`,
        ]),
    ...timesNotes(found),
    ...volumeNotes(volumes, request.name),
    ...(config.volume.key === undefined
      ? []
      : [
          `${request.name} shares the key of ${source.bench}: whoever can read one can read both (bench key status).`,
        ]),
    ...settings,
  ];
}

/** What its source does by itself, it does not before somebody has said so. */
function timesNotes({ config, request }: Found): string[] {
  const tables = benchJobs(config).flatMap(({ when, table }) => (when === undefined ? [] : [`[${table}]`]));
  if (tables.length === 0) return [];
  return [
    `Nothing runs by itself in ${request.name} yet: bench init -b ${request.name} makes the timers that ${tables.join(', ')} of its bench.toml want.`,
  ];
}
