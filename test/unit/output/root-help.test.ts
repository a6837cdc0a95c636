import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ListedBench } from '../../../src/bench/bench.js';
import { nextText } from '../../../src/output/next.js';
import { GROUPS, rootHelp } from '../../../src/output/root-help.js';

describe('bench --help', () => {
  test('has every command and topic in one group', () => {
    const names = readdirSync(new URL('../../../src/commands/', import.meta.url)).map((file) =>
      file.replace(/\.ts$/, ''),
    );
    expect(GROUPS.flatMap((group) => group.names).sort()).toEqual([...new Set(names)].sort());
  });

  test('fits a terminal', () => {
    const text = rootHelp({ list: 'word '.repeat(40).trim(), new: 'Make it' });
    expect(text).toContain('\n  new        Make it\n');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text.match(/word/g)).toHaveLength(40);
  });
});

describe('bench alone', () => {
  const bench = (name: string, state: ListedBench['state']): ListedBench => ({
    ...{ name, state, directory: `/srv/benches/${name}`, pool: null, dataset: null },
    ...{ usedBytes: null, quotaBytes: null, instance: name, unit: null, port: 3307, clone: null, clones: [] },
  });
  const next = (...benches: ListedBench[]) =>
    nextText({ benches })
      .split('Next:\n')[1]
      ?.split('\n')
      .map((line) => line.trim().replace(/ {2,}.*/, ''));

  test('leads to the first bench', () => {
    expect(next()).toEqual(['bench volume discover', 'bench new NAME', 'bench init -b NAME', 'bench --help']);
  });

  test('says what each bench wants that is not well, and nothing else then', () => {
    expect(next(bench('shop', 'running'), bench('try', 'not-set-up'), bench('old', 'failed'))).toEqual([
      'bench init -b try',
      'bench volume status -b old',
      'bench --help',
    ]);
  });

  test('says what is done every day where all is well', () => {
    expect(next(bench('shop', 'running'))).toEqual([
      'bench volume status -b shop',
      'bench volume snapshot -b shop',
      'bench guard -b shop -- COMMAND',
      'bench --help',
    ]);
  });
});
