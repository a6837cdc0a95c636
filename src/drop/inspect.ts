import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  holdsOnlyConfig,
  importedPools,
  isUnfinishedDataset,
  type Layout,
  layoutOf,
} from '../bench/bench.js';
import type { BenchConfig, WantedVolume } from '../config/config.js';
import { RefusedError } from '../errors.js';
import { contentOf } from '../host/directory-content.js';
import type { Runner } from '../host/exec.js';
import { ignoreMissing } from '../host/files.js';
import { parseFstab, readFstab } from '../host/fstab.js';
import { type Mount, mountAt, readMounts, showsDataset } from '../host/mounts.js';
import { attachmentOf, isBenchAttachment, type Registry, readRegistry } from '../registry/registry.js';
import { findKept, keptWith } from '../snapshot/snapshot-orchestrator.js';
import {
  type Dataset,
  findDataset,
  findSnapshot,
  holdsOn,
  listSnapshots,
  type OwnHold,
  type Snapshot,
} from '../zfs/zfs.js';
import type { DropFacts } from './facts.js';
import { inspectHost } from './inspect-host.js';
import { refusePool } from './refuse-pool.js';
import type { Subject } from './subject.js';

export interface Wish {
  preserve: boolean;
  unattended: boolean;
  /** The operator says that its pool is lost for good. */
  forget: boolean;
}

/**
 * Reads the world for a drop.
 * @throws RefusedError `pool-missing`, `pool-other`, `pool-present`, `dataset-not-ours`, `dataset-renamed`
 */
export async function inspect(found: Subject, runner: Runner, wish: Wish): Promise<DropFacts> {
  const { name } = found;
  const { pool, dataset: place } = found.config.volume;
  const isThere = (await importedPools()).includes(pool);
  const isLost = await refusePool(found, isThere, runner, wish.forget || found.note?.forget === true);
  // Another pool by its name is none of its business.
  const isImported = isThere && !isLost;
  // In sight again, what was begun to be forgotten is dropped as any other: that is noted anew.
  const subject = found.note?.forget && !isLost ? { ...found, note: undefined } : found;
  const { note } = subject;
  const registry = isImported ? await readRegistry(runner, [pool]) : NOTHING;
  const config = { ...subject.config, volumes: volumesOf(subject.config, registry) };
  const layout = layoutOf(config);
  const mounts = await readMounts();
  const dataset = isImported ? await ownDataset(subject, layout, mounts, runner) : undefined;
  const kept = dataset === undefined ? undefined : await findKept(runner, place);
  const keptVolumes = kept === undefined ? [] : await keptWith(runner, pool, kept.keptAt);
  const snapshots = dataset === undefined ? [] : await listSnapshots(runner, place);
  const host = await inspectHost(config, layout, mounts, runner);
  const benches = layout.parts.benches.target;
  const isPlain = mountAt(mounts, benches) === undefined && (await holdsOnlyConfig(benches));
  return {
    ...subject,
    ...host,
    config,
    layout,
    isLost,
    preserve: note?.preserve ?? wish.preserve,
    unattended: note?.unattended ?? wish.unattended,
    now: new Date(),
    registry,
    dataset,
    freeBytes: registry.pools.find((each) => each.name === pool)?.availableBytes ?? 0,
    preserved: note?.preserve && isImported ? findPreserved(name, registry) : undefined,
    snapshots,
    kept,
    keptVolumes,
    ownHolds: await ownHolds(runner, snapshots, kept === undefined ? [] : [kept.dataset, ...keptVolumes]),
    origin: isImported ? await originOf(subject, dataset, runner) : undefined,
    mounts,
    fstab: parseFstab(await readFstab()),
    directories: await directoriesOf(layout, mounts, isPlain),
    plainConfig: isPlain ? join(benches, 'bench.toml') : undefined,
    originals: await originalsOf(layout, mounts, isPlain),
  };
}

const NOTHING: Registry = { volumes: [], pools: [], places: new Map(), exports: [], kept: [] };

/** As recorded, and as the registry knows better. */
function volumesOf({ name, volumes }: BenchConfig, registry: Registry): WantedVolume[] {
  const attached = registry.volumes.flatMap((volume): WantedVolume[] => {
    const attachment = volume.role === 'data' ? attachmentOf(volume, { bench: name }) : undefined;
    return attachment === undefined || !isBenchAttachment(attachment)
      ? []
      : [{ name: volume.name, path: attachment.path, mode: attachment.mode }];
  });
  return [...attached, ...volumes.filter((each) => !attached.some((other) => other.name === each.name))];
}

/** Only what carries the bench's mark, or what it is known to have begun, is ever destroyed. */
async function ownDataset(
  { name, cloneNote, takeUpNote, isRecorded }: Subject,
  { dataset: place, mountpoint }: Layout,
  mounts: readonly Mount[],
  runner: Runner,
): Promise<Dataset | undefined> {
  const dataset = await findDataset(runner, place);
  if (dataset === undefined || dataset.bench === name) return dataset;
  const isBegunClone = cloneNote !== undefined && dataset.origin === cloneNote.snapshot;
  if (dataset.bench === undefined && isBegunClone) return dataset;
  if (takeUpNote?.to === place && takeUpNote.volume === dataset.bench) return dataset;
  const isVisible = showsDataset(mounts, mountpoint, place, '/');
  if (await isUnfinishedDataset(name, dataset, isVisible)) return dataset;
  if (!isRecorded) return undefined;
  throw new RefusedError(
    'dataset-not-ours',
    `Dataset ${place} does not carry the mark of the bench ${name}. Nothing was changed.`,
    { suggestions: [`zfs get bench:name ${place}`, `Look at what is in it: zfs list -r ${place}`] },
  );
}

async function ownHolds(
  runner: Runner,
  snapshots: readonly Snapshot[],
  copies: readonly string[],
): Promise<OwnHold[]> {
  const ofCopies = await Promise.all(copies.map((copy) => listSnapshots(runner, copy)));
  return (await holdsOn(runner, [...snapshots, ...ofCopies.flat()])).own;
}

function findPreserved(name: string, { volumes }: Registry): DropFacts['preserved'] {
  const found = volumes.find(
    (each) => each.role === 'preserved' && each.name === name && each.bench === name,
  );
  return found === undefined
    ? undefined
    : { dataset: found.dataset, isMarked: found.preservedAt !== undefined };
}

/** It goes with the bench that it was taken for, unless somebody else needs it. */
async function originOf(
  { name, note, cloneNote }: Subject,
  dataset: Dataset | undefined,
  runner: Runner,
): Promise<string | undefined> {
  const origin = dataset?.origin ?? note?.origin ?? cloneNote?.snapshot ?? undefined;
  const snapshot = origin === undefined ? undefined : await findSnapshot(runner, origin);
  if (snapshot === undefined || snapshot.madeFor !== name || snapshot.holds > 0) return undefined;
  const others = snapshot.clones.filter((clone) => clone !== dataset?.name);
  return others.length > 0 ? undefined : snapshot.name;
}

/** Those that something is mounted over now, and those that are empty. */
async function directoriesOf(
  { parts, mountpoint }: Layout,
  mounts: readonly Mount[],
  isPlain: boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (const path of [parts.mariadb.target, parts.benches.target, mountpoint]) {
    const isCovered = mountAt(mounts, path) !== undefined;
    const willBeEmpty = isPlain && path === parts.benches.target;
    if (isCovered || willBeEmpty || (await contentOf(path)) === 'empty') found.push(path);
  }
  return found;
}

async function originalsOf({ parts }: Layout, mounts: readonly Mount[], isPlain: boolean): Promise<string[]> {
  const found: string[] = [];
  for (const { target, name } of Object.values(parts)) {
    const isPlainPart = isPlain && name === 'benches';
    if (mountAt(mounts, target) === undefined && !isPlainPart && (await contentOf(target)) === 'data')
      found.push(target);
    const aside = `${basename(target)}.before-zfs-`;
    const beside = (await readdir(dirname(target)).catch(ignoreMissing)) ?? [];
    found.push(...beside.filter((each) => each.startsWith(aside)).map((each) => join(dirname(target), each)));
  }
  return found;
}
