import { expect, test } from 'vitest';
import { deleteSteps } from '../../../src/volumes/delete.js';
import { block } from './registry.js';

const kinds = (changed: Parameters<typeof block>[0]) => deleteSteps(block(changed)).map(({ kind }) => kind);

test('a snapshot that was taken for a clone is told to go with it before the clone goes', () => {
  const origin = 'tank/_volumes/base@bench-clone-0123456789ab';
  expect(deleteSteps(block({ origin }))).toEqual([
    { kind: 'dataset.set', dataset: 'tank/_volumes/disk', properties: { 'bench:volume': 'deleting' } },
    { kind: 'snapshot.destroy', snapshot: origin, withLastClone: true },
    { kind: 'dataset.destroy', dataset: 'tank/_volumes/disk' },
  ]);
  expect(kinds({ origin, state: 'deleting' })).toEqual(['snapshot.destroy', 'dataset.destroy']);
});

test("somebody's own snapshot stays", () => {
  expect(kinds({ origin: 'tank/_volumes/base@monday', state: 'half-made' })).toEqual(['dataset.destroy']);
});
