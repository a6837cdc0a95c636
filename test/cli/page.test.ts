import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const page = fileURLToPath(new URL('../../dist/page/', import.meta.url));

test('the first load of the page has 100 KB at most, as it is sent, and brings nothing from elsewhere', () => {
  const files = readdirSync(page);
  expect(files.map((name) => name.replace(/.*\./, '')).sort()).toEqual(['css', 'html', 'js']);
  const sent = files.map((name) => gzipSync(readFileSync(`${page}${name}`), { level: 9 }).length);
  expect(sent.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(100_000);
  const html = readFileSync(`${page}index.html`, 'utf8');
  expect(html).not.toMatch(/https?:\/\//);
});
