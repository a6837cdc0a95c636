import { expect, test } from 'vitest';
import { type Observed, type Run, report } from '../../../prove/load/report.js';

const left = { recordBytes: 4769, connections: 4, snapshots: 5 };

function snapshotAt(index: number, memoryMiB: number): Run {
  const fromMs = index * 20_000;
  const taken = {
    tag: `load-${index}`,
    name: `bench-pool/shop@load-${index}`,
    createdAt: '2026-01-01T00:00:00.000Z',
    quiesce: 'backup-stage' as const,
    lockWaitMs: 10,
    lockHeldMs: 30,
  };
  return { tag: taken.tag, fromMs, toMs: fromMs + 5000, memoryMiB, taken };
}

/** Nine snapshots of a quiet minute each, with one write a second. */
function observed(changes: Partial<Observed> = {}): Observed {
  const seconds = Array.from({ length: 180 }, (_, second) => second);
  return {
    minutes: 3,
    snapshots: Array.from({ length: 9 }, (_, index) => snapshotAt(index, 70)),
    destroyed: [],
    writes: {
      errors: [],
      startedAtMs: seconds.map((second) => second * 1000),
      latencyMs: seconds.map((second) => (second % 20 === 3 ? 90 : 4)),
      worker: seconds.map(() => 0),
    },
    before: left,
    after: left,
    journal: [],
    journalOfBench: 0,
    ...changes,
  };
}

test('nothing wrong: no findings, and the worst writes where the snapshots were', () => {
  const { failures, text } = report(observed());
  expect(failures).toEqual([]);
  expect(text).toContain('180 writes');
  expect(text).toContain('| while bench does nothing | 135 | 4.00 | 4.00 | 4.00 |');
  expect(text).toContain('| during `bench volume snapshot` | 45 | 4.00 | 90.0 | 90.0 |');
  expect(text).toContain('| load-8 | 160 | 5.00 | 10.0 | 30.0 | 90.0 | 70.0 |');
});

test('an error of a writer, a snapshot that failed, and one without the lock are findings', () => {
  const { taken: _, ...failed } = snapshotAt(1, 70);
  const other = snapshotAt(2, 70);
  const snapshots = [
    ...observed().snapshots,
    { ...failed, failure: 'bench volume snapshot ended with 4' },
    { ...other, taken: { ...(other.taken as NonNullable<Run['taken']>), quiesce: 'stopped' as const } },
  ];
  const errors = [{ atMs: 0, message: 'Lock wait timeout exceeded' }];
  expect(report(observed({ snapshots, writes: { ...observed().writes, errors } })).failures).toEqual([
    'a write at 1970-01-01T00:00:00.000Z: Lock wait timeout exceeded',
    'bench volume snapshot ended with 4',
    'load-2 was taken as stopped',
  ]);
});

test('growth is a finding: of memory by more than a tenth, of what is left behind by anything', () => {
  const growing = (share: number) =>
    observed({
      snapshots: Array.from({ length: 9 }, (_, index) => snapshotAt(index, 70 * (1 + (share * index) / 8))),
    });
  expect(report(growing(0.05)).failures).toEqual([]);
  expect(report(growing(0.2)).failures).toEqual([
    expect.stringMatching(/^largest memory of `bench volume snapshot`, MiB, median has grown from 71.8 to/),
  ]);
  const after = { recordBytes: 4770, connections: 5, snapshots: 6 };
  expect(report(observed({ after })).failures).toEqual([
    'size of `/var/lib/bench/shop`, bytes has grown from 4,769 to 4,770',
    'connections to MariaDB has grown from 4.00 to 5.00',
    '6 snapshots are left instead of 5',
  ]);
});

test('a memory that is not known is no proof', () => {
  const snapshots = observed().snapshots.map((each) => ({ ...each, memoryMiB: Number.NaN }));
  expect(report(observed({ snapshots })).failures).toHaveLength(1);
});
