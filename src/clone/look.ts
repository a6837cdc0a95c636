import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { asClone, otherBenches, RESET_TAG, unitsToHold } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { formatKeySource } from '../config/key-source.js';
import { checkConfig, invalidConfig } from '../config/load.js';
import { humanSize } from '../config/size.js';
import { RefusedError } from '../errors.js';
import { benchesRoot } from '../host/environment.js';
import type { Runner } from '../host/exec.js';
import { type HostTimerFacts, inspectTimer } from '../timers/timers.js';
import { type Facts, lookAround, type PlanContext } from '../volume-manager/volume-manager.js';
import { type CloneMarks, findSnapshot, poolOf, type Snapshot } from '../zfs/zfs.js';
import { type Begun, benchExists, findBegun } from './begun.js';
import { freePortAfter, refuseTakenPort } from './free-port.js';
import { changesFor } from './new-config.js';
import { type CloneRequest, refuseName } from './request.js';
import { settingNotes } from './settings.js';
import { findSnapshotOf, findSource, type Source } from './source.js';
import { CLONES_TIMER } from './timer.js';
import { findVolumeFates, type VolumeFates, volumeChanges } from './volumes.js';

/** Everything that the plan of a clone is made from. Reading it changes nothing. */
export interface Found {
  request: CloneRequest;
  source: Source;
  begun: Begun;
  /** The snapshot to clone, or that it was made of; undefined where it is to be taken. */
  snapshot: Snapshot | undefined;
  /** The clone's bench.toml, as it is written. */
  content: string;
  config: BenchConfig;
  marks: CloneMarks;
  /** Units of its bench.toml that are left to others, each with the reason. */
  heldUnits: { unit: string; because: string }[];
  /** What `bench init` would find. */
  facts: Facts;
  context: PlanContext;
  /** What is in its place to go back to by `bench clone reset`. */
  hasResetPoint: boolean;
  timer: HostTimerFacts;
  /** What of the source's settings the operator should look at, one sentence each. */
  settings: string[];
  volumes: VolumeFates;
}

/** What ZFS writes for a clone, and MariaDB to start at all. */
const LEAST_ROOM_BYTES = 64 * 1024 ** 2;

/** @throws UsageError, RefusedError: everything that speaks against it, before anything is changed */
export async function look(request: CloneRequest, runner: Runner): Promise<Found> {
  refuseName(request.name);
  const source = await findSource(request.source, runner);
  const begun = await findBegun(request, source, runner);
  const snapshot = await snapshotFor(request, source, begun, runner);
  const volumes = await findVolumeFates(request, source, begun, runner);
  const { content, config } = await configFor(request, source, begun, volumes);
  const heldUnits = await unitsOf(request.name, source);
  const marks = begun.dataset?.clone ?? newMarks(request, source, heldUnits);
  const own = asClone(config, { clone: marks, reservationBytes: begun.dataset?.reservationBytes ?? 0 });
  const { facts, context } = await lookAround(own, runner, { wipeDevice: undefined, operators: [] });
  refuseNoRoom(facts);
  if (begun.dataset === undefined) refuseDirectories(request.name, facts);
  return {
    request,
    source,
    begun,
    snapshot,
    content,
    config: own,
    marks,
    heldUnits,
    facts,
    context,
    hasResetPoint: (await findSnapshot(runner, `${facts.layout.dataset}@${RESET_TAG}`)) !== undefined,
    timer: await inspectTimer(CLONES_TIMER, runner),
    settings: await settingNotes(source.config, request.name),
    volumes,
  };
}

async function snapshotFor(
  { tag }: CloneRequest,
  source: Source,
  { note, dataset }: Begun,
  runner: Runner,
): Promise<Snapshot | undefined> {
  // It is made already: its origin is what ZFS says.
  if (dataset !== undefined)
    return dataset.origin === undefined ? undefined : findSnapshot(runner, dataset.origin);
  // The one of a note may be gone again; where it was taken for this clone, another one will do.
  if (note !== undefined && tag === undefined && source.template === undefined) return undefined;
  return findSnapshotOf(source, tag, runner);
}

async function configFor(
  request: CloneRequest,
  source: Source,
  { note, config }: Begun,
  volumes: VolumeFates,
): Promise<{ content: string; config: BenchConfig }> {
  const values = {
    name: request.name,
    pool: poolOf(source.dataset),
    port: note?.port ?? config?.mariadb.port ?? (await portFor(request, source)),
    key: source.config.volume.key === undefined ? undefined : formatKeySource(source.config.volume.key),
    quotaBytes: note?.quotaBytes ?? request.quotaBytes,
  };
  // The editor of TOML is loaded only where it is used.
  const { editText, editVolumesText } = await import('../config/edit.js');
  const changed = editText(source.text, changesFor(source.text.replace('\ufeff', ''), values));
  const content = editVolumesText(changed, volumeChanges(volumes));
  if (config !== undefined) return { content, config };
  const { config: derived, findings } = await checkConfig(
    content,
    join(benchesRoot(), request.name, 'bench.toml'),
  );
  if (derived === undefined) throw invalidConfig(source.config.file, findings);
  return { content, config: derived };
}

async function portFor({ port, name }: CloneRequest, source: Source): Promise<number> {
  if (port === undefined) return freePortAfter(source.config.mariadb.port, name);
  await refuseTakenPort(port, name);
  return port;
}

async function unitsOf(name: string, { config, bench }: Source): Promise<Found['heldUnits']> {
  const others = (await otherBenches(name)).map((other) => ({
    name: other.name,
    units: other.maintenance.units,
  }));
  return unitsToHold(config.maintenance.units, bench, others);
}

/** MariaDB takes 32 bits; 0 is none, and 1 what an instance has that nobody gave one. */
const SMALLEST_SERVER_ID = 2;
const LARGEST_SERVER_ID = 2 ** 32 - 1;

function newMarks(
  { lifetimeMs, protect }: CloneRequest,
  { bench, template }: Source,
  heldUnits: Found['heldUnits'],
): CloneMarks {
  return {
    source: bench,
    tag: '',
    template,
    state: 'unprepared',
    serverId: randomInt(SMALLEST_SERVER_ID, LARGEST_SERVER_ID),
    heldUnits: heldUnits.map(({ unit }) => unit),
    expiresAt: lifetimeMs === undefined ? undefined : new Date(Date.now() + lifetimeMs),
    isProtected: protect,
  };
}

function refuseNoRoom({ pool, dataset }: Facts): void {
  const root = pool?.datasets.find(({ name }) => name === pool.name);
  if (root === undefined || dataset !== undefined || root.availableBytes >= LEAST_ROOM_BYTES) return;
  throw new RefusedError(
    'no-room',
    `The pool ${root.name} has ${humanSize(root.availableBytes)} left, and MariaDB could not start in a clone. Nothing was changed.`,
    {
      suggestions: [
        'Drop clones, or destroy snapshots, that nobody needs: bench list',
        `zfs list -o space -r ${root.name}`,
      ],
    },
  );
}

/** `bench init` would offer to compare them with what is in the dataset, which is its source's. */
function refuseDirectories(name: string, { parts }: Facts): void {
  const inTheWay = Object.values(parts).find(({ mount, target }) => mount === 'none' && target === 'data');
  if (inTheWay !== undefined) throw benchExists(name, `${inTheWay.part.target} holds something.`);
}
