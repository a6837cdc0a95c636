import { layoutOf, noteFollowing, PRESERVED, utcStamp, volumeDataset } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { disableUnit, stopUnits, unitStates } from '../host/systemd.js';
import { lineageOf } from '../ownership/ownership.js';
import { VOLUME_MARK } from '../registry/registry.js';
import { applySteps, type OnStep, perform, type Step } from '../steps/steps.js';
import { jobUnits } from '../timers/timers.js';
import {
  type Dataset,
  findDataset,
  heldSnapshots,
  holdSnapshots,
  listSnapshots,
  MARK,
  writtenSince,
} from '../zfs/zfs.js';
import type { Look } from './answers.js';
import { COPIES, COPY_MARK, copyDataset, HOLD, hostOf, ROOT } from './names.js';
import { guardedUnits } from './units.js';

/** A member of the bench on a host that is to follow. */
export interface Follower {
  member: string;
  /** As it is. */
  dataset: string;
  /** The newest snapshot that the other host has, too; undefined where it is set aside as a whole, and sent anew. */
  base: string | undefined;
  /** Something was written or snapshotted here after that: it is set aside and not lost. */
  isAhead: boolean;
  quotaBytes: number;
  /** How far a run that was cut off has come with the branch that becomes the copy. */
  branch?: 'cloned' | 'promoted';
}

/**
 * What this host has in common with the one that runs the bench now.
 * @throws RefusedError `copy-without-base`
 */
export async function readFollowers(
  config: BenchConfig,
  runner: Runner,
  live: NonNullable<Look['live']>,
): Promise<Follower[]> {
  const datasets = [
    { member: ROOT, dataset: config.volume.dataset },
    ...config.volumes
      .filter(({ mode }) => mode === 'rw')
      .map(({ name }) => ({ member: name, dataset: volumeDataset(config.volume.pool, name) })),
  ];
  const followers: Follower[] = [];
  for (const { member, dataset } of datasets) {
    const found = await findDataset(runner, dataset);
    if (found === undefined) continue;
    // Raw increments that go back to where they came from have made datasets that could not be mounted (openzfs#11983).
    if (found.encryptionRoot !== undefined) {
      followers.push({ member, dataset, base: undefined, isAhead: true, quotaBytes: found.quotaBytes });
      continue;
    }
    const { quotaBytes } = found;
    const begun = await branchBegun(
      runner,
      found,
      copyDataset(`${config.volume.pool}/${COPIES}`, config.name, member),
    );
    if (begun !== undefined) {
      followers.push({ member, dataset, ...begun, isAhead: true, quotaBytes });
      continue;
    }
    const there = new Set(live.snapshots[member]?.map(({ guid }) => guid));
    const snapshots = await listSnapshots(runner, dataset);
    const base = snapshots.find(({ guid }) => there.has(guid));
    if (base === undefined) throw withoutBase(dataset, config.name);
    const isAhead = snapshots[0] !== base || (await writtenSince(runner, dataset, base.tag)) > 0;
    followers.push({ member, dataset, base: base.tag, isAhead, quotaBytes });
  }
  return followers;
}

/** Once it is promoted, the snapshots that both have are those of the copy, and the dataset begins at one of them. */
async function branchBegun(
  runner: Runner,
  { name, origin }: Dataset,
  copy: string,
): Promise<Required<Pick<Follower, 'base' | 'branch'>> | undefined> {
  const tagOf = (snapshot: string | undefined, dataset: string) =>
    snapshot?.startsWith(`${dataset}@`) ? snapshot.slice(dataset.length + 1) : undefined;
  const promoted = tagOf(origin, copy);
  if (promoted !== undefined) return { base: promoted, branch: 'promoted' };
  const cloned = tagOf((await findDataset(runner, copy))?.origin, name);
  return cloned === undefined ? undefined : { base: cloned, branch: 'cloned' };
}

function withoutBase(dataset: string, bench: string): RefusedError {
  return new RefusedError(
    'copy-without-base',
    `${dataset} has no snapshot that the host has which runs ${bench} now. Nothing was changed.`,
    {
      suggestions: [
        `Keep it under another name: zfs rename ${dataset} ${dataset}-before`,
        'Then everything is sent anew by bench replicate run on the other host.',
      ],
    },
  );
}

/** Makes copies of the members of a bench that another host runs. What is ahead of it is set aside whole. Pure. */
export function planFollow(
  config: BenchConfig,
  followers: readonly Follower[],
  { epoch, by, lineage, stamp, present }: FollowPlan,
): Step[] {
  const layout = layoutOf(config);
  const { pool } = config.volume;
  const target = `${pool}/${COPIES}`;
  const places = [target, ...(followers.some(({ isAhead }) => isAhead) ? [`${pool}/${PRESERVED}`] : [])];
  const volumesFirst = [...followers].sort((a, b) => Number(a.member === ROOT) - Number(b.member === ROOT));
  return [
    ...places
      .filter((place) => !present.has(place))
      .map((dataset): Step => ({ kind: 'place.create', dataset })),
    ...layout.volumes.map(({ target: at }): Step => ({ kind: 'mount.remove', target: at })),
    ...Object.values(layout.parts).map((part): Step => ({ kind: 'mount.remove', target: part.target })),
    ...volumesFirst.flatMap((follower) =>
      followSteps(config.name, follower, { epoch, by, lineage, stamp, target, pool }),
    ),
  ];
}

interface FollowPlan {
  epoch: number;
  by: string;
  lineage: string | undefined;
  stamp: string;
  present: ReadonlySet<string>;
}

interface FollowContext extends Omit<FollowPlan, 'present'> {
  target: string;
  pool: string;
}

function followSteps(
  bench: string,
  follower: Follower,
  { epoch, by, lineage, stamp, target, pool }: FollowContext,
): Step[] {
  const { member, dataset, isAhead, quotaBytes } = follower;
  const copy = copyDataset(target, bench, member);
  const marks = {
    readonly: 'on',
    canmount: 'noauto',
    [COPY_MARK.of]: bench,
    [COPY_MARK.from]: hostOf(by),
    ...(member === ROOT
      ? { [MARK.epoch]: String(epoch), ...(lineage === undefined ? {} : { [MARK.lineage]: lineage }) }
      : { [COPY_MARK.quota]: String(quotaBytes) }),
  };
  const noBench: Step = {
    kind: 'dataset.inherit',
    dataset,
    // How it was made goes first: what has that and is not whole would be taken for one that never was.
    properties: member === ROOT ? [MARK.bench] : [VOLUME_MARK.made, VOLUME_MARK.whole],
  };
  const unmount: Step = { kind: 'dataset.unmount', dataset };
  if (!isAhead) {
    return [
      unmount,
      { kind: 'dataset.set', dataset, properties: { ...marks, quota: 'none', reservation: 'none' } },
      noBench,
      { kind: 'dataset.rename', from: dataset, to: copy },
    ];
  }
  const aside = `${pool}/${PRESERVED}/${bench}${member === ROOT ? '' : `.${member}`}-${stamp}`;
  return [
    unmount,
    { kind: 'dataset.set', dataset, properties: { readonly: 'on', canmount: 'noauto', reservation: 'none' } },
    ...branch(follower, copy, marks),
    noBench,
    // Last: until then the dataset is found in its place, and a run that was cut off is gone on with.
    { kind: 'dataset.rename', from: dataset, to: aside },
  ];
}

/** What both have goes on as the copy, and what is set aside is what is ahead of it. */
function branch(follower: Follower, copy: string, properties: Record<string, string>): Step[] {
  const { dataset, base, branch: begun } = follower;
  if (base === undefined || begun === 'promoted') return [];
  const clone: Step = { kind: 'snapshot.clone', snapshot: `${dataset}@${base}`, dataset: copy, properties };
  // Cut off by a power cut, it may be there without what `zfs clone -o` gives it a moment later.
  const again: Step = { kind: 'dataset.set', dataset: copy, properties };
  return [begun === 'cloned' ? again : clone, { kind: 'dataset.promote', dataset: copy }];
}

/** What a bench does by itself is done where it runs. */
export const JOBS = ['snapshot', 'verify', 'offsite', 'replicate'] as const;

/**
 * Lets this host follow the one that runs the bench: what it has becomes a copy, from the newest moment that both have.
 * The units stay as they are and do not start; bench promote takes it all up again.
 */
export async function follow(
  config: BenchConfig,
  runner: Runner,
  { look, by, onEvent }: { look: Look; by: string; onEvent: OnStep },
): Promise<{ followers: Follower[]; steps: Step[] }> {
  const live = look.live;
  if (live === null) throw new Error('nothing to follow');
  const followers = await readFollowers(config, runner, live);
  const steps = await stepsToFollow(config, runner, followers, { epoch: live.epoch, by });
  await perform(
    `Stop what ${config.name} still runs here`,
    async () => {
      const timers = JOBS.map((name) => jobUnits({ name, config }).timer);
      const states = await unitStates(runner, timers);
      const active = timers.filter((_, index) => states[index]?.active === 'active');
      await runner.run(stopUnits([...active, ...guardedUnits(config).reverse()]));
      for (const [index, timer] of timers.entries())
        if (states[index]?.enabled === 'enabled') await runner.run(disableUnit(timer));
    },
    onEvent,
  );
  await applySteps(steps, runner, onEvent);
  const target = `${config.volume.pool}/${COPIES}`;
  for (const { member, base } of followers) {
    if (base === undefined) continue;
    const name = `${copyDataset(target, config.name, member)}@${base}`;
    if ((await heldSnapshots(runner, HOLD, [name])).length === 0)
      await runner.run(holdSnapshots(HOLD, [name]));
  }
  await noteFollowing(config.name, { epoch: live.epoch, by });
  return { followers, steps };
}

export async function stepsToFollow(
  config: BenchConfig,
  runner: Runner,
  followers: readonly Follower[],
  { epoch, by }: { epoch: number; by: string },
): Promise<Step[]> {
  const { pool } = config.volume;
  const present = new Set<string>();
  for (const place of [`${pool}/${COPIES}`, `${pool}/${PRESERVED}`])
    if ((await findDataset(runner, place)) !== undefined) present.add(place);
  const lineage = await lineageOf(runner, config.volume.dataset);
  return planFollow(config, followers, { epoch, by, lineage, stamp: utcStamp(new Date()), present });
}
