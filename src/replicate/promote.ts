import { forgetSuperseded, refuseUnfinishedRestore, volumeDataset } from '../bench/bench.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { holding, withLock } from '../host/lock.js';
import { benchLock, HOST_LOCK } from '../host/paths.js';
import { keyNotLoadedHere } from '../keys/keys.js';
import { applySteps, halfWay, type OnStep, perform, type Step } from '../steps/steps.js';
import { type Beyond, converge, KEPT_KEY } from '../volume-manager/volume-manager.js';
import { bytes, findDataset, heldSnapshots, optional, rows, zfsList } from '../zfs/zfs.js';
import { adopt, reload } from './adopt.js';
import { refuseLocked } from './copies.js';
import { fenceSource, notTakenUp, refuseLive, type SourceState, sourceState } from './fence.js';
import { type FoundCopy, findCopy } from './find-copy.js';
import { type Moment, newestMoment } from './moment.js';
import { COPY_MARK, HOLD, ROOT } from './names.js';
import { type PromoteFacts, planDatasets, planForget, planShow } from './plan-promote.js';
import { forgetCopyRecord } from './record.js';
import { claimRight, type FleetView, type SeenRight, seeRight } from './right.js';
import { aloneOnCopy } from './serve-copy.js';

export interface PromoteRequest {
  bench: string;
  /** Stop it on the host that runs it, and take up what has come so far. */
  stopSource: boolean;
  /** The host that sends it has given it up already, for this epoch. */
  yielded?: number | undefined;
}

/** What is going to be taken up, before anything is changed. */
export interface PromotePreview {
  bench: string;
  from: string;
  /** Null where it was begun before, and its root volume is in its place already. */
  tag: string | null;
  createdAt: string | null;
  /** By this host's clock: what the bench has written since is not in it. */
  ageSeconds: number | null;
  epoch: number;
  source: SourceState;
  fleet: FleetView;
  steps: Step[];
}

export interface PromoteOptions {
  request: PromoteRequest;
  runner: Runner;
  confirm: (preview: PromotePreview) => Promise<void>;
  onEvent: OnStep;
  /** What capabilities above add, as for `bench init`. */
  beyond: Beyond;
}

/** What came of it. */
export interface Promoted extends PromotePreview {
  notes: string[];
}

const LOCK_TIMEOUT_MS = 10_000;

/** What `bench promote` would do. Changes nothing. */
export async function previewPromote(request: PromoteRequest, runner: Runner): Promise<PromotePreview> {
  return (await look(request, runner)).preview;
}

/**
 * Takes up the copy of a bench as a bench of this host, or goes on where that was cut off. The host that sent it is asked
 * first: one that runs it is left alone, unless it is to be stopped; one that does not is told not to start it; one that
 * does not answer finds out when it comes back.
 * @throws RefusedError `source-live`, `copy-incomplete`, `bench-exists`; UsageError `copy-missing`; VolumeError
 *   `promote-failed` once the host that sent it has left it
 */
export async function promote(options: PromoteOptions): Promise<Promoted> {
  const { request, runner: host, confirm } = options;
  const { bench } = request;
  const purpose = `bench promote ${bench}`;
  return withLock({ path: HOST_LOCK, timeoutMs: LOCK_TIMEOUT_MS, purpose }, async () => {
    const before = await look(request, host);
    await confirm(before.preview);
    const lock = { path: benchLock(bench), timeoutMs: LOCK_TIMEOUT_MS, purpose };
    return withLock(lock, (held) =>
      aloneOnCopy(bench, purpose, () => carryOut({ ...options, runner: holding(host, held) }, before)),
    );
  });
}

async function carryOut(options: PromoteOptions, shown: Looked): Promise<Promoted> {
  const { request, runner, onEvent, beyond } = options;
  const { bench } = request;
  const { source, epoch } = shown.preview;
  await refuseUnfinishedRestore(bench);
  const isFenced = request.yielded === undefined && (source.state === 'live' || source.state === 'stopped');
  if (isFenced)
    await perform(
      `Have ${source.host} ${source.state === 'live' ? 'stop' : 'leave'} ${bench}`,
      () => fenceSource(runner, source.host, bench, epoch),
      onEvent,
    );
  const claimed = async () => {
    // Over what was shown, and over nothing else: a host that has started it since keeps it.
    await claimRight(shown.right, bench, request.yielded);
    // Something more may have come until then.
    return look({ ...request, yielded: epoch }, runner);
  };
  const { facts, preview } = await claimed().catch((error) => {
    throw isFenced ? notTakenUp(bench, source, error) : error;
  });
  await applySteps(planDatasets(facts), runner, onEvent);
  const { pool } = facts.found;
  const dataset = await findDataset(runner, `${pool}/${bench}`);
  await applySteps(planShow(pool, bench, dataset?.mounted === true), runner, onEvent);
  const notes = await adopt(facts.found, runner, onEvent);
  await forgetSuperseded(bench);
  await forgetCopyRecord(bench);
  const made = await halfWay(() =>
    converge({
      name: bench,
      runner,
      flags: { wipeDevice: undefined, operators: [], key: KEPT_KEY },
      reload: () => reload(pool, bench),
      confirm: async () => undefined,
      onEvent,
      beyond,
    }),
  );
  const { moved } = await findCopy(runner, bench);
  await applySteps(planForget(pool, bench, moved), runner, onEvent);
  return {
    ...preview,
    source,
    fleet: shown.right.view,
    steps: [...preview.steps, ...made.steps],
    notes: [...notes, ...made.notes],
  };
}

interface Looked {
  facts: PromoteFacts;
  right: SeenRight;
  preview: PromotePreview;
}

async function look(request: PromoteRequest, runner: Runner): Promise<Looked> {
  const { bench, stopSource, yielded } = request;
  const found = await findCopy(runner, bench);
  await refuseTaken(found, runner);
  refuseLocked(bench, found.copy?.members ?? []);
  await refuseMovedLocked(found, runner);
  const source: SourceState =
    yielded === undefined
      ? await sourceState(runner, found.from, bench)
      : { host: found.from, state: 'stopped', epoch: yielded - 1, because: null };
  if (!stopSource) refuseLive(source, bench);
  const moment =
    found.copy === undefined
      ? undefined
      : newestMoment(
          found.copy,
          found.members.filter((name) => !found.moved.includes(name)),
        );
  const isBegun = found.copy === undefined;
  const right = await seeRight(runner, {
    bench,
    root: found.root,
    ofCopy: isBegun ? found.epoch - 1 : Math.max(found.epoch, source.epoch),
  });
  const epoch = yielded ?? (isBegun ? found.epoch : right.epoch);
  const facts: PromoteFacts = {
    found,
    moment,
    epoch,
    held: await heldOf(runner, moment),
    volumes: await quotas(runner, found, moment),
    present: await presentIn(runner, found.pool),
  };
  refuseVolumes(facts);
  return {
    facts,
    right,
    preview: {
      bench,
      from: found.from,
      tag: moment?.tag ?? null,
      createdAt: moment?.createdAt.toISOString() ?? null,
      ageSeconds:
        moment === undefined
          ? null
          : Math.max(0, Math.round((Date.now() - moment.createdAt.getTime()) / 1000)),
      epoch,
      source,
      fleet: right.view,
      steps: planDatasets(facts),
    },
  };
}

/** @throws RefusedError `bench-exists` */
async function refuseTaken({ bench, pool, copy }: FoundCopy, runner: Runner): Promise<void> {
  if (copy === undefined) return;
  const dataset = await findDataset(runner, `${pool}/${bench}`);
  if (dataset === undefined) return;
  throw new RefusedError(
    'bench-exists',
    `There is a dataset ${dataset.name} here already. Nothing was changed.`,
    {
      suggestions: ['bench list', `zfs list -r -o name,creation,bench:name ${dataset.name}`],
    },
  );
}

/**
 * Of what a promotion that was cut off has moved to its place already: a boot may have come in between.
 * @throws RefusedError `key-not-loaded`
 */
async function refuseMovedLocked(
  { bench, pool, root, copy, moved }: FoundCopy,
  runner: Runner,
): Promise<void> {
  const places = [
    ...(copy === undefined ? [root] : []),
    ...moved.map((volume) => volumeDataset(pool, volume)),
  ];
  for (const name of places) {
    const dataset = await findDataset(runner, name);
    if (dataset?.lockedBy !== undefined) throw keyNotLoadedHere(bench, dataset);
  }
}

/** @throws RefusedError `volume-exists` */
function refuseVolumes({ moment, present, found: { pool } }: PromoteFacts): void {
  const taken = (moment?.members ?? []).filter(
    ({ member }) => member !== ROOT && present.has(`${pool}/_volumes/${member}`),
  );
  if (taken.length === 0) return;
  const names = taken.map(({ member }) => member).join(', ');
  throw new RefusedError(
    'volume-exists',
    `This host has volumes of the same names as the bench: ${names}. Nothing was changed.`,
    { suggestions: taken.map(({ member }) => `bench volume rename ${member} NEW-NAME`) },
  );
}

function heldOf(runner: Runner, moment: Moment | undefined): Promise<string[]> {
  const names = (moment?.members ?? []).flatMap(({ dataset, snapshots }) =>
    snapshots.map(({ tag }) => `${dataset}@${tag}`),
  );
  return heldSnapshots(runner, HOLD, names);
}

async function quotas(
  runner: Runner,
  { pool, moved }: FoundCopy,
  moment: Moment | undefined,
): Promise<Map<string, number>> {
  const datasets = [
    ...moved.map((name) => [volumeDataset(pool, name), name] as const),
    ...(moment?.members ?? []).map(({ member, dataset }) => [dataset, member] as const),
  ].filter(([, name]) => name !== ROOT);
  if (datasets.length === 0) return new Map();
  const columns = ['name', COPY_MARK.quota, 'used'] as const;
  const args = ['-o', columns.join(','), ...datasets.map(([dataset]) => dataset)];
  const found = await zfsList(runner, args, (stdout) => rows(stdout, columns, 'zfs list'));
  return new Map(
    datasets.flatMap(([dataset, name]) => {
      const [, stored = '-', used = '0'] = found.find(([each]) => each === dataset) ?? [];
      const quota = optional(stored);
      if (quota === undefined) return [];
      // ZFS refuses one that is smaller than what is there, and a copy may have kept more than its source.
      return [[name, bytes(quota) === 0 ? 0 : Math.max(bytes(quota), bytes(used))] as const];
    }),
  );
}

async function presentIn(runner: Runner, pool: string): Promise<Set<string>> {
  const args = ['-r', '-d', '2', '-t', 'filesystem,volume', '-o', 'name', pool];
  return new Set(await zfsList(runner, args, (stdout) => stdout.split('\n').filter((name) => name !== '')));
}
