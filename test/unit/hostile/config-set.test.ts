import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { editConfig } from '../../../src/config/edit.js';
import { parseSetting, SETTING_KEYS } from '../../../src/config/settings.js';
import { BenchError } from '../../../src/errors.js';
import { RUNS, TIMEOUT_MS } from './runs.js';
import { hostile, legalName, legalPath, nearly } from './text.js';

// A process for each case would take its time; that edits exclude each other is another test's matter.
vi.mock('../../../src/host/lock.js', () => ({
  withLock: (_: unknown, work: () => Promise<unknown>) => work(),
}));

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'bench-hostile-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const TEXT = `# \u00dcber alles; "quoted" 'too' \\ # twice
[bench]
name = "shop"   # a comment
python = "x"
[mariadb]
root_password = 'a"b\\c'
port = 3307
[volume]
pool = 'tank' # mine
backing = "image"
[volume.image]
size = "60G"
[maintenance]
units = [
  "web.service",
]
`;

const value = nearly(
  fc.oneof(
    legalName,
    legalPath,
    fc.constantFrom('5G', 'auto', '30s', '3310', 'a.service,b.timer', 'read-lock'),
  ),
);

/** Without one key: what has to be the same before and after. */
function without(text: string, key: string): unknown {
  const document = structuredClone(parse(text)) as Record<string, unknown>;
  const path = key.split('.');
  const last = path.pop() ?? '';
  const tables: Record<string, unknown>[] = [document];
  for (const part of path) tables.push((tables.at(-1)?.[part] ?? {}) as Record<string, unknown>);
  delete tables.at(-1)?.[last];
  // A table that was made for it.
  for (let index = path.length; index > 0; index--) {
    if (Object.keys(tables[index] ?? {}).length === 0) delete tables[index - 1]?.[path[index - 1] ?? ''];
  }
  return document;
}

/** The value of a key in a text. */
function lookUp(text: string, key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], parse(text));
}

/** What is left of both when what they begin and end with is taken away. */
function difference(one: string, other: string): [string, string] {
  let start = 0;
  while (start < one.length && start < other.length && one[start] === other[start]) start++;
  let end = 0;
  while (end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)) end++;
  return [one.slice(start, one.length - end), other.slice(start, other.length - end)];
}

test('config set changes the one value, or nothing', { timeout: TIMEOUT_MS }, async () => {
  const file = join(directory, 'bench.toml');
  let [changed, refused] = [0, 0];
  const key = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...SETTING_KEYS) }, hostile);
  await fc.assert(
    fc.asyncProperty(key, value, async (name, text) => {
      writeFileSync(file, TEXT);
      try {
        const wanted = parseSetting(name, text);
        await editConfig(file, [{ key: name, value: wanted }]);
        changed++;
        const after = readFileSync(file, 'utf8');
        expect(isDeepStrictEqual(lookUp(after, name), wanted)).toBe(true);
        expect(without(after, name)).toEqual(without(TEXT, name));
        // Not a comment, nor a line of another key, goes or comes.
        const [gone, came] = difference(TEXT, after);
        expect(gone).not.toMatch(/#|\]\n\[|root_password/);
        // Where there was a value, only what stands in its place; else its line, and perhaps its table's.
        const isThere = lookUp(TEXT, name) !== undefined;
        if (isThere && name !== 'maintenance.units') expect(came).not.toContain('\n');
        expect(came.split('\n').length).toBeLessThanOrEqual(Array.isArray(wanted) ? wanted.length + 4 : 5);
      } catch (error) {
        if (!(error instanceof BenchError)) throw error;
        refused++;
        expect([1, 2]).toContain(error.exitCode);
        expect(readFileSync(file, 'utf8')).toBe(TEXT);
      }
      expect(readdirSync(directory)).toEqual(['bench.toml']);
    }),
    { numRuns: RUNS },
  );
  expect(Math.min(changed, refused)).toBeGreaterThan(0);
});
