import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DropFacts } from '../../../src/drop/facts.js';
import { dropNotes, noteFor, planDrop } from '../../../src/drop/plan.js';
import { previewOf } from '../../../src/drop/preview.js';
import { dependents } from '../../../src/drop/refuse.js';
import { UNKNOWN_UNIT } from '../../../src/host/systemd.js';
import type { Step } from '../../../src/steps/steps.js';
import type { Snapshot } from '../../../src/zfs/snapshots.js';
import { dataset, up, wholeBench } from './facts.js';

const kept = { dataset: 'bench-pool/_shop.kept', keptAt: 'then', usedBytes: 1, snapshots: [] };

/** Positions of the steps of these kinds; the last one that must be over before the first of others begins. */
function positions(steps: readonly Step[], matches: (step: Step) => boolean): number[] {
  return steps.flatMap((step, index) => (matches(step) ? [index] : []));
}

function expectBefore(
  steps: readonly Step[],
  first: (step: Step) => boolean,
  then: (step: Step) => boolean,
): void {
  const [ends, begins] = [positions(steps, first), positions(steps, then)];
  if (ends.length > 0 && begins.length > 0) expect(Math.max(...ends)).toBeLessThan(Math.min(...begins));
}

const isKind =
  (...kinds: Step['kind'][]) =>
  ({ kind }: Step) =>
    kinds.includes(kind);
const isGuard = (step: Step) => step.kind === 'file.remove' && step.path.endsWith('50-bench-volume.conf');

/** Whatever has been done of a drop, and whatever the bench has: what has to hold of the order of what is left. */
function expectSafe(facts: DropFacts): void {
  const steps = planDrop(facts);
  expect(steps.at(-1)).toEqual({ kind: 'state.remove', bench: 'shop' });
  expect(steps[0]?.kind === 'drop.begin').toBe(facts.note === undefined);
  // A boot starts nothing any more before what would have kept it from starting goes.
  expectBefore(steps, isKind('unit.stop', 'unit.disable'), isGuard);
  expectBefore(steps, isKind('unit.stop'), isKind('mount.remove', 'dataset.unmount'));
  expectBefore(steps, isKind('mount.remove'), isKind('fstab.remove', 'dataset.unmount'));
  expectBefore(steps, isKind('dataset.unmount'), isKind('dataset.destroy', 'dataset.rename'));
  expectBefore(
    steps,
    isKind('dataset.destroy', 'dataset.rename'),
    isKind('directory.remove', 'snapshot.destroy'),
  );
  const destroyed = steps.flatMap((step) => (step.kind === 'dataset.destroy' ? [step.dataset] : []));
  if (facts.preserve) expect(destroyed).toEqual([]);
  const own = [facts.dataset?.name, facts.kept?.dataset, ...facts.keptVolumes];
  for (const each of destroyed) expect(own).toContain(each);
}

describe('the plan of a drop', () => {
  test('of a bench that runs', () => {
    const steps = planDrop(wholeBench());
    expectSafe(wholeBench());
    expect(steps.filter(isKind('dataset.destroy'))).toEqual([
      { kind: 'dataset.destroy', dataset: 'bench-pool/shop' },
    ]);
    expect(steps.filter(isKind('mount.remove')).map((step) => 'target' in step && step.target)).toEqual([
      '/srv/benches/shop/sites/uploads',
      '/var/lib/mysql-shop',
      '/srv/benches/shop',
    ]);
  });

  test('is safe at whatever it was cut off, of whatever bench', () => {
    const some = <T>(value: T) => fc.option(fc.constant(value), { nil: undefined });
    const whole = wholeBench();
    const anyFacts = fc.record({
      preserve: fc.boolean(),
      note: some(noteFor(whole)),
      dataset: some(dataset),
      kept: some(kept),
      origin: some('bench-pool/other@for-shop'),
      preserved: some({ dataset: 'bench-pool/_preserved/shop', isMarked: false }),
      mounts: fc.subarray([...whole.mounts]),
      fstab: fc.subarray([...whole.fstab]),
      files: fc.subarray(whole.files),
      directories: fc.subarray(whole.directories),
      plainConfig: some('/srv/benches/shop/bench.toml'),
      units: fc.record({
        database: fc.subarray(whole.units.database),
        schedule: fc.subarray(whole.units.schedule),
        own: fc.subarray(whole.units.own),
      }),
    });
    fc.assert(fc.property(anyFacts, (changes) => expectSafe(wholeBench(changes))));
  });

  test('keeps the dataset with its storage, and says so last', () => {
    const steps = planDrop(wholeBench({ preserve: true }));
    const to = 'bench-pool/_preserved/shop';
    expect(steps).toContainEqual({ kind: 'dataset.rename', from: 'bench-pool/shop', to });
    const mark = { 'bench:preserved': '2026-11-30T00%3A00%3A00.000Z' };
    expect(steps).toContainEqual({ kind: 'dataset.set', dataset: to, properties: mark });
    expectBefore(
      steps,
      isKind('dataset.rename'),
      (step) => step.kind === 'dataset.set' && step.dataset === to,
    );
  });

  test('goes on where it was cut off behind the rename', () => {
    const preserved = { dataset: 'bench-pool/_preserved/shop', isMarked: false };
    const steps = planDrop(wholeBench({ preserve: true, dataset: undefined, preserved }));
    expect(steps.filter(isKind('dataset.rename', 'dataset.destroy'))).toEqual([]);
    expect(steps.filter(isKind('dataset.set'))).toHaveLength(1);
  });

  test('drops what a restore has set aside first: it shares the snapshots of what is live', () => {
    const keptVolumes = ['bench-pool/_volumes/_uploads.kept'];
    const steps = planDrop(wholeBench({ kept, keptVolumes, origin: 'bench-pool/a@b' }));
    expect(steps.filter(isKind('dataset.destroy', 'snapshot.destroy'))).toEqual([
      { kind: 'dataset.destroy', dataset: 'bench-pool/_volumes/_uploads.kept' },
      { kind: 'dataset.destroy', dataset: 'bench-pool/_shop.kept' },
      { kind: 'dataset.destroy', dataset: 'bench-pool/shop' },
      { kind: 'snapshot.destroy', snapshot: 'bench-pool/a@b' },
    ]);
  });

  test('gives MariaDB room to stop where it is full to its quota', () => {
    const full = { ...dataset, availableBytes: 0 };
    const steps = planDrop(wholeBench({ dataset: full }));
    const properties = { quota: String(3 * 1024 ** 3) };
    expect(steps).toContainEqual({ kind: 'dataset.set', dataset: 'bench-pool/shop', properties });
    const stopped = { unit: 'mariadb@shop.service', state: UNKNOWN_UNIT };
    const down = wholeBench({ dataset: full, units: { database: [stopped], schedule: [], own: [] } });
    expect(planDrop(down)).not.toContainEqual({
      kind: 'dataset.set',
      dataset: 'bench-pool/shop',
      properties,
    });
  });

  test("ends bench's own holds before what they are on goes, and leaves them on what is kept", () => {
    const ownHolds = [
      { snapshot: 'bench-pool/shop@b', hold: 'bench:offsite' },
      { snapshot: 'bench-pool/_shop.kept@a', hold: 'bench:offsite' },
    ];
    const steps = planDrop(wholeBench({ kept, ownHolds }));
    expect(steps).toContainEqual({ kind: 'holds.release', holds: ownHolds });
    expectBefore(steps, isKind('unit.stop', 'dataset.unmount'), isKind('holds.release'));
    expectBefore(steps, isKind('holds.release'), isKind('dataset.destroy'));
    expect(dropNotes(wholeBench({ ownHolds })).join(' ')).toContain('bench-pool/shop@b (bench:offsite)');
    expect(planDrop(wholeBench({ ownHolds, preserve: true })).filter(isKind('holds.release'))).toEqual([]);
    expect(dropNotes(wholeBench({ ownHolds, preserve: true })).join(' ')).toContain('stay: ');
  });

  test('touches no dataset where the pool is lost, notes that it is so, and says it', () => {
    const lost = wholeBench({ isLost: true, dataset: undefined, mounts: [] });
    const steps = planDrop(lost);
    expect(steps[0]).toMatchObject({ kind: 'drop.begin', note: { forget: true, preserve: false } });
    expect(steps.filter(({ kind }) => /^(dataset|snapshot|holds|volume)\./.test(kind))).toEqual([]);
    expect(steps.filter(isKind('fstab.remove'))).toHaveLength(3);
    expect(dropNotes(lost).join(' ')).toMatch(
      /sees the pool bench-pool \(1\) nowhere.*had in that pool: uploads/s,
    );
    expect(previewOf(lost)).toMatchObject({ storage: 'lost', dataset: 'bench-pool/shop' });
    expect(noteFor(wholeBench())).not.toHaveProperty('forget');
  });

  test('tells what stays', () => {
    const notes = dropNotes(wholeBench({ originals: ['/srv/benches/shop.before-zfs-1'] }));
    expect(notes).toEqual([
      'shop-web.service stays on the host, stopped and disabled.',
      '/srv/benches/shop.before-zfs-1 is in no dataset: it stays.',
      'The pool bench-pool stays.',
    ]);
    expect(dropNotes(wholeBench({ units: { database: [], schedule: [], own: [] } }))).toHaveLength(1);
    expect(up('x').unit).toBe('x');
  });
});

test('what depends on a bench is neither its own kept copy, nor what a proof has out of sight', () => {
  const snapshot: Snapshot = {
    name: 'bench-pool/shop@a',
    tag: 'a',
    createdAt: new Date(0),
    usedBytes: 0,
    referencedBytes: 0,
    writtenBytes: 0,
    holds: 0,
    guid: '1',
    clones: ['bench-pool/_shop.kept', 'bench-pool/_scratch/shop-0123456789ab', 'bench-pool/try'],
    quiesce: 'backup-stage',
    note: undefined,
    verified: undefined,
    madeFor: undefined,
    of: undefined,
    scheduled: false,
    pinned: false,
  };
  expect(dependents(wholeBench({ kept, snapshots: [snapshot] }))).toEqual(['bench-pool/try']);
  expect(dependents(wholeBench({ snapshots: [snapshot] }))).toEqual([
    'bench-pool/_shop.kept',
    'bench-pool/try',
  ]);
});
