import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withKeys } from '../../../scripts/docs.js';

test('docs/config.md has the keys as the schema has them; else: npm run docs', async () => {
  const page = readFileSync(new URL('../../../docs/config.md', import.meta.url), 'utf8');
  expect(page).toContain('| `snapshot.lock_timeout` |');
  expect(page).toBe(await withKeys(page));
});
