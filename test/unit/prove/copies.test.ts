import { expect, test } from 'vitest';
import { report } from '../../../prove/copies.js';

const idle = { writes: 1000, medianMs: 2, p99Ms: 10 };
const proof = (p99Ms: number, seconds: number[]) => ({ command: 'verify proven', seconds, ...idle, p99Ms });
const measured = {
  sizes: { small: 180e6, large: 3.3e9 },
  costs: { small: [10, 11, 12], large: [11, 12, 13], copied: [100, 110, 120] },
  site: { idle, floor: { ...idle, p99Ms: 11 }, plain: idle, processors: 2, commands: [proof(12, [20, 22])] },
  runs: 3,
};

test('what is slower than it may be is a finding, and from which size on it would not be', () => {
  const { failures, text } = report(measured);
  expect(failures).toEqual([expect.stringContaining('takes 0.11 of what a copy of 3.30 GB takes')]);
  expect(text).toContain('| `bench clone` of 3.30 GB | 12.0 | 1.09 : 1 | 0.11 : 1 |');
  expect(text).toContain('from about 7.20 GB on');
  expect(text).toContain('| `bench volume verify proven` | 1,000 | 2.00 | 12.0 | 1.20 : 1 | 21.0 |');
});

test('a clone that grows with the data, and a site that feels a proof', () => {
  const { failures } = report({
    ...measured,
    costs: { small: [1], large: [2], copied: [100] },
    site: { ...measured.site, commands: [proof(16, [20])] },
  });
  expect(failures).toEqual([
    expect.stringContaining('2.00 times as long'),
    '`verify proven`: 99 % of the writes within 1.60 times of idle',
  ]);
});

test('with one processor a proof is held against what any program costs', () => {
  const floor = { ...idle, p99Ms: 30 };
  const beside = (p99Ms: number) =>
    report({ ...measured, site: { idle, floor, plain: idle, processors: 1, commands: [proof(p99Ms, [20])] } })
      .failures;
  expect(beside(44)).toHaveLength(1);
  expect(beside(46)).toEqual([
    expect.stringContaining('takes 0.11'),
    '`verify proven`: 99 % of the writes within 4.60 times of idle',
  ]);
});
