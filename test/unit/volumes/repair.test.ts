import { expect, test } from 'vitest';
import type { Volume } from '../../../src/registry/registry.js';
import { planRepair } from '../../../src/volumes/repair.js';
import { block, pool } from './registry.js';

const repair = (changed: Partial<Volume>) =>
  planRepair(pool([block({ state: 'half-made', ...changed })]), 'tank', 'disk', [], new Date());
const GIB = 1024 ** 3;

test('of what has no mark but the note that it was to be made, only what is empty goes', () => {
  const noted = { madeBy: undefined, wasNoted: true } as const;
  const { steps, notes } = repair({ ...noted, usedBytes: 50 * GIB, writtenBytes: 50 * GIB });
  expect(steps).toEqual([]);
  expect(notes).toEqual([expect.stringContaining('has no mark of bench')]);
  // A block volume whose space is guaranteed uses all of it from the beginning.
  const { steps: destroy } = repair({ ...noted, usedBytes: 50 * GIB, writtenBytes: 56 * 1024 });
  expect(destroy).toEqual([{ kind: 'dataset.destroy', dataset: 'tank/_volumes/disk' }]);
});

test('what bench has marked as begun goes with what was brought in, and never what somebody has had', () => {
  const since = '2026-11-24T10:15:00.000Z';
  expect(repair({ madeBy: 'import', writtenBytes: 50 * GIB }).steps).toHaveLength(1);
  const attachments = [{ machine: 'web1', drive: 'vdb', mode: 'rw', since } as const];
  expect(repair({ madeBy: 'create', attachments }).steps).toEqual([]);
  expect(
    repair({ madeBy: 'create', history: attachments.map((each) => ({ ...each, until: since })) }).steps,
  ).toEqual([]);
  expect(repair({ madeBy: 'create', damaged: ['bench:attachments'] }).steps).toEqual([]);
});
