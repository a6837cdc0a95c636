import type { CopyMember } from '../../../src/replicate/answers.js';
import type { SourceMember, SourceSnapshot } from '../../../src/replicate/source.js';

export function snapshot(tag: string, createTxg: number, over: Partial<SourceSnapshot> = {}): SourceSnapshot {
  return {
    tag,
    guid: `${createTxg}000`,
    createTxg,
    createdAt: new Date(createTxg * 1000),
    consistent: true,
    replicated: false,
    marks: { quiesce: 'backup-stage', scheduled: false, replicated: false },
    ...over,
  };
}

/** Newest first, as ZFS lists them. */
export function source(
  member: string,
  snapshots: SourceSnapshot[],
  over: Partial<SourceMember> = {},
): SourceMember {
  const dataset = member === '.' ? 'bench-pool/shop' : `bench-pool/_volumes/${member}`;
  return {
    member,
    dataset,
    encrypted: false,
    traits: { quota: 0, id: '', shared: false },
    snapshots: [...snapshots].reverse(),
    bookmarks: [],
    ...over,
  };
}

/** With copies of these, oldest first. */
export function copy(member: string, of: SourceSnapshot[], over: Partial<CopyMember> = {}): CopyMember {
  return {
    member,
    dataset: `tank/_copies/shop${member === '.' ? '' : `.${member}`}`,
    writtenBytes: 0,
    mounted: false,
    encrypted: false,
    lockedBy: null,
    token: null,
    snapshots: [...of]
      .reverse()
      .map(({ tag, guid, createTxg }) => ({ tag, guid, createdAt: createTxg, quiesce: 'backup-stage' })),
    ...over,
  };
}
