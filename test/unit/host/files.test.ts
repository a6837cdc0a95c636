import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exists } from '../../../src/host/files.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-files-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('a dangling symlink is there; what lies below a file or a loop is not', async () => {
  await symlink('nowhere', join(directory, 'dangling'));
  await symlink('loop', join(directory, 'loop'));
  await writeFile(join(directory, 'file'), '');
  expect(await exists(join(directory, 'dangling'))).toBe(true);
  for (const path of ['none', 'file/x', 'loop/x']) expect(await exists(join(directory, path))).toBe(false);
});
