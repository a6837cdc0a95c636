import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dropOriginal, holdsOnlyConfig } from '../../../src/bench/original.js';

const TEXT = '[bench]\nname = "shop"\n';

let root: string;
let aside: string;
let source: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bench-original-'));
  [aside, source] = [join(root, 'shop.before-zfs'), join(root, 'benches')];
  for (const directory of [aside, source]) {
    await mkdir(directory);
    await writeFile(join(directory, 'bench.toml'), TEXT);
  }
});
afterEach(() => rm(root, { recursive: true }));

const LEFTOVER = '.bench.toml.0123456789ab.bench-tmp';

describe('a directory with nothing but its bench.toml', () => {
  test('is none worth to be kept, what a killed bench new has left included', async () => {
    expect(await holdsOnlyConfig(aside)).toBe(true);
    await writeFile(join(aside, LEFTOVER), 'half');
    expect(await holdsOnlyConfig(aside)).toBe(true);
    expect(await dropOriginal(aside, source)).toBe(true);
    expect(await readdir(root)).toEqual(['benches']);
    expect(await dropOriginal(aside, source)).toBe(true);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['a file more', () => writeFile(join(aside, 'notes'), '')],
    ['a directory more', () => mkdir(join(aside, 'sites'))],
    ['a hidden file more', () => writeFile(join(aside, '.env'), '')],
    [
      'a symlink for it',
      () => rm(join(aside, 'bench.toml')).then(() => symlink('/etc/passwd', join(aside, 'bench.toml'))),
    ],
  ])('is none with %s, and stays whole', async (_, change) => {
    await change();
    const before = await readdir(aside);
    expect(await holdsOnlyConfig(aside)).toBe(false);
    expect(await dropOriginal(aside, source)).toBe(false);
    expect(await readdir(aside)).toEqual(before);
  });

  test('stays where the copy is another one, or none', async () => {
    await writeFile(join(source, 'bench.toml'), `${TEXT}# edited\n`);
    expect(await dropOriginal(aside, source)).toBe(false);
    await rm(join(source, 'bench.toml'));
    expect(await dropOriginal(aside, source)).toBe(false);
    expect(await readdir(aside)).toEqual(['bench.toml']);
  });

  test('goes where it was emptied already', async () => {
    await rm(join(aside, 'bench.toml'));
    expect(await holdsOnlyConfig(aside)).toBe(false);
    expect(await dropOriginal(aside, source)).toBe(true);
  });

  test('is none that is not there, or no directory', async () => {
    expect(await holdsOnlyConfig(join(root, 'none'))).toBe(false);
    expect(await holdsOnlyConfig(join(aside, 'bench.toml'))).toBe(false);
  });
});
