import type { Runner } from '../host/exec.js';
import { keyNotLoadedHere } from '../keys/keys.js';
import { bytes, MARK, optional, rows, zfsList } from '../zfs/zfs.js';
import type { CopyMember, CopySnapshot } from './answers.js';
import { COPY_MARK, memberOf, ROOT } from './names.js';

/** The copy of a bench of another host, as it lies in a pool of this one. */
export interface Copy {
  bench: string;
  /** The dataset that it lies below. */
  target: string;
  /** The host that sends it, as this one calls it; undefined where that was cut off before it was noted. */
  from: string | undefined;
  epoch: number;
  /** Which bench of that name it is; undefined where it came before there was one. */
  lineage: string | undefined;
  members: CopyMember[];
}

const COLUMNS = [
  'name',
  'written',
  'mounted',
  'encryption',
  'keystatus',
  'encryptionroot',
  'receive_resume_token',
  COPY_MARK.of,
  COPY_MARK.from,
  MARK.epoch,
  MARK.lineage,
] as const;
const SNAPSHOT_COLUMNS = ['name', 'guid', 'creation', MARK.quiesce] as const;

/**
 * Before anything is stopped or changed for it: what is locked could not be mounted, and where its key comes from stands
 * in its bench.toml.
 * @param on where it is another host that has it
 * @throws RefusedError `key-not-loaded`
 */
export function refuseLocked(bench: string, members: readonly CopyMember[], on?: string): void {
  for (const { dataset, lockedBy } of members)
    if (lockedBy !== null) throw keyNotLoadedHere(bench, { name: dataset, lockedBy }, on);
}

/** The copies of a bench below a dataset, or of all benches. Two processes. */
export async function readCopies(runner: Runner, target: string, bench?: string): Promise<Copy[]> {
  const args = ['-t', 'filesystem', '-d', '1', '-o', COLUMNS.join(','), target];
  const datasets = await zfsList(runner, args, (stdout) => rows(stdout, COLUMNS, 'zfs list'));
  const below = datasets.filter(([name]) => name !== target);
  const snapshots = below.length === 0 ? new Map() : await snapshotsBelow(runner, target);
  const copies = new Map<string, Copy>();
  // A root comes before its volumes: a dot sorts behind its end.
  for (const [dataset, written, mounted, encryption, key, keyRoot, token, ...marks] of below) {
    const [of, from, epoch, lineage] = marks;
    const name = optional(of) ?? bench;
    const member = name === undefined ? undefined : memberOf(target, name, dataset);
    if (name === undefined || member === undefined || (bench !== undefined && name !== bench)) continue;
    // Without a mark it is ours only where a stream was cut off before there was anything.
    if (optional(of) === undefined && optional(token) === undefined) continue;
    const none = { bench: name, target, from: undefined, epoch: 0, lineage: undefined, members: [] };
    const copy: Copy = copies.get(name) ?? none;
    copies.set(name, copy);
    if (member === ROOT) {
      copy.epoch = Number(optional(epoch) ?? 0);
      copy.lineage = optional(lineage);
    }
    copy.from ??= optional(from);
    copy.members.push({
      member,
      dataset,
      writtenBytes: bytes(written),
      mounted: mounted === 'yes',
      encrypted: encryption !== 'off' && encryption !== '-',
      lockedBy: key === 'unavailable' ? keyRoot : null,
      token: optional(token) ?? null,
      snapshots: snapshots.get(dataset) ?? [],
    });
  }
  return [...copies.values()];
}

/** Dataset → its snapshots, newest first. */
async function snapshotsBelow(runner: Runner, target: string): Promise<Map<string, CopySnapshot[]>> {
  const args = ['-t', 'snapshot', '-d', '2', '-S', 'createtxg', '-o', SNAPSHOT_COLUMNS.join(','), target];
  const found = await zfsList(runner, args, (stdout) =>
    rows(stdout, SNAPSHOT_COLUMNS, 'zfs list -t snapshot'),
  );
  const byDataset = new Map<string, CopySnapshot[]>();
  for (const [name, guid, creation, quiesce] of found) {
    const [dataset = '', tag = ''] = name.split('@');
    const list = byDataset.get(dataset) ?? [];
    byDataset.set(dataset, list);
    list.push({ tag, guid, createdAt: bytes(creation), quiesce: optional(quiesce) ?? null });
  }
  return byDataset;
}
