import { isDeepStrictEqual } from 'node:util';
import { recordPath, type VolumeMount, volumeMount } from '../bench/bench.js';
import type { BenchConfig, WantedVolume } from '../config/config.js';
import { volumesEntry } from '../config/volumes-entry.js';
import type { Runner } from '../host/exec.js';
import { requireVolume, type Volume } from '../registry/registry.js';
import { applySteps, halfWay, type Step } from '../steps/steps.js';
import { type BenchFacts, fileSteps, readBenchFacts, withVolume } from './bench-facts.js';
import { withBenchLocks } from './bench-locks.js';
import {
  attachNotes,
  fstabSteps,
  mountedSteps,
  recordSteps,
  refuseForBench,
  showSteps,
} from './bench-steps.js';
import { type Changed, type ChangeOptions, volumeNow } from './change.js';
import { refusePath, refuseTargetNow } from './target.js';

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
    const plan = await planAttach(config, await readBenchFacts(config, host, request.volume), request);
    const steps = [...plan.record, ...plan.config, ...plan.rest];
    return { steps, notes: plan.notes, dryRun, volume: await volumeNow(host, plan.volume.dataset) };
  }
  const purpose = `bench volume attach ${request.volume} -b ${config.name}`;
  return withBenchLocks(config.name, host, purpose, async (runner, now) => {
    const plan = await planAttach(now, await readBenchFacts(now, runner, request.volume), request);
    await applySteps(plan.record, runner, onEvent);
    try {
      await applySteps(plan.config, runner, onEvent);
    } catch (error) {
      await applySteps(plan.record.map(takenBack), runner, onEvent);
      throw error;
    }
    const rest = () => applySteps(plan.rest, runner, onEvent);
    await (plan.record.length + plan.config.length > 0 ? halfWay(rest) : rest());
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
  const { guard, show } = showSteps(mount, wanted, facts);
  const { target: directory } = facts.layout.parts.benches;
  if (show.length > 0) await refuseTargetNow(directory, wanted.path, mount.target, facts.mounts);
  const present = config.volumes.find(({ name }) => name === volume.name);
  return {
    volume,
    record,
    config:
      present === undefined
        ? [{ kind: 'volumes.write', file: config.file, changes: [{ add: volumesEntry(wanted) }] }]
        : [],
    rest: [
      ...mountedSteps(config.name, volume, mount, wanted, facts),
      ...guard,
      ...(await hostSteps(withVolume(config, facts.record, wanted), mount, facts)),
      ...show,
    ],
    notes: attachNotes(config, volume, wanted, record.length > 0),
  };
}

/** What the next boot needs, and what tells of it while the pool is gone. */
async function hostSteps(after: BenchConfig, mount: VolumeMount, facts: BenchFacts): Promise<Step[]> {
  const { record } = facts;
  const { guid: _, ...pool } = record.pool;
  const isRecorded = isDeepStrictEqual(record.volumes, after.volumes);
  const written = [...(await fileSteps(after)), ...fstabSteps(mount, facts)];
  return [
    ...(isRecorded
      ? []
      : [
          {
            kind: 'host.record',
            file: recordPath(after.name),
            record: { ...record, pool, volumes: after.volumes },
          } as const,
        ]),
    ...written,
    ...(written.length > 0 ? [{ kind: 'systemd.reload' } as const] : []),
  ];
}
