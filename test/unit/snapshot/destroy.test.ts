import { describe, expect, test } from 'vitest';
import { BenchError } from '../../../src/errors.js';
import { chooseSnapshots, parseReclaim } from '../../../src/snapshot/destroy.js';
import type { Snapshot } from '../../../src/zfs/snapshots.js';

const DATASET = 'bench-pool/shop';

function snapshot(tag: string, over: Partial<Snapshot> = {}): Snapshot {
  return {
    name: `${DATASET}@${tag}`,
    tag,
    createdAt: new Date(0),
    usedBytes: 0,
    referencedBytes: 0,
    writtenBytes: 0,
    holds: 0,
    guid: tag,
    clones: [],
    quiesce: 'backup-stage',
    note: undefined,
    scheduled: false,
    pinned: false,
    verified: undefined,
    madeFor: undefined,
    of: undefined,
    ...over,
  };
}

const all = [
  snapshot('new'),
  snapshot('foreign', { quiesce: undefined }),
  snapshot('held', { holds: 2 }),
  snapshot('cloned', { clones: ['bench-pool/copy'] }),
  snapshot('old'),
];
const holds = new Map([[`${DATASET}@held`, ['audit', 'keep']]]);
const bench = { name: 'shop', volume: { dataset: DATASET } };
const choose = (...names: string[]) => chooseSnapshots(bench, all, names, holds).map(({ tag }) => tag);

function refusal(...names: string[]): BenchError {
  try {
    choose(...names);
  } catch (error) {
    if (error instanceof BenchError) return error;
  }
  throw new Error('not refused');
}

describe('which snapshots are destroyed', () => {
  test('tags and full names, each once, newest first', () => {
    expect(choose('old', 'new', `${DATASET}@old`)).toEqual(['new', 'old']);
  });

  test('one that bench did not make only by its full name', () => {
    expect(refusal('foreign', 'old')).toMatchObject({ code: 'snapshot-not-ours', exitCode: 3 });
    expect(choose(`${DATASET}@foreign`)).toEqual(['foreign']);
  });

  test('the suggestion for one that is missing can be typed anywhere', () => {
    expect(refusal('gone').suggestions).toEqual(['bench volume list-snapshots -b shop']);
  });

  test.each([
    [['old', 'gone'], 'snapshot-missing', 2, 'gone'],
    [['old', 'bench-pool/other@old'], 'snapshot-elsewhere', 2, 'bench-pool/other@old'],
    [['old', 'held'], 'snapshot-held', 3, 'held (hold audit, keep)'],
    [['old', 'cloned'], 'snapshot-cloned', 3, 'cloned (clone bench-pool/copy)'],
  ])('%j: none, for %s', (names, code, exitCode, said) => {
    const error = refusal(...names);
    expect(error).toMatchObject({ code, exitCode });
    expect(error.message).toContain(said);
  });
});

test('what would be freed', () => {
  expect(parseReclaim('destroy\tbench-pool/shop@a\ndestroy\tbench-pool/shop@b\nreclaim\t40960\n')).toBe(
    40960,
  );
});
