import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locateBench } from '../../../src/config/locate.js';
import { EXIT } from '../../../src/errors.js';

let directory: string;
let benchesRoot: string;
let elsewhere: string;
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'bench-locate-')));
  benchesRoot = join(directory, 'benches');
  elsewhere = join(directory, 'home');
  await mkdir(benchesRoot);
  await mkdir(elsewhere);
});
afterEach(() => rm(directory, { recursive: true }));

async function bench(name: string): Promise<string> {
  await mkdir(join(benchesRoot, name, 'sites'), { recursive: true });
  await writeFile(join(benchesRoot, name, 'bench.toml'), '');
  return join(benchesRoot, name);
}

const locate = (options: { bench?: string; cwd?: string; guess?: boolean } = {}) =>
  locateBench({ cwd: elsewhere, benchesRoot, guess: true, ...options });

describe('with -b', () => {
  it('takes the bench of that name, wherever one is', async () => {
    const [shop, test] = [await bench('shop'), await bench('test')];
    expect(await locate({ bench: 'shop', cwd: test, guess: false })).toEqual({
      name: 'shop',
      directory: shop,
      file: join(shop, 'bench.toml'),
    });
  });

  it('says so where it is missing, and which there are', async () => {
    await bench('shop');
    await mkdir(join(benchesRoot, 'empty'));
    for (const name of ['shopp', 'empty']) {
      await expect(locate({ bench: name })).rejects.toMatchObject({
        code: 'bench-not-found',
        exitCode: EXIT.usage,
        message: expect.stringContaining(`/${name}/bench.toml`),
        suggestions: expect.arrayContaining([expect.stringContaining('shop')]),
      });
    }
  });

  it.each(['..', '../shop', 'a/b', '-x', '', 'shop\n', 'shop.before-zfs-20260101'])(
    'refuses %j',
    async (name) => {
      await expect(locate({ bench: name })).rejects.toMatchObject({ code: 'bench-name-invalid' });
    },
  );
});

describe('without -b', () => {
  it('takes the nearest bench.toml upwards', async () => {
    const shop = await bench('shop');
    await bench('test');
    for (const cwd of [shop, join(shop, 'sites')]) {
      expect(await locate({ cwd, guess: false })).toMatchObject({ name: 'shop', directory: shop });
    }
  });

  it('passes over a directory that is called bench.toml', async () => {
    const shop = await bench('shop');
    await mkdir(join(shop, 'sites/bench.toml'));
    expect(await locate({ cwd: join(shop, 'sites') })).toMatchObject({ directory: shop });
  });

  it('takes the only bench there is', async () => {
    const shop = await bench('shop');
    await mkdir(join(benchesRoot, 'shop.before-zfs-20260101-120000'));
    await writeFile(join(benchesRoot, 'shop.before-zfs-20260101-120000', 'bench.toml'), '');
    await mkdir(join(benchesRoot, 'backups', 'x'), { recursive: true });
    await writeFile(join(benchesRoot, 'README'), '');
    expect(await locate()).toEqual({ name: 'shop', directory: shop, file: join(shop, 'bench.toml') });
  });

  it('never guesses where it may not', async () => {
    await bench('shop');
    await expect(locate({ guess: false })).rejects.toMatchObject({
      code: 'bench-required',
      message: expect.stringContaining('shop'),
    });
  });

  it('names them where there are several', async () => {
    await bench('shop');
    await bench('test');
    await expect(locate()).rejects.toMatchObject({
      code: 'bench-ambiguous',
      exitCode: EXIT.usage,
      message: expect.stringMatching(/shop, test/),
    });
  });

  it('takes an empty directory for a bench whose volume is missing: no other bench is guessed then', async () => {
    await mkdir(join(benchesRoot, 'gone'));
    await expect(locate()).rejects.toMatchObject({
      code: 'bench-not-found',
      suggestions: ['See what is wrong with: bench volume status -b gone'],
    });
    await bench('shop');
    await expect(locate()).rejects.toMatchObject({
      code: 'bench-ambiguous',
      message: expect.stringContaining('gone (empty), shop'),
    });
  });

  it('says so where there is none, or not even the root', async () => {
    await expect(locate()).rejects.toMatchObject({ code: 'bench-not-found' });
    await rm(benchesRoot, { recursive: true });
    await expect(locate()).rejects.toMatchObject({ code: 'bench-not-found' });
    await expect(locate({ guess: false })).rejects.toMatchObject({ code: 'bench-required' });
  });

  it('does not pass over what it may not look at', async () => {
    const shop = await bench('shop');
    await rm(join(shop, 'bench.toml'));
    await symlink('bench.toml', join(shop, 'bench.toml'));
    await expect(locate({ bench: 'shop' })).rejects.toMatchObject({
      code: 'bench-not-found',
      message: expect.stringContaining('ELOOP'),
    });
  });
});
