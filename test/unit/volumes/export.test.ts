import { expect, test } from 'vitest';
import { planExport } from '../../../src/volumes/export.js';
import { parseForClones } from '../../../src/volumes/orphans.js';
import { planRepair } from '../../../src/volumes/repair.js';
import { block, pool } from './registry.js';

const NOW = new Date('2026-11-30T12:00:00Z');
const request = { volume: 'disk', file: '/srv/out/disk.img', format: 'raw', tag: undefined } as const;

test('a clone of a snapshot is read, never the device, and the file lies beside its name until it is whole', () => {
  const { begin, copy, end, snapshot } = planExport(request, 'e1', pool([block()]));
  expect(snapshot).toBe('tank/_volumes/disk@bench-export-e1');
  expect(begin.map(({ kind }) => kind)).toEqual([
    'filesystem.create',
    'snapshot.take',
    'export.clone',
    'device.wait',
  ]);
  expect(copy).toEqual([
    {
      kind: 'image.export',
      device: '/dev/zvol/tank/_exports/e1',
      format: 'raw',
      file: '/srv/out/disk.img',
      part: '/srv/out/.disk.img.e1.bench-part',
    },
  ]);
  expect(end.map(({ kind }) => kind)).toEqual(['dataset.destroy', 'snapshot.destroy']);
});

test("somebody's own snapshot stays", () => {
  const { begin, end } = planExport({ ...request, tag: 'monday' }, 'e1', pool([block()]));
  expect(begin.map(({ kind }) => kind)).not.toContain('snapshot.take');
  expect(end.map(({ kind }) => kind)).toEqual(['dataset.destroy']);
});

test('a filesystem and what is half-made are refused', () => {
  const plan = (volume: Parameters<typeof block>[0]) => () =>
    planExport(request, 'e1', pool([block(volume)]));
  expect(plan({ kind: 'filesystem', format: null })).toThrow(/is a filesystem/);
  expect(plan({ state: 'half-made' })).toThrow(/is not complete/);
});

const left = {
  dataset: 'tank/_exports/e0',
  pool: 'tank',
  origin: 'tank/_volumes/disk@bench-export-e0',
  part: '/srv/out/.disk.img.e0.bench-part',
  atWork: undefined,
};

test('what a killed export has left goes with repair and with the next export; one at work is left alone', () => {
  const away = [
    { kind: 'part.remove', path: left.part },
    { kind: 'dataset.destroy', dataset: left.dataset },
    { kind: 'snapshot.destroy', snapshot: left.origin },
  ];
  const registry = pool([block()], { exports: [left] });
  expect(planExport(request, 'e1', registry).begin.slice(0, 3)).toEqual(away);
  expect(planRepair(registry, 'tank', undefined, [], NOW).steps).toEqual(away);
  expect(planRepair(registry, 'tank', 'disk', [], NOW).steps).toEqual([]);
  const atWork = pool([block()], { exports: [{ ...left, atWork: 'node (pid 7)' }] });
  expect(planRepair(atWork, 'tank', undefined, [], NOW).steps).toEqual([]);
  const ofSomebody = pool([block()], {
    exports: [{ ...left, origin: 'tank/_volumes/disk@monday', part: undefined }],
  });
  expect(planRepair(ofSomebody, 'tank', undefined, [], NOW).steps).toEqual([
    { kind: 'dataset.destroy', dataset: left.dataset },
  ]);
});

test('repair leaves alone what is being imported, and takes away what was left', () => {
  const half = block({ state: 'half-made', madeBy: 'import' });
  const repair = (volume: typeof half) => planRepair(pool([volume]), 'tank', undefined, [], NOW);
  expect(repair(half).steps.map(({ kind }) => kind)).toEqual(['dataset.destroy']);
  const atWork = repair({ ...half, atWork: 'qemu-img (pid 9)' });
  expect(atWork.steps).toEqual([]);
  expect(atWork.notes).toEqual(['tank/_volumes/disk is being made by qemu-img (pid 9): it is left alone.']);
});

test('snapshots that were taken for a clone go without one, and nobody else’s; those of private copies not at once', () => {
  const line = (tag: string, secondsAgo: number, clones = '-') =>
    `tank/_volumes/disk@${tag}\t${NOW.getTime() / 1000 - secondsAgo}\t${clones}\n`;
  const found = parseForClones(
    [
      line('bench-overlay-0123456789ab', 3600),
      line('bench-clone-0123456789ab', 30),
      line('bench-export-0123456789ab', 0),
      line('bench-clone-1123456789ab', 3600, 'tank/_volumes/other'),
      line('bench-overlay-2123456789ab', 30),
      line('monday', 3600),
      line('bench-overlay-mine', 3600),
    ].join(''),
  );
  expect(planRepair(pool([block()]), 'tank', undefined, found, NOW).steps).toEqual([
    { kind: 'snapshot.destroy', snapshot: 'tank/_volumes/disk@bench-overlay-0123456789ab' },
    { kind: 'snapshot.destroy', snapshot: 'tank/_volumes/disk@bench-clone-0123456789ab' },
    { kind: 'snapshot.destroy', snapshot: 'tank/_volumes/disk@bench-export-0123456789ab' },
  ]);
});
