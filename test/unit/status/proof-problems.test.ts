import { expect, test } from 'vitest';
import type { Proof } from '../../../src/snapshot/snapshot-orchestrator.js';
import type { Evidence } from '../../../src/status/evidence.js';
import { proofProblems } from '../../../src/status/proof-problems.js';

const NOW = new Date('2026-11-24T12:00:00Z');
const DAY_MS = 24 * 3_600_000;

const proof = (tag: string, ageDays: number, verdict: Proof['verdict'] = 'ok'): Proof => ({
  ...{ tag, verdict, at: NOW.toISOString(), level: 'normal', reason: verdict === 'ok' ? null : 'Corrupt' },
  createdAt: new Date(NOW.getTime() - ageDays * DAY_MS),
});

const codes = (proofs: Proof[], maxAgeDays?: number) => {
  const verify = { sql: [], ...(maxAgeDays === undefined ? {} : { maxAgeMs: maxAgeDays * DAY_MS }) };
  return proofProblems({ name: 'shop', verify }, { proofs, now: NOW } as unknown as Evidence);
};

test.each([
  ['nothing is asked for', [], undefined, []],
  ['a proven one is young enough', [proof('a', 6)], 7, []],
  ['none is proven', [], 7, ['proof-old']],
  ['the newest that is proven is too old', [proof('a', 8)], 7, ['proof-old']],
  ['the newest is damaged', [proof('b', 1, 'damaged'), proof('a', 2)], undefined, ['snapshot-bad']],
  ['the newest answers otherwise', [proof('b', 1, 'differs')], 7, ['snapshot-bad']],
  ['an older one was damaged', [proof('b', 1), proof('a', 2, 'damaged')], 7, []],
])('%s', (_, proofs, days, expected) => {
  expect(codes(proofs, days).map(({ code }) => code)).toEqual(expected);
});

test("MariaDB's words are told, and where to look", () => {
  expect(codes([proof('b', 1, 'damaged')])[0]).toMatchObject({
    message: 'The snapshot b is damaged: Corrupt',
    fix: 'bench volume verify --all -b shop',
  });
});

test('a clone is not asked for proofs that its source is to have, until it has a timer for them', () => {
  const clone = { clone: { template: undefined }, origin: 'tank/shop@monday' };
  const of = (jobs: string[]) =>
    proofProblems({ name: 'try', verify: { sql: [], maxAgeMs: DAY_MS } }, {
      ...{ proofs: [], now: NOW, dataset: clone },
      jobs: jobs.map((name) => ({ job: { name } })),
    } as unknown as Evidence).map(({ code }) => code);
  expect(of([])).toEqual([]);
  expect(of(['verify'])).toEqual(['proof-old']);
});
