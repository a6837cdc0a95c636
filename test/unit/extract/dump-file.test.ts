import { link, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeDump } from '../../../src/extract/dump-file.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-dump-'));
});
afterEach(() => rm(directory, { recursive: true }));

const LEFT = '.app.sql.0123456789ab.bench-tmp';
const nothing = async () => undefined;

test('a dump that is there stays, and the first name that a killed run has left of it goes', async () => {
  const path = join(directory, 'app.sql');
  await writeDump(path, 1, nothing);
  await link(path, join(directory, LEFT));
  await expect(writeDump(path, 1, nothing)).rejects.toMatchObject({ code: 'file-exists' });
  expect(await readdir(directory)).toEqual(['app.sql']);
});

test('a dump that another run is just writing beside one that is there is left alone', async () => {
  const path = join(directory, 'app.sql');
  await writeDump(path, 1, nothing);
  await writeFile(join(directory, LEFT), 'half');
  await expect(writeDump(path, 1, nothing)).rejects.toMatchObject({ code: 'file-exists' });
  expect((await readdir(directory)).sort()).toEqual([LEFT, 'app.sql']);
});
