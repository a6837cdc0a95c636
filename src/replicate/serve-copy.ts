import { join } from 'node:path';
import { RefusedError, VolumeError } from '../errors.js';
import { CommandError, type Runner } from '../host/exec.js';
import { withLock } from '../host/lock.js';
import { STATE_DIR } from '../host/paths.js';
import { VOLUME_MARK } from '../registry/registry.js';
import {
  abortReceive,
  destroySnapshots,
  encodeNote,
  heldSnapshots,
  holdSnapshots,
  MARK,
  receiveResumable,
  releaseSnapshots,
  setProperties,
} from '../zfs/zfs.js';
import type { CopyMember, Finish, VolumeTraits } from './answers.js';
import { type Copy, readCopies } from './copies.js';
import { COPY_MARK, copyDataset, HOLD, ROOT } from './names.js';
import { snapshotGroups } from './source.js';

/** Who may do what on this side, as the line of authorized_keys says it. */
export interface Peer {
  /** The host that the key belongs to, as this one calls it. */
  from: string;
  /** The dataset below which it may send copies. */
  target: string;
}

/**
 * The copy of a bench that this peer sends.
 * @throws RefusedError `copy-of-another` for one that another host sends
 */
export async function ownCopy(
  runner: Runner,
  { from, target }: Peer,
  bench: string,
): Promise<Copy | undefined> {
  const [copy] = await readCopies(runner, target, bench);
  if (copy === undefined || !isOfAnother(copy, from)) return copy;
  throw new RefusedError(
    'copy-of-another',
    `The copy of ${bench} here is one that ${copy.from} sends, and not ${from}. Nothing was changed.`,
  );
}

/** A stream that was cut off before it was noted who sends it is anybody's. */
export function isOfAnother<T extends Pick<Copy, 'from'>>(
  copy: T,
  from: string,
): copy is T & { from: string } {
  return copy.from !== undefined && copy.from !== from;
}

/** One writer of a copy at a time, whoever asks. */
export function aloneOnCopy<T>(bench: string, purpose: string, work: () => Promise<T>): Promise<T> {
  const path = join(STATE_DIR, '.copies', `${bench}.lock`);
  return withLock({ path, timeoutMs: 10_000, purpose }, work);
}

/** Takes a stream from standard input. */
export async function receive(runner: Runner, peer: Peer, bench: string, member: string): Promise<void> {
  const { from, target } = peer;
  await ownCopy(runner, peer, bench);
  const properties = {
    readonly: 'on',
    canmount: 'noauto',
    [COPY_MARK.of]: bench,
    [COPY_MARK.from]: from,
  };
  const dataset = copyDataset(target, bench, member);
  try {
    await runner.run(receiveResumable(dataset, properties, 0));
  } catch (error) {
    throw received(dataset, error);
  }
}

/** Why a stream did not come to its end here. */
function received(dataset: string, error: unknown): unknown {
  if (!(error instanceof CommandError)) return error;
  const { argv, stderr } = error.result;
  const details = { command: argv, stderr, cause: error };
  if (/out of space|No space left|quota exceeded/i.test(stderr))
    return new VolumeError('target-full', `There is no room for ${dataset}.`, {
      ...details,
      suggestions: [
        'zpool list',
        'zfs list -o space',
        'What has come stays; with room made, the next run goes on.',
      ],
    });
  if (/has been modified/.test(stderr))
    return new RefusedError('copy-written', `${dataset} was written to after its newest snapshot.`, {
      ...details,
      suggestions: [
        'Only if that is of no use: zfs rollback to its newest snapshot',
        `zfs list -t snapshot -s creation -o name,creation,written ${dataset}`,
      ],
    });
  if (/does not match incremental source/.test(stderr))
    return new RefusedError('copy-diverged', `${dataset} is not as it was left.`, {
      ...details,
      suggestions: [`zfs list -t snapshot -o name,creation,written ${dataset}`],
    });
  return error;
}

/** Gives up what a stream that was cut off has left. */
export async function abort(runner: Runner, peer: Peer, bench: string, member: string): Promise<void> {
  const copy = await ownCopy(runner, peer, bench);
  const found = copy?.members.find((each) => each.member === member);
  if (found?.token !== undefined && found.token !== null) await runner.run(abortReceive(found.dataset));
}

/**
 * Notes of a moment that is whole what its streams did not carry, keeps it from being destroyed by mistake, and lets go
 * of the one before. Cut off anywhere, the next run does the rest.
 * @throws RefusedError `copy-incomplete` where something of it has not come
 */
export async function finish(runner: Runner, peer: Peer, bench: string, told: Finish): Promise<void> {
  const copy = await ownCopy(runner, peer, bench);
  const members = told.members.map((member) => copy?.members.find((each) => each.member === member));
  const missing = told.members.filter((_, index) => !hasTag(members[index], told.tag));
  if (copy === undefined || missing.length > 0) {
    throw new RefusedError(
      'copy-incomplete',
      `The moment ${told.tag} of ${bench} is not whole here: ${missing.join(', ') || 'all'} of it has not come.`,
    );
  }
  for (const member of members) {
    if (member === undefined) continue;
    await markSnapshots(runner, member, told);
    await keepNewest(runner, member, told.tag);
    await pruneOwn(runner, member, told.tag);
    const traits = told.volumes[member.member];
    if (traits !== undefined) await runner.run(setProperties(member.dataset, traitProperties(traits)));
  }
  const root = copyDataset(copy.target, bench, ROOT);
  await runner.run(
    setProperties(root, {
      [COPY_MARK.of]: bench,
      [COPY_MARK.from]: peer.from,
      [COPY_MARK.members]: told.members.filter((member) => member !== ROOT).join(','),
      [MARK.epoch]: String(told.epoch),
      ...(told.lineage === undefined ? {} : { [MARK.lineage]: told.lineage }),
    }),
  );
}

/** What another host says of a volume is none of this one's until somebody takes it up. */
function traitProperties({ quota, id, description, labels, shared }: VolumeTraits): Record<string, string> {
  return {
    [COPY_MARK.quota]: String(quota),
    [VOLUME_MARK.id]: encodeNote(id),
    ...(description === undefined ? {} : { [VOLUME_MARK.description]: description }),
    ...(labels === undefined ? {} : { [VOLUME_MARK.labels]: labels }),
    ...(shared ? { [VOLUME_MARK.shared]: 'on' } : {}),
  };
}

function hasTag(member: CopyMember | undefined, tag: string): boolean {
  return member?.snapshots.some((each) => each.tag === tag) === true;
}

async function markSnapshots(
  runner: Runner,
  { dataset, snapshots }: CopyMember,
  { marks }: Finish,
): Promise<void> {
  for (const { tag, quiesce } of snapshots) {
    const mark = marks[tag];
    if (mark === undefined || quiesce !== null) continue;
    await runner.run(
      setProperties(`${dataset}@${tag}`, {
        ...(mark.note === undefined ? {} : { [MARK.note]: mark.note }),
        ...(mark.scheduled ? { [MARK.schedule]: tag } : {}),
        ...(mark.replicated ? { [MARK.replicate]: tag } : {}),
        // The last one: with it, it is told.
        [MARK.quiesce]: mark.quiesce,
      }),
    );
  }
}

async function keepNewest(runner: Runner, { dataset, snapshots }: CopyMember, tag: string): Promise<void> {
  const newest = `${dataset}@${tag}`;
  const held = await heldSnapshots(
    runner,
    HOLD,
    snapshots.map((each) => `${dataset}@${each.tag}`),
  );
  if (!held.includes(newest)) await runner.run(holdSnapshots(HOLD, [newest]));
  const old = held.filter((name) => name !== newest);
  if (old.length > 0) await runner.run(releaseSnapshots(HOLD, old));
}

/** Those that replication has taken for itself are of no use once a later moment is whole. */
async function pruneOwn(runner: Runner, { dataset, snapshots }: CopyMember, tag: string): Promise<void> {
  const groups = await snapshotGroups(runner, dataset);
  const newest = groups.get(tag)?.createTxg ?? 0;
  const old = snapshots.filter((each) => {
    const group = groups.get(each.tag);
    // What was set aside when this host began to follow is a clone of one.
    return group?.replicated === true && !group.cloned && group.createTxg < newest && each.tag !== tag;
  });
  if (old.length > 0)
    await runner.run(
      destroySnapshots(
        dataset,
        old.map((each) => each.tag),
      ),
    );
}
