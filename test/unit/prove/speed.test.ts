import { expect, test } from 'vitest';
import { ratio, rawRow, row } from '../../../prove/speed/comparison.js';
import {
  METHODS,
  type SnapshotSpeed,
  snapshotFindings,
  snapshotReport,
} from '../../../prove/speed/snapshot.js';

test('a comparison is the ratio of medians, with the runs to look at', () => {
  const comparison = { what: 'init, s', bench: [12, 30, 15], bare: [10, 9, 11] };
  expect(ratio(comparison)).toBe(1.5);
  expect(row(comparison)).toEqual(['init, s', 15, 10, '1.50 : 1']);
  expect(rawRow(comparison)).toEqual(['init, s', '12.0; 30.0; 15.0', '10.0; 9.00; 11.0']);
});

function speed(besideBenchMs: number): SnapshotSpeed {
  const besideMs = [300, 6000, besideBenchMs];
  return {
    quietMs: 8,
    measured: METHODS.map((method, index) => ({
      method,
      idleMs: [100, 200, 300],
      besideMs: [besideMs[index] ?? 0],
      seconds: [1 + index],
    })),
  };
}

test('a snapshot that holds writers up beside a long statement is a finding', () => {
  expect(snapshotFindings(speed(500))).toEqual([]);
  expect(snapshotFindings(speed(5900))).toEqual([
    'beside a writing statement of 6 s the worst write is 5,900 ms with bench, 6,000 ms with a read lock',
  ]);
});

test('the table has every method and the ratio to the read lock', () => {
  const text = snapshotReport(speed(600));
  expect(text).toContain('| `bench volume snapshot` | 200 | 600 | 3.00 |');
  expect(text).toContain('| **bench : read lock** | 1.00 : 1 | 0.10 : 1 | 1.50 : 1 |');
});
