import { expect, test } from 'vitest';
import { deleteSteps, refuseOther, refuseUndeletable } from '../../../src/volumes/delete.js';
import { ScriptedRunner } from '../support/scripted-runner.js';
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

test('what it was mounted at goes before it, too; a kept bench has none of its own', () => {
  expect(kinds({ kind: 'filesystem' })).toEqual([
    ...['dataset.set', 'dataset.unmount', 'directory.remove', 'dataset.destroy'],
  ]);
  expect(kinds({ kind: 'filesystem', role: 'preserved' })).toEqual(['dataset.destroy']);
});

test('of a private copy whose end was cut off, its own mount point goes', () => {
  const dataset = 'tank/_overlays/shop.base';
  const copy = block({ dataset, name: 'shop.base', role: 'overlay', kind: 'filesystem', state: 'deleting' });
  expect(deleteSteps(copy)).toContainEqual({ kind: 'directory.remove', path: '/tank/_overlays/shop.base' });
});

test('what somebody has made below it is named, and not destroyed with it', async () => {
  const { dataset } = block();
  const list = ['zfs', 'list', '-H', '-r', '-t', 'filesystem,volume', '-o', 'name', dataset];
  const runner = new ScriptedRunner([{ argv: list, stdout: `${dataset}\n${dataset}/below\n` }]);
  await expect(refuseUndeletable(runner, block({ kind: 'filesystem' }))).rejects.toMatchObject({
    code: 'dataset-has-children',
    message: expect.stringContaining(`${dataset}/below`),
  });
});

test('another volume that has the name by now is not what was agreed to', () => {
  expect(() => refuseOther(block(), 'id-other')).toThrow(
    expect.objectContaining({ code: 'changed-meanwhile', exitCode: 3 }),
  );
  expect(() => refuseOther(block(), 'id-disk')).not.toThrow();
  expect(() => refuseOther(block(), undefined)).not.toThrow();
});
