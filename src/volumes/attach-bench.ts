import { recordPath } from '../bench/host-record.js';
import { type VolumeMount, volumeMount } from '../bench/volume-layout.js';
import type { BenchConfig, WantedVolume } from '../config/config.js';
import { refuseAboveLimit } from '../config/host-config.js';
import { formatSize } from '../config/size.js';
import { RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import {
  type BenchAttachment,
  DATA,
  isBenchAttachment,
  mayAttach,
  type Registry,
  requireVolume,
  type Volume,
} from '../registry/registry.js';
import { mountFlags } from '../steps/kinds/volume-mount.js';
import { applySteps, type Step } from '../steps/steps.js';
import { type BenchFacts, fileSteps, readBenchFacts } from './bench-facts.js';
import { withBenchLocks } from './bench-locks.js';
import { type Changed, type ChangeOptions, volumeNow } from './change.js';
import { mountSteps } from './mount-volume.js';
import { overlaySteps } from './overlay.js';
import { isShown, refusePath, refuseTargetNow } from './target.js';

export interface AttachRequest {
  /** Name or id. */
  volume: string;
  path: string;
  mode: WantedVolume['mode'];
  overlayBytes: number | undefined;
}

interface AttachPlan {
  volume: Volume;
  /** Recorded first: nobody else can have it from then on. */
  record: Step[];
  /** Where this cannot be written, nothing has been done yet, and the record is taken back. */
  config: Step[];
  rest: Step[];
  notes: string[];
}

/**
 * Attaches a volume to a bench, while the bench runs. Cut off anywhere, it is finished by the same call or by
 * `bench init`.
 * @throws UsageError `volume-missing`, `path-invalid`; RefusedError `volume-in-use`, `volume-not-filesystem`,
 *   `volume-other-pool`, `limit-reached`, `bench-not-ready`, those of the path
 */
export async function attachToBench(
  config: BenchConfig,
  host: Runner,
  request: AttachRequest,
  { dryRun, onEvent }: ChangeOptions,
): Promise<Changed> {
  if (dryRun) {
    const plan = await planAttach(config, await readBenchFacts(config, host), request);
    const steps = [...plan.record, ...plan.config, ...plan.rest];
    return { steps, notes: plan.notes, dryRun, volume: await volumeNow(host, plan.volume.dataset) };
  }
  const purpose = `bench volume attach ${request.volume} -b ${config.name}`;
  return withBenchLocks(config.name, host, purpose, async (runner) => {
    const plan = await planAttach(config, await readBenchFacts(config, runner), request);
    await applySteps(plan.record, runner, onEvent);
    try {
      await applySteps(plan.config, runner, onEvent);
    } catch (error) {
      await applySteps(plan.record.map(takenBack), runner, onEvent);
      throw error;
    }
    await applySteps(plan.rest, runner, onEvent);
    const steps = [...plan.record, ...plan.config, ...plan.rest];
    return { steps, notes: plan.notes, dryRun, volume: await volumeNow(runner, plan.volume.dataset) };
  });
}

function takenBack(step: Step): Step {
  if (step.kind !== 'volume.attach') return step;
  return { ...step, kind: 'volume.release', volume: { ...step.volume, history: [] } };
}

async function planAttach(
  config: BenchConfig,
  facts: BenchFacts,
  request: AttachRequest,
): Promise<AttachPlan> {
  const volume = requireVolume(facts.registry, request.volume);
  refuseForBench(config, volume, request);
  const wanted: WantedVolume = {
    name: volume.name,
    path: request.path,
    mode: request.mode,
    ...(request.overlayBytes === undefined ? {} : { overlayBytes: request.overlayBytes }),
  };
  const mount = volumeMount(config, wanted);
  refusePath(config, wanted, mount);
  const record = recordSteps(config.name, volume, wanted, facts);
  const shown = isShown(facts.mounts, mount);
  if (!shown)
    await refuseTargetNow(facts.layout.parts.benches.target, wanted.path, mount.target, facts.mounts);
  const present = config.volumes.find(({ name }) => name === volume.name);
  const volumes = [...config.volumes.filter((each) => each !== present), { ...present, ...wanted }];
  const after = { ...config, volumes };
  return {
    volume,
    record,
    config:
      present === undefined
        ? [{ kind: 'volumes.write', file: config.file, changes: [{ add: entryOf(wanted) }] }]
        : [],
    rest: [
      ...mountedSteps(config, volume, mount, wanted, facts),
      ...(shown ? [] : [guardStep(wanted, facts)]),
      ...(await hostSteps(after, mount, facts)),
      ...(shown ? [] : [showStep(mount, wanted, facts)]),
    ],
    notes: notesOf(volume, wanted),
  };
}

/** @throws RefusedError `volume-not-filesystem`, `volume-other-pool`; UsageError `overlay-size` */
export function refuseForBench(
  config: BenchConfig,
  volume: Volume,
  { mode, overlayBytes }: Pick<AttachRequest, 'mode' | 'overlayBytes'>,
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

function recordSteps(
  bench: string,
  volume: Volume,
  wanted: WantedVolume,
  { registry, limits }: BenchFacts,
): Step[] {
  const attachment: BenchAttachment = {
    bench,
    path: wanted.path,
    mode: wanted.mode,
    since: new Date().toISOString(),
    ...(wanted.overlayBytes === undefined ? {} : { overlayBytes: wanted.overlayBytes }),
  };
  if (!mayAttach(volume, attachment)) return [];
  refuseAboveLimit(limits, 'maxVolumesPerBench', volumesOfBench(registry, bench) + 1);
  const { pool, id, name } = volume;
  return [{ kind: 'volume.attach', pool, id, name, attachment, volume }];
}

export function volumesOfBench({ volumes }: Registry, bench: string): number {
  return volumes.filter(({ attachments }) =>
    attachments.some((each) => isBenchAttachment(each) && each.bench === bench),
  ).length;
}

/** The dataset of what is shown, there and mounted, now and at the next boot. */
function mountedSteps(
  { name: bench }: BenchConfig,
  volume: Volume,
  mount: VolumeMount,
  wanted: WantedVolume,
  { registry, mounts }: BenchFacts,
): Step[] {
  const pool = registry.pools.find(({ name }) => name === volume.pool);
  if (pool === undefined) throw new Error(`the pool of ${volume.dataset} was not listed`);
  const present = registry.volumes.find(({ dataset }) => dataset === mount.dataset);
  const isMounted = mounts.some(
    ({ source, target }) => source === mount.dataset && target === mount.mountpoint,
  );
  const steps = wanted.mode === 'overlay' ? overlaySteps(registry, volume, present, bench, wanted) : [];
  const atBoot = present?.canmount === 'on' && steps.length === 0;
  return [
    ...steps,
    ...(isMounted ? [] : mountSteps(pool, mount.dataset, mount.mountpoint)),
    // Last, so that the next boot mounts nothing at a place that was not made for it.
    ...(atBoot
      ? []
      : [{ kind: 'dataset.set', dataset: mount.dataset, properties: { canmount: 'on' } } as const]),
  ];
}

/** What the next boot needs, and what tells of it while the pool is gone. */
async function hostSteps(after: BenchConfig, mount: VolumeMount, facts: BenchFacts): Promise<Step[]> {
  const { layout, record, fstab } = facts;
  const files = await fileSteps(after, layout);
  const { source, target } = mount;
  const inFstab = fstab.some((entry) => entry.source === source && entry.target === target);
  const { guid: _, ...pool } = record.pool;
  return [
    ...(isRecorded(record.volumes, after.volumes)
      ? []
      : [
          {
            kind: 'host.record',
            file: recordPath(after.name),
            record: { ...record, pool, volumes: after.volumes },
          } as const,
        ]),
    ...files,
    ...(inFstab
      ? []
      : [{ kind: 'fstab.add', source, target, flags: mountFlags(mount.mode === 'ro') } as const]),
    ...(files.length > 0 || !inFstab ? [{ kind: 'systemd.reload' } as const] : []),
  ];
}

function isRecorded(recorded: readonly WantedVolume[], wanted: readonly WantedVolume[]): boolean {
  return JSON.stringify(recorded) === JSON.stringify(wanted);
}

/** The directory has to be there before fstab names it: findmnt finds fault with the line otherwise. */
function guardStep({ path }: WantedVolume, { layout, owner }: BenchFacts): Step {
  return { kind: 'target.guard', directory: layout.parts.benches.target, path, owner };
}

function showStep(mount: VolumeMount, wanted: WantedVolume, { layout, owner }: BenchFacts): Step {
  return {
    kind: 'volume.mount',
    dataset: mount.dataset,
    root: `/${DATA}`,
    source: mount.source,
    directory: layout.parts.benches.target,
    path: wanted.path,
    readOnly: wanted.mode === 'ro',
    owner,
  };
}

/** As bench.toml says it. */
export function entryOf({ name, path, mode, overlayBytes }: WantedVolume) {
  return {
    name,
    path,
    mode,
    ...(overlayBytes === undefined ? {} : { overlay_size: formatSize(overlayBytes) }),
  };
}

function notesOf({ shared, name, attachments }: Volume, { mode }: WantedVolume): string[] {
  if (!shared || mode === 'ro') return [];
  const others = attachments.length;
  return [
    `${name} may be written by several benches${others > 0 ? `, now by ${others} more` : ''}: they have to agree among themselves, and no restore rolls it back.`,
  ];
}
