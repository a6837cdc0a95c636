import type { Manifest } from '../../../src/offsite/manifest.js';
import type { Snapshot } from '../../../src/zfs/zfs.js';

export const NOW = new Date('2026-06-01T12:00:00Z');
const DAY_MS = 24 * 3_600_000;

export const daysAgo = (days: number) => new Date(NOW.getTime() - days * DAY_MS);

/** A copy of the snapshot `number`, made so many days ago; on another one, or full. */
export function copyOf(number: number, days: number, base?: Manifest): Manifest {
  const id = `copy-${String(number).padStart(3, '0')}`;
  return {
    version: 1,
    bench: 'shop',
    id,
    kind: base === undefined ? 'full' : 'incremental',
    source: { host: 'one', dataset: 'bench-pool/shop', datasetGuid: '77', zfs: '2.3.9-1', mariadb: null },
    snapshot: {
      tag: `tag-${number}`,
      guid: String(number),
      createdAt: daysAgo(days).toISOString(),
      quiesce: 'backup-stage',
      note: null,
    },
    base: base === undefined ? null : { id: base.id, guid: base.snapshot.guid },
    chain:
      base === undefined
        ? { full: id, increments: 0 }
        : { full: base.chain.full, increments: base.chain.increments + 1 },
    flags: ['-L', '-e', '-c'],
    volumes: [],
    recipients: ['age1x'],
    partBytes: 64,
    parts: [
      {
        name: `part-000001-${'a'.repeat(16)}.age`,
        plainBytes: 64,
        plainSha256: 'b'.repeat(64),
        cipherBytes: 80,
        cipherSha256: 'c'.repeat(64),
        cipherMd5: 'd'.repeat(32),
      },
    ],
    stream: { bytes: 64, sha256: 'e'.repeat(64) },
    startedAt: daysAgo(days).toISOString(),
    finishedAt: daysAgo(days).toISOString(),
    lockedUntil: null,
  };
}

/** A chain: one full copy a day, then increments, the oldest first. */
export function chainOfDays(first: number, days: readonly number[]): Manifest[] {
  const copies: Manifest[] = [];
  for (const [index, day] of days.entries()) copies.push(copyOf(first + index, day, copies.at(-1)));
  return copies;
}

export function snapshotOf(number: number, days: number, over: Partial<Snapshot> = {}): Snapshot {
  return {
    name: `bench-pool/shop@tag-${number}`,
    tag: `tag-${number}`,
    createdAt: daysAgo(days),
    usedBytes: 0,
    referencedBytes: 0,
    writtenBytes: 0,
    holds: 0,
    guid: String(number),
    clones: [],
    quiesce: 'backup-stage',
    note: undefined,
    verified: undefined,
    madeFor: undefined,
    of: undefined,
    scheduled: false,
    pinned: false,
    ...over,
  };
}
