import { chown, lchown, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeDirectory } from '../../../src/host/open-directory.js';

const asRoot = process.geteuid?.() === 0;
const BOB = 12_345;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-directory-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('makeDirectory', () => {
  test('makes one, and leaves alone what is there', async () => {
    const path = join(directory, 'made');
    expect(await makeDirectory(path, undefined)).toBe(true);
    expect(await makeDirectory(path, undefined)).toBe(false);
    expect(await readdir(directory)).toEqual(['made']);
  });

  test('removes what a run that was killed before the last step has left, and nothing else', async () => {
    const others = ['.made.0123456789ab.bench-tmp', '.made.bench-tmp', '.other.0123456789ab.bench-tmp'];
    for (const name of [...others, '.made.ba9876543210.bench-tmp']) await mkdir(join(directory, name));
    await writeFile(join(directory, '.made.0123456789ab.bench-tmp/file'), 'not ours');
    await makeDirectory(join(directory, 'made'), undefined);
    expect((await readdir(directory)).sort()).toEqual([...others, 'made'].sort());
  });

  test('removes it as well where somebody else has made the directory since', async () => {
    for (const name of ['made', '.made.ba9876543210.bench-tmp']) await mkdir(join(directory, name));
    expect(await makeDirectory(join(directory, 'made'), undefined)).toBe(false);
    expect(await readdir(directory)).toEqual(['made']);
  });

  test.runIf(asRoot)("gives it to its owner, and makes none through a user's symlink", async () => {
    const [bob, root] = [join(directory, 'bob'), join(directory, 'root')];
    for (const path of [bob, root]) await mkdir(path);
    await chown(bob, BOB, BOB);
    await makeDirectory(join(bob, 'made'), { uid: BOB, gid: BOB });
    expect(await stat(join(bob, 'made'))).toMatchObject({ uid: BOB, gid: BOB });
    await symlink('../root', join(bob, 'way'));
    await lchown(join(bob, 'way'), BOB, BOB);
    await expect(makeDirectory(join(bob, 'way/made'), undefined)).rejects.toMatchObject({
      code: 'symlink-refused',
    });
    expect(await readdir(root)).toEqual([]);
  });

  test('says clearly where it cannot', async () => {
    await expect(makeDirectory(join(directory, 'none/made'), undefined)).rejects.toMatchObject({
      code: 'write-failed',
    });
  });
});
