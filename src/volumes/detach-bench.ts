import { mountUnit, recordPath, type VolumeMount, volumeMount } from '../bench/bench.js';
import type { BenchConfig, WantedVolume } from '../config/config.js';
import { RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { mountAt } from '../host/mounts.js';
import { formatProcess, processesBelow } from '../host/open-files.js';
import {
  attachmentOf,
  type BenchAttachment,
  findVolumes,
  isBenchAttachment,
  type Registry,
  readRegistry,
  requireVolume,
  requireVolumeName,
  type Volume,
} from '../registry/registry.js';
import { applySteps, type Step } from '../steps/steps.js';
import { type BenchFacts, fileSteps, readBenchFacts, withoutVolume } from './bench-facts.js';
import { withBenchLocks } from './bench-locks.js';
import { type Change, type Changed, type ChangeOptions, volumeNow } from './change.js';
import { dropOverlay, keepOverlay } from './overlay-end.js';

/** What becomes of what a bench has written to its private copy. */
export type OverlayEnd = 'drop' | { keepAs: string };

/**
 * Takes a volume from a bench, while the bench runs; the data stay. Cut off anywhere, it is finished by the same call.
 * @param end of a private copy: undefined where the operator has not said, which is refused for one
 * @throws UsageError `volume-missing`, `not-attached`, `overlay-undecided`; RefusedError `volume-open`
 */
export async function detachFromBench(
  config: BenchConfig,
  host: Runner,
  name: string,
  end: OverlayEnd | undefined,
  { dryRun, onEvent }: ChangeOptions,
): Promise<Changed> {
  // A new name must be none that is taken.
  const one = end === undefined || end === 'drop' ? name : undefined;
  const plan = async (runner: Runner, now: BenchConfig) =>
    planDetach(now, await readBenchFacts(now, runner, one), name, end);
  if (dryRun) {
    const { volume, ...change } = await plan(host, config);
    return { ...change, dryRun, volume: await volumeNow(host, volume?.dataset ?? '') };
  }
  const purpose = `bench volume detach ${name} -b ${config.name}`;
  return withBenchLocks(config.name, host, purpose, async (runner, now) => {
    const { volume, ...change } = await plan(runner, now);
    await applySteps(change.steps, runner, onEvent);
    return { ...change, dryRun, volume: await volumeNow(runner, volume?.dataset ?? '') };
  });
}

/** How a bench has a volume: by the registry, else, where only that is left, by bench.toml. */
export function attachmentTo(config: BenchConfig, volume: Volume | undefined, name: string): BenchAttachment {
  const attachment = volume === undefined ? undefined : attachmentOf(volume, { bench: config.name });
  if (attachment !== undefined && isBenchAttachment(attachment)) return attachment;
  const wanted = config.volumes.find((each) => each.name === name);
  if (wanted !== undefined)
    return { bench: config.name, path: wanted.path, mode: wanted.mode, since: new Date().toISOString() };
  throw new UsageError(
    'not-attached',
    `${name} is not attached to the bench ${config.name}. Nothing was changed.`,
    {
      suggestions: [`bench volume show ${name}`, `bench volume list -b ${config.name}`],
    },
  );
}

/** One that is lost may still be wanted by bench.toml, and keep the units of the bench down. */
function findVolume(config: BenchConfig, registry: Registry, name: string): Volume | undefined {
  const isWanted = config.volumes.some((wanted) => wanted.name === name);
  if (isWanted && findVolumes(registry.volumes, name).length === 0) return undefined;
  return requireVolume(registry, name);
}

async function planDetach(
  config: BenchConfig,
  facts: BenchFacts,
  wanted: string,
  end: OverlayEnd | undefined,
): Promise<Change & { volume: Volume | undefined }> {
  const volume = findVolume(config, facts.registry, wanted);
  const name = volume?.name ?? wanted;
  const attachment = attachmentTo(config, volume, name);
  const isOverlay = attachment.mode === 'overlay' && volume !== undefined;
  refuseUndecided(isOverlay, end, name);
  const mount = volumeMount(config, { name, path: attachment.path, mode: attachment.mode });
  await refuseUsers(mount);
  const steps: Step[] = [
    ...(mountAt(facts.mounts, mount.target) === undefined
      ? []
      : [{ kind: 'mount.remove', target: mount.target } as const]),
    ...(volume === undefined ? [] : unmountSteps(facts.registry, volume, mount, attachment)),
    ...(await hostSteps(config, mount, facts)),
    { kind: 'target.release', path: mount.target },
  ];
  if (volume !== undefined) {
    if (isOverlay) steps.push(...overlayEnd(facts, mount, end ?? 'drop'));
    steps.push(...releaseStep(volume, attachment));
  }
  return { volume, steps, notes: [] };
}

function refuseUndecided(isOverlay: boolean, end: OverlayEnd | undefined, name: string): void {
  if (!isOverlay && end !== undefined && end !== 'drop')
    throw new UsageError(
      'wrong-usage',
      `--keep-as is for what was written to a private copy, and ${name} is attached as itself. Nothing was changed.`,
    );
  if (!isOverlay || end !== undefined) {
    if (end !== undefined && end !== 'drop') requireVolumeName(end.keepAs);
    return;
  }
  throw new RefusedError(
    'overlay-undecided',
    `What the bench has written to its private copy of ${name} would be lost. Nothing was changed.`,
    { suggestions: ['Keep it as a volume of its own: --keep-as NAME', 'Or drop it: --drop'] },
  );
}

async function refuseUsers({ target, name }: VolumeMount): Promise<void> {
  const users = await processesBelow([target]);
  if (users.length === 0) return;
  throw new RefusedError(
    'volume-open',
    `${name} cannot be detached: these processes use files in ${target}: ${users.map(formatProcess).join(', ')}. Nothing was changed.`,
    { suggestions: ['End them, or leave the directory if it is your shell; then run the command again.'] },
  );
}

/** Others may have it, too; else nothing mounts it from now on. */
export function unmountSteps(
  registry: Pick<Registry, 'volumes'>,
  volume: Volume,
  { dataset, mode }: VolumeMount,
  attachment: BenchAttachment,
): Step[] {
  // Cut off behind the end of a private copy, there is none.
  if (!registry.volumes.some((each) => each.dataset === dataset)) return [];
  const others = volume.attachments.filter(
    (each) => each.mode !== 'overlay' && !(isBenchAttachment(each) && each.bench === attachment.bench),
  );
  if (mode !== 'overlay' && others.length > 0) return [];
  return [
    { kind: 'dataset.unmount', dataset },
    { kind: 'dataset.set', dataset, properties: { canmount: 'noauto' } },
  ];
}

async function hostSteps(config: BenchConfig, mount: VolumeMount, facts: BenchFacts): Promise<Step[]> {
  const { layout, record } = facts;
  const after = withoutVolume(config, record, mount.name);
  const { guid: _, ...pool } = record.pool;
  const recorded: readonly WantedVolume[] = record.volumes;
  return [
    ...(config.volumes.some(({ name }) => name === mount.name)
      ? [{ kind: 'volumes.write', file: config.file, changes: [{ remove: mount.name }] } as const]
      : []),
    { kind: 'fstab.remove', source: mount.source, target: mount.target },
    ...(await fileSteps(after)),
    {
      kind: 'file.remove',
      path: layout.dropInPath(mountUnit(mount.target)),
      reason: 'guard of a mount that is no more',
    },
    { kind: 'systemd.reload' },
    ...(recorded.some(({ name }) => name === mount.name)
      ? [
          {
            kind: 'host.record',
            file: recordPath(config.name),
            record: { ...record, pool, volumes: after.volumes },
          } as const,
        ]
      : []),
  ];
}

function overlayEnd(facts: BenchFacts, { dataset }: VolumeMount, end: OverlayEnd): Step[] {
  const overlay = facts.registry.volumes.find((each) => each.dataset === dataset);
  if (overlay === undefined) return [];
  return end === 'drop' ? dropOverlay(overlay) : keepOverlay(facts.registry, overlay, end.keepAs);
}

export function releaseStep(volume: Volume, attachment: BenchAttachment): Step[] {
  if (attachmentOf(volume, attachment) === undefined) return [];
  const { pool, id, name } = volume;
  return [{ kind: 'volume.release', pool, id, name, attachment, volume }];
}

/**
 * The end of an attachment to a bench that this host does not know: it was dropped, or the pool has come from
 * elsewhere. Then nothing of it is mounted here.
 */
export async function releaseUnknownBench(
  host: Runner,
  name: string,
  bench: string,
  { dryRun, onEvent }: ChangeOptions,
): Promise<Changed> {
  const volume = requireVolume(await readRegistry(host), name);
  const attachment = attachmentOf(volume, { bench });
  if (attachment === undefined || !isBenchAttachment(attachment))
    throw new UsageError(
      'not-attached',
      `${volume.name} is not attached to a bench ${bench}. Nothing was changed.`,
      {
        suggestions: [`bench volume show ${volume.name}`],
      },
    );
  const steps = releaseStep(volume, attachment);
  if (!dryRun) await applySteps(steps, host, onEvent);
  const notes = [`There is no bench ${bench} on this host: only the record is ended.`];
  return { steps, notes, dryRun, volume: await volumeNow(host, volume.dataset) };
}
