import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COVERAGE } from '../../../prove/faults/coverage.js';
import { walkedTitles } from '../../../prove/faults/matrix.js';

const root = new URL('../../../', import.meta.url);
/** Those that no help names, too. */
const commands = readdirSync(new URL('src/commands/', root), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3).replaceAll('/', ':'));

describe('what a kill leaves', () => {
  test('is shown of every command there is', () => {
    expect(Object.keys(COVERAGE).sort()).toEqual(commands.sort());
  });

  test('is shown where it is said to be', () => {
    const titles = walkedTitles();
    for (const [id, coverage] of Object.entries(COVERAGE)) {
      if (typeof coverage === 'string' || 'atOnce' in coverage) continue;
      if ('walk' in coverage) {
        for (const wanted of coverage.walk)
          expect(
            titles.some((title) => title.startsWith(wanted)),
            `${id}: ${wanted}`,
          ).toBe(true);
        continue;
      }
      for (const [file, words] of Object.entries(coverage.tests)) {
        const path = new URL(`test/${file}`, root);
        expect(existsSync(path), `${id}: ${file}`).toBe(true);
        expect(words, id).not.toBe('');
        expect(readFileSync(path, 'utf8'), `${id}: ${file}`).toContain(words);
      }
    }
  });
});
