import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { VOLUME_MARK } from '../registry/registry.js';
import { readMembers } from '../snapshot/snapshot-orchestrator.js';
import {
  type Bookmark,
  bytes,
  encodeNote,
  listBookmarks,
  listSnapshots,
  optional,
  rows,
  zfsList,
} from '../zfs/zfs.js';
import type { Finish, VolumeTraits } from './answers.js';
import { ROOT } from './names.js';

/** A snapshot that may go to another host. */
export interface SourceSnapshot {
  tag: string;
  guid: string;
  createTxg: number;
  createdAt: Date;
  /** Whether MariaDB was held still or stopped for it: only such ones travel. */
  consistent: boolean;
  /** Replication has taken it for itself. */
  replicated: boolean;
  marks: Finish['marks'][string];
}

/** What of a bench travels: its root volume, or a data volume that it writes. */
export interface SourceMember {
  /** `.` or the name of the volume. */
  member: string;
  dataset: string;
  encrypted: boolean;
  traits: VolumeTraits;
  /** Newest first. */
  snapshots: SourceSnapshot[];
  bookmarks: Bookmark[];
}

const CONSISTENT = ['backup-stage', 'read-lock', 'stopped'];

/**
 * The members of a bench that copies are made of, its root volume first, with their snapshots.
 * @returns beside them the names of volumes that stay behind: private copies, whose base is another volume
 */
export async function readSource(
  config: BenchConfig,
  runner: Runner,
): Promise<{ members: SourceMember[]; left: string[] }> {
  const wanted = new Map(config.volumes.map(({ name, mode }) => [name, mode]));
  const all = await readMembers(config, runner);
  const travelling = all.filter(({ name }) => wanted.get(name) !== 'overlay');
  const datasets = [
    { member: ROOT, dataset: config.volume.dataset },
    ...travelling.map(({ name, dataset }) => ({ member: name, dataset })),
  ];
  const members = [];
  for (const each of datasets) members.push(await readMember(runner, each.member, each.dataset));
  return { members, left: all.filter((each) => !travelling.includes(each)).map(({ name }) => name) };
}

const TRAIT_COLUMNS = [
  'encryption',
  'quota',
  VOLUME_MARK.id,
  VOLUME_MARK.description,
  VOLUME_MARK.labels,
  VOLUME_MARK.shared,
] as const;

async function readMember(runner: Runner, member: string, dataset: string): Promise<SourceMember> {
  const [row] = await zfsList(runner, ['-o', TRAIT_COLUMNS.join(','), dataset], (stdout) =>
    rows(stdout, TRAIT_COLUMNS, 'zfs list'),
  );
  const [encryption = 'off', quota = '0', id = '-', description = '-', labels = '-', shared = '-'] =
    row ?? [];
  const groups = await snapshotGroups(runner, dataset);
  const snapshots = (await listSnapshots(runner, dataset)).map((snapshot): SourceSnapshot => {
    const { tag, guid, createdAt, quiesce, note, scheduled } = snapshot;
    const { createTxg, replicated } = groups.get(tag) ?? { createTxg: 0, replicated: false };
    return {
      tag,
      guid,
      createdAt,
      createTxg,
      consistent: quiesce !== undefined && CONSISTENT.includes(quiesce),
      replicated,
      marks: {
        quiesce: quiesce ?? '',
        ...(note === undefined ? {} : { note: encodeNote(note) }),
        scheduled,
        replicated,
      },
    };
  });
  return {
    member,
    dataset,
    encrypted: encryption !== 'off' && optional(encryption) !== undefined,
    traits: {
      quota: bytes(quota),
      id: optional(id) ?? '',
      ...(optional(description) === undefined ? {} : { description }),
      ...(optional(labels) === undefined ? {} : { labels }),
      shared: shared === 'on',
    },
    snapshots,
    bookmarks: await listBookmarks(runner, dataset),
  };
}

const GROUP_COLUMNS = ['name', 'createtxg', 'clones', 'bench:replicate'] as const;

/** Tag → when it was made, as the transaction group of its pool, and whether replication has taken it for itself. */
export async function snapshotGroups(runner: Runner, dataset: string) {
  const args = ['-t', 'snapshot', '-d', '1', '-o', GROUP_COLUMNS.join(','), dataset];
  const found = await zfsList(runner, args, (stdout) => rows(stdout, GROUP_COLUMNS, 'zfs list -t snapshot'));
  return new Map(
    found.map(([name, createTxg, clones, mark]) => {
      const tag = name.slice(name.indexOf('@') + 1);
      return [
        tag,
        { createTxg: bytes(createTxg), replicated: mark === tag, cloned: clones !== '' && clones !== '-' },
      ] as const;
    }),
  );
}
