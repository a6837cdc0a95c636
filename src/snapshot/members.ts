import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import {
  attachmentOf,
  describeAttachment,
  isBenchAttachment,
  type Registry,
  readRegistry,
  type Volume,
} from '../registry/registry.js';
import { creationGroups, listSnapshots } from '../zfs/zfs.js';

/** What a bench writes beside its own dataset: a volume, or its private copy of one. */
export interface Member {
  /** Of the volume. */
  name: string;
  dataset: string;
}

/** The members of a bench. No process for one that has no volumes. */
export async function readMembers(config: BenchConfig, runner: Runner): Promise<Member[]> {
  if (config.volumes.length === 0) return [];
  return membersOf(config.name, await readRegistry(runner, [config.volume.pool]));
}

/** Pure. */
export function membersOf(bench: string, { volumes }: Pick<Registry, 'volumes'>): Member[] {
  return volumes.flatMap((volume) => {
    const member = memberOf(bench, volume, volumes);
    return member === undefined ? [] : [member];
  });
}

/** Undefined where the bench does not write it. */
function memberOf(bench: string, volume: Volume, volumes: readonly Volume[]): Member | undefined {
  const attachment = volume.role === 'data' ? attachmentOf(volume, { bench }) : undefined;
  if (attachment === undefined || !isBenchAttachment(attachment) || attachment.mode === 'ro')
    return undefined;
  if (attachment.mode === 'rw') return { name: volume.name, dataset: volume.dataset };
  const copy = volumes.find(
    ({ role, overlayOf, bench: of }) => role === 'overlay' && overlayOf === volume.id && of === bench,
  );
  return copy === undefined ? undefined : { name: volume.name, dataset: copy.dataset };
}

/** What becomes of a volume when its bench goes back to a snapshot. */
export type Fate = Member & ({ action: 'restored' } | { action: 'left'; reason: string });

/**
 * The volumes that a restore concerns: those that the bench writes now, and those that were taken along with the
 * snapshot and that it does not write any more. What was taken along was made in the same transaction group. One
 * process beside the registry.
 */
export async function fatesOf(
  config: BenchConfig,
  runner: Runner,
  { registry, tag, without }: { registry: Registry; tag: string; without: boolean },
): Promise<Fate[]> {
  const members = membersOf(config.name, registry);
  const others = registry.volumes.filter(
    ({ role, dataset }) =>
      (role === 'data' || role === 'overlay') && !members.some((each) => each.dataset === dataset),
  );
  const root = `${config.volume.dataset}@${tag}`;
  const datasets = [...members, ...others].map(({ dataset }) => `${dataset}@${tag}`);
  const groups = await creationGroups(runner, [root, ...datasets]);
  const wasTaken = (dataset: string) => {
    const group = groups.get(root);
    return group !== undefined && groups.get(`${dataset}@${tag}`) === group;
  };
  return [
    ...members.map((member) => fateOf(member, registry, wasTaken(member.dataset), without)),
    ...others
      .filter(({ dataset }) => wasTaken(dataset))
      .map((volume): Fate => ({ ...nameOf(volume), action: 'left', reason: whereNow(volume) })),
  ];
}

function fateOf(member: Member, { volumes }: Registry, wasTaken: boolean, without: boolean): Fate {
  const left = (reason: string): Fate => ({ ...member, action: 'left', reason });
  if (without) return left('as asked');
  if (volumes.find(({ dataset }) => dataset === member.dataset)?.shared)
    return left('several benches may write it');
  return wasTaken ? { ...member, action: 'restored' } : left('it was not taken along: attached later');
}

function nameOf({ name, dataset }: Volume): Member {
  return { name, dataset };
}

function whereNow({ attachments }: Volume): string {
  const [attachment] = attachments;
  return attachment === undefined
    ? 'it is not attached any more'
    : `it is attached to ${describeAttachment(attachment)} now`;
}

/** The snapshots of a volume that were taken along with snapshots of its bench. */
export interface TakenAlong {
  dataset: string;
  tags: string[];
}

/**
 * What was taken along with these snapshots of a bench, whoever has the volumes now. Two processes, or one where the
 * pool has no volumes.
 */
export async function takenAlong(
  { volume: { dataset, pool } }: { volume: Pick<BenchConfig['volume'], 'dataset' | 'pool'> },
  runner: Runner,
  tags: readonly string[],
): Promise<TakenAlong[]> {
  const { volumes } = await readRegistry(runner, [pool]);
  const datasets = volumes
    .filter(({ role }) => role === 'data' || role === 'overlay')
    .map((volume) => volume.dataset);
  if (datasets.length === 0) return [];
  const names = [dataset, ...datasets].flatMap((each) => tags.map((tag) => `${each}@${tag}`));
  const groups = await creationGroups(runner, names);
  return datasets
    .map((each) => {
      const along = tags.filter((tag) => {
        const group = groups.get(`${each}@${tag}`);
        return group !== undefined && group === groups.get(`${dataset}@${tag}`);
      });
      return { dataset: each, tags: along };
    })
    .filter((each) => each.tags.length > 0);
}

/** Tags of those that have to stay, whatever becomes of their bench's: somebody holds, pins or has cloned them. */
export async function boundAmong(runner: Runner, { dataset, tags }: TakenAlong): Promise<string[]> {
  return (await listSnapshots(runner, dataset))
    .filter(({ holds, clones, pinned }) => holds > 0 || clones.length > 0 || pinned)
    .map(({ tag }) => tag)
    .filter((tag) => tags.includes(tag));
}

/**
 * Of snapshots of the volumes that a bench writes, those that are left over: the one of a bench along with which each was
 * taken is gone. None while a restore has set the bench aside, with snapshots that an undo brings back.
 * @param tagsOf the snapshots of a volume that are asked about
 */
export async function leftAlone(
  { name, volumes, volume: { dataset, pool } }: BenchConfig,
  runner: Runner,
  tagsOf: (dataset: string) => Promise<readonly string[]>,
): Promise<TakenAlong[]> {
  if (volumes.length === 0) return [];
  const registry = await readRegistry(runner, [pool]);
  if (registry.kept.includes(dataset)) return [];
  // Several benches may write a volume, and it may have been another one's before.
  const benches = registry.volumes.filter(({ role }) => role === 'root' || role === 'preserved');
  const left: TakenAlong[] = [];
  for (const member of membersOf(name, registry)) {
    const tags = await tagsOf(member.dataset);
    const names = [member, ...benches].flatMap((each) => tags.map((tag) => `${each.dataset}@${tag}`));
    const groups = await creationGroups(runner, names);
    const isLeft = (tag: string) => {
      const group = groups.get(`${member.dataset}@${tag}`);
      return group !== undefined && !benches.some((each) => groups.get(`${each.dataset}@${tag}`) === group);
    };
    left.push({ dataset: member.dataset, tags: tags.filter(isLeft) });
  }
  return left.filter(({ tags }) => tags.length > 0);
}
