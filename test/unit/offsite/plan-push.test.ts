import { describe, expect, test } from 'vitest';
import type { OffsiteConfig } from '../../../src/config/config.js';
import type { Begun } from '../../../src/offsite/journal.js';
import { PART_BYTES } from '../../../src/offsite/manifest.js';
import { type PushFacts, type PushRequest, planPush } from '../../../src/offsite/plan-push.js';
import { chainOfDays, copyOf, NOW, snapshotOf } from './copies.js';

const offsite: OffsiteConfig = {
  url: 's3://copies/one',
  bucket: 'copies',
  prefix: 'one/',
  region: 'us-east-1',
  credentials: '/etc/key',
  recipients: ['age1x'],
  fullEvery: { increments: 30 },
};
const nothing = { copies: [], damaged: [], unfinished: [] };
const facts = (over: Partial<PushFacts> = {}): PushFacts => ({
  offsite,
  dataset: 'bench-pool/shop',
  datasetGuid: '77',
  flags: ['-L', '-e', '-c'],
  snapshots: [],
  copies: nothing,
  begun: undefined,
  bad: new Set(),
  now: NOW,
  ...over,
});
const plain: PushRequest = { full: false, takeOver: false };
const of = (...copies: ReturnType<typeof copyOf>[]) => ({ ...nothing, copies });

describe('on what a copy builds', () => {
  const chain = chainOfDays(1, [5, 4, 3]);

  test('nothing: it is a full one', () => {
    expect(planPush(facts(), plain)).toMatchObject({ kind: 'full', because: 'There is no copy yet.' });
  });

  test('the last copy whose snapshot is here', () => {
    const snapshots = [snapshotOf(9, 0), snapshotOf(2, 4), snapshotOf(1, 5)];
    const plan = planPush(facts({ copies: of(...chain), snapshots }), plain);
    expect(plan).toMatchObject({
      kind: 'incremental',
      base: { copy: { id: 'copy-002' } },
      snapshot: undefined,
    });
  });

  test('never one that was sent in another way: an encrypted dataset is sent raw, from its first copy on', () => {
    const snapshots = [snapshotOf(9, 0), snapshotOf(2, 4), snapshotOf(1, 5)];
    const flags = ['-w'];
    expect(planPush(facts({ copies: of(...chain), snapshots, flags }), plain)).toMatchObject({
      kind: 'full',
      because: expect.stringContaining('not sent as the dataset lies on the disks'),
      flags,
    });
    const raw = of(...chain.map((copy) => ({ ...copy, flags })));
    expect(planPush(facts({ copies: raw, snapshots, flags }), plain).kind).toBe('incremental');
    expect(planPush(facts({ copies: raw, snapshots }), plain).kind).toBe('full');
  });

  test('never a snapshot that is younger than the one that is copied', () => {
    const snapshots = [snapshotOf(3, 3), snapshotOf(8, 3.5), snapshotOf(2, 4)];
    const plan = planPush(facts({ copies: of(...chain), snapshots }), { ...plain, tag: 'tag-8' });
    expect(plan.base?.copy.id).toBe('copy-002');
  });

  test.each<[string, Partial<PushFacts>, string]>([
    ['no snapshot of a copy is here', { snapshots: [snapshotOf(9, 0)] }, 'is here any more'],
    [
      'what it would build on lacks its own base',
      { copies: of(...chain.slice(1)) },
      'builds on one that is not',
    ],
    ['a copy of the chain was found to be bad', { bad: new Set(['copy-001']) }, 'found to be bad'],
    [
      'there are enough increments',
      { offsite: { ...offsite, fullEvery: { increments: 2 } } },
      '2 increments',
    ],
    [
      'the full one is old',
      { offsite: { ...offsite, fullEvery: { ageMs: 5 * 86_400_000 } } },
      'last full copy',
    ],
  ])('a full one where %s', (_, over, because) => {
    const snapshots = [snapshotOf(3, 3), snapshotOf(2, 4)];
    const plan = planPush(facts({ copies: of(...chain), snapshots, ...over }), plain);
    expect(plan).toMatchObject({ kind: 'full', base: undefined });
    expect(plan.because).toContain(because);
  });

  test('nothing where a full one is asked for', () => {
    const plan = planPush(facts({ copies: of(...chain), snapshots: [snapshotOf(3, 3)] }), {
      ...plain,
      full: true,
    });
    expect(plan).toMatchObject({ kind: 'full', because: 'A full copy was asked for.' });
  });
});

describe('what is refused', () => {
  test('a prefix with the copies of another bench, unless it is taken over', () => {
    const theirs = facts({ copies: of(copyOf(1, 1)), datasetGuid: '5', snapshots: [snapshotOf(9, 0)] });
    expect(() => planPush(theirs, plain)).toThrow(/copies of another bench shop, of bench-pool\/shop on one/);
    expect(planPush(theirs, { ...plain, takeOver: true }).kind).toBe('full');
  });

  test('not one that was restored from its copies: it has their snapshots', () => {
    const restored = facts({ copies: of(copyOf(1, 1)), datasetGuid: '5', snapshots: [snapshotOf(1, 1)] });
    expect(planPush(restored, plain).kind).toBe('incremental');
  });

  test.each<[string, Partial<PushFacts>, string]>([
    ['a tag that is not there', {}, 'has no snapshot tag-1'],
    [
      'a snapshot of somebody else',
      { snapshots: [snapshotOf(1, 1, { quiesce: undefined })] },
      'bench did not take',
    ],
    ['what is copied already', { snapshots: [snapshotOf(1, 1)], copies: of(copyOf(1, 1)) }, 'a copy of'],
  ])('%s', (_, over, message) => {
    expect(() => planPush(facts(over), { ...plain, tag: 'tag-1' })).toThrow(message);
  });
});

describe('what was begun', () => {
  const begun: Begun = {
    begin: {
      version: 1,
      id: 'begun',
      kind: 'full',
      url: offsite.url,
      snapshot: { name: 'bench-pool/shop@tag-9', guid: '9' },
      base: null,
      recipients: ['age1x'],
      flags: ['-L', '-e', '-c'],
      partBytes: PART_BYTES,
      startedAt: NOW.toISOString(),
    },
    parts: new Map(),
  };
  const cut = facts({ begun, snapshots: [snapshotOf(9, 0)] });

  test('goes on', () => {
    expect(planPush(cut, plain)).toMatchObject({ how: 'go-on', kind: 'full', snapshot: { guid: '9' } });
  });

  test('does not go on where it would be another stream', () => {
    expect(planPush({ ...cut, flags: ['-w'] }, plain)).toMatchObject({ how: 'begin', kind: 'full' });
  });

  test('goes on with an increment on the copy that it began on', () => {
    const base = copyOf(1, 1);
    const begin = {
      ...begun.begin,
      kind: 'incremental' as const,
      base: { id: base.id, guid: '1', tag: 'tag-1' },
    };
    const snapshots = [snapshotOf(9, 0), snapshotOf(1, 1)];
    const plan = planPush(facts({ begun: { ...begun, begin }, snapshots, copies: of(base) }), plain);
    expect(plan).toMatchObject({ how: 'go-on', base: { copy: { id: base.id } } });
    // The base is gone at one of the two ends: what comes is another stream.
    expect(
      planPush(
        facts({ begun: { ...begun, begin }, snapshots: snapshots.slice(0, 1), copies: of(base) }),
        plain,
      ).how,
    ).toBe('begin');
    expect(planPush(facts({ begun: { ...begun, begin }, snapshots }), plain).how).toBe('begin');
  });

  test.each<[string, Partial<PushFacts>, Partial<PushRequest>]>([
    ['its snapshot is gone', { snapshots: [] }, {}],
    ['it goes elsewhere now', { offsite: { ...offsite, url: 's3://other' } }, {}],
    ['others are to read it', { offsite: { ...offsite, recipients: ['age1y'] } }, {}],
    ['it is whole already', { copies: of({ ...copyOf(9, 0), id: 'begun' }) }, {}],
    ['another snapshot is asked for', { snapshots: [snapshotOf(9, 0), snapshotOf(8, 1)] }, { tag: 'tag-8' }],
  ])('begins anew where %s', (_, over, request) => {
    expect(planPush({ ...cut, ...over }, { ...plain, ...request }).how).toBe('begin');
  });
});
