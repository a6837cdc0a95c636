import { RefusedError } from '../errors.js';
import type { CopyMember, Look } from './answers.js';
import { BOOKMARK, ROOT } from './names.js';
import type { SourceMember, SourceSnapshot } from './source.js';

/** One stream: a snapshot of one member, from what the other side has. */
export interface Transfer {
  member: string;
  dataset: string;
  tag: string;
  guid: string;
  /** `@tag` or `#bookmark`; undefined for everything. */
  base: string | undefined;
  raw: boolean;
}

/** Where one member stands on the other side. */
interface Standing {
  source: SourceMember;
  copy: CopyMember | undefined;
  base: Base | undefined;
}

interface Base {
  spec: string;
  guid: string;
  createTxg: number;
}

/** What a token that the other side holds would make whole, as this side's ZFS reads it. */
export interface Rest {
  member: string;
  token: string;
  toGuid: string;
  fromGuid: string | undefined;
}

/**
 * The streams that bring the other side up to a tag, in the order in which they go: moments one after the other, and in
 * each the volumes before the root volume, so that a moment whose root volume is there is whole. Pure.
 * @throws RefusedError `copy-diverged`, `copy-written`, `copy-without-base`, `raw-mixed`
 */
export function planTransfers(
  to: string,
  members: readonly SourceMember[],
  look: Pick<Look, 'members'>,
  newest: string,
): Transfer[] {
  const standings = members.map((source) => standingOf(to, source, look));
  const isFirst = standings.some(({ base }) => base === undefined);
  const root = standings.find(({ source }) => source.member === ROOT);
  const last = root?.source.snapshots.find(({ tag }) => tag === newest);
  if (root === undefined || last === undefined) return [];
  // A member that begins anew has only the newest moment, so that is the only one that can be whole.
  const moments = isFirst ? [last] : momentsAfter(root, last);
  return moments.flatMap((moment) => {
    const volumesFirst = [...standings].sort((a, b) => Number(isRoot(a)) - Number(isRoot(b)));
    return volumesFirst.flatMap((standing) => transferOf(standing, moment));
  });
}

const isRoot = ({ source }: Standing) => source.member === ROOT;

/**
 * The consistent moments of the root volume that the other side does not have, oldest first. Those that runs have taken
 * for themselves are of no use but the newest.
 */
function momentsAfter({ source, base }: Standing, last: SourceSnapshot): SourceSnapshot[] {
  const after = base?.createTxg ?? 0;
  return source.snapshots
    .filter(({ consistent, createTxg }) => consistent && createTxg > after && createTxg <= last.createTxg)
    .filter(({ replicated, tag }) => !replicated || tag === last.tag)
    .sort((a, b) => a.createTxg - b.createTxg);
}

/** Its base is then this one: the next moment goes from here. */
function transferOf(standing: Standing, moment: SourceSnapshot): Transfer[] {
  const { source, base } = standing;
  const snapshot = source.snapshots.find(({ tag }) => tag === moment.tag);
  if (snapshot === undefined || (base !== undefined && snapshot.createTxg <= base.createTxg)) return [];
  const { tag, guid, createTxg } = snapshot;
  standing.base = { spec: `@${tag}`, guid, createTxg };
  const { member, dataset, encrypted } = source;
  return [{ member, dataset, tag, guid, base: base?.spec, raw: encrypted }];
}

/**
 * What differs between a dataset and its newest snapshot without anybody having written: the head of the intent log, which
 * was in use in the snapshot of a mounted dataset and is empty in what was rolled back to it or cloned from it. ZFS takes a
 * stream for all that (dsl_dataset_modified_since_snap), and none where there is more.
 */
const ZIL_BYTES = 16 * 1024;

function standingOf(to: string, source: SourceMember, look: Pick<Look, 'members'>): Standing {
  const copy = look.members.find(({ member }) => member === source.member);
  if (copy === undefined || copy.snapshots.length === 0) return { source, copy, base: undefined };
  if (copy.encrypted !== source.encrypted) throw mixed(to, source, copy);
  const base = baseOf(source, copy.snapshots[0]?.guid ?? '');
  if (base === undefined) throw diverged(to, source, copy);
  if (copy.writtenBytes > ZIL_BYTES) throw written(to, copy);
  return { source, copy, base };
}

/** A snapshot with this number, or the bookmark of one that is gone. */
export function baseOf({ snapshots, bookmarks }: SourceMember, guid: string): Base | undefined {
  const snapshot = snapshots.find((each) => each.guid === guid);
  if (snapshot !== undefined) return { spec: `@${snapshot.tag}`, guid, createTxg: snapshot.createTxg };
  const bookmark = bookmarks.find((each) => each.guid === guid && each.name.startsWith(BOOKMARK));
  return bookmark && { spec: `#${bookmark.name}`, guid, createTxg: bookmark.createTxg };
}

/**
 * Which of the streams that were cut off can be gone on with: what the token names has to be what this side would send
 * now, from what it would send it from. The others are to be given up. Pure.
 */
export function resumable(
  rest: Rest,
  members: readonly SourceMember[],
  look: Pick<Look, 'members'>,
): boolean {
  const source = members.find(({ member }) => member === rest.member);
  const copy = look.members.find(({ member }) => member === rest.member);
  const snapshot = source?.snapshots.find(({ guid }) => guid === rest.toGuid);
  if (source === undefined || copy === undefined || snapshot?.consistent !== true) return false;
  const newest = copy.snapshots[0]?.guid;
  return rest.fromGuid === newest && (newest === undefined || baseOf(source, newest) !== undefined);
}

/**
 * Tags of snapshots without which this run could not go on: the newest, what the other side has last, and what a stream
 * was cut off of. Of a tag that one member needs, those of all stay. Pure.
 */
export function neededTags(
  members: readonly SourceMember[],
  look: Pick<Look, 'members'>,
  rests: readonly Pick<Rest, 'toGuid'>[],
  newest: string,
): Set<string> {
  // What is there and was never told to be whole is told by the next run that succeeds, and goes there then.
  const untold = look.members.flatMap(({ snapshots }) =>
    snapshots.filter(({ quiesce }, index) => index === 0 || quiesce === null),
  );
  const guids = new Set([...untold.map(({ guid }) => guid), ...rests.map(({ toGuid }) => toGuid)]);
  const needed = members.flatMap(({ snapshots }) => snapshots.filter(({ guid }) => guids.has(guid)));
  return new Set([newest, ...needed.map(({ tag }) => tag)]);
}

function mixed(to: string, { dataset, encrypted }: SourceMember, copy: CopyMember): RefusedError {
  return new RefusedError(
    'raw-mixed',
    `${dataset} is ${encrypted ? 'encrypted' : 'not encrypted'}, and its copy ${copy.dataset} on ${to} is ${copy.encrypted ? '' : 'not'}: streams of both kinds cannot follow one another. Nothing was sent.`,
    { suggestions: aside(to, copy) },
  );
}

/** Newest first, those that this side does not know. */
function diverged(to: string, source: SourceMember, copy: CopyMember): RefusedError {
  const common = copy.snapshots.findIndex(({ guid }) => baseOf(source, guid) !== undefined);
  if (common < 0) {
    return new RefusedError(
      'copy-without-base',
      `${copy.dataset} on ${to} and ${source.dataset} have no snapshot in common any more. Nothing was sent, and nothing changed there.`,
      { suggestions: aside(to, copy) },
    );
  }
  const foreign = copy.snapshots.slice(0, common).map(({ tag }) => tag);
  const base = copy.snapshots[common]?.tag ?? '';
  return new RefusedError(
    'copy-diverged',
    `${copy.dataset} on ${to} has snapshots that ${source.dataset} does not have: ${foreign.join(', ')}. They were made there, or this bench went back to an older one. Nothing was sent, and nothing changed there.`,
    {
      suggestions: [
        ...foreign.map(
          (tag) => `Only if it is of no use, on ${to}: zfs release bench:replicate ${copy.dataset}@${tag}`,
        ),
        `Then what came after ${base} can be given up there: zfs rollback -r ${copy.dataset}@${base}`,
        ...aside(to, copy),
      ],
    },
  );
}

function written(to: string, copy: CopyMember): RefusedError {
  const newest = copy.snapshots[0]?.tag ?? '';
  return new RefusedError(
    'copy-written',
    `${copy.dataset} on ${to} was written to: ${copy.writtenBytes} bytes differ from ${newest}. Nothing was sent, and nothing changed there.`,
    {
      suggestions: [
        `See what it is, on ${to}: zfs diff ${copy.dataset}@${newest}`,
        `Only if it is of no use, on ${to}: zfs rollback ${copy.dataset}@${newest}`,
        ...aside(to, copy),
      ],
    },
  );
}

function aside(to: string, { dataset }: CopyMember): string[] {
  return [`Or keep it and begin anew, on ${to}: zfs rename ${dataset} ${dataset}-before`];
}
