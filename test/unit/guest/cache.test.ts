import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cacheRoot, ensureEntry, leaseEntry, removeUnused } from '../../../guest/cache.js';

// flock(2) through util-linux, as on every Linux; the guest itself runs on nothing else.
describe.runIf(process.platform === 'linux')('the cache', () => {
  let root: string;
  let entry: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'guest-cache-'));
    entry = path.join(root, 'aaaaaaaaaaaaaaaa');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const fill = async (dir: string) => writeFileSync(path.join(dir, 'image'), 'complete');

  test('builds what is missing once and then takes it as it is', async () => {
    let builds = 0;
    const build = async (dir: string) => {
      builds++;
      await fill(dir);
    };
    (await ensureEntry(entry, build)).lease.release();
    (await ensureEntry(entry, build)).lease.release();
    expect(builds).toBe(1);
    expect(readdirSync(entry)).toEqual(['image']);
  });

  test('two builds at once make it once', async () => {
    let builds = 0;
    const build = async (dir: string) => {
      builds++;
      await sleep(100);
      await fill(dir);
    };
    const entries = await Promise.all([ensureEntry(entry, build), ensureEntry(entry, build)]);
    for (const { lease } of entries) lease.release();
    expect(builds).toBe(1);
  });

  test('what a killed build left is noticed, removed and built anew', async () => {
    mkdirSync(`${entry}.partial`);
    writeFileSync(path.join(`${entry}.partial`, 'half'), '');
    const said: string[] = [];
    (await ensureEntry(entry, fill, (line) => said.push(line))).lease.release();
    expect(said.join()).toContain('interrupted build');
    expect(readdirSync(entry)).toEqual(['image']);
  });

  test('a failed build leaves nothing, and the next one may succeed', async () => {
    const fail = async (dir: string) => {
      await fill(dir);
      throw new Error('mirror gone');
    };
    await expect(ensureEntry(entry, fail)).rejects.toThrow('mirror gone');
    expect(existsSync(entry)).toBe(false);
    expect(existsSync(`${entry}.partial`)).toBe(false);
    (await ensureEntry(entry, fill)).lease.release();
    expect(existsSync(entry)).toBe(true);
  });

  test('removes what nobody uses, and nothing that is leased, kept, recent or not ours', async () => {
    const age = (name: string) => utimesSync(path.join(root, name), 1000, 1000);
    for (const name of [
      'aaaaaaaaaaaaaaaa',
      'bbbbbbbbbbbbbbbb',
      'cccccccccccccccc',
      'dddddddddddddddd',
      'mine',
    ]) {
      mkdirSync(path.join(root, name));
      if (name !== 'dddddddddddddddd') age(name);
    }
    mkdirSync(path.join(root, 'eeeeeeeeeeeeeeee.partial'));
    age('eeeeeeeeeeeeeeee.partial');
    const lease = await leaseEntry(path.join(root, 'bbbbbbbbbbbbbbbb'));
    const removed = await removeUnused(root, {
      names: /^[0-9a-f]{16}$/,
      keep: () => ['cccccccccccccccc'],
      olderThanMs: 60_000,
    });
    lease.release();
    expect(removed.sort()).toEqual(['aaaaaaaaaaaaaaaa', 'eeeeeeeeeeeeeeee']);
    const left = readdirSync(root).filter((name) => !name.endsWith('.lock'));
    expect(left.sort()).toEqual(['bbbbbbbbbbbbbbbb', 'cccccccccccccccc', 'dddddddddddddddd', 'mine']);
  });

  test('a lease on what is not there is refused', async () => {
    await expect(leaseEntry(entry)).rejects.toThrow('is gone');
  });
});

test('the cache lies where XDG says, and a relative value counts as unset', () => {
  expect(cacheRoot({ XDG_CACHE_HOME: '/var/cache/me' })).toBe('/var/cache/me/bench-guest');
  expect(cacheRoot({ XDG_CACHE_HOME: 'cache' })).toBe(path.join(os.homedir(), '.cache/bench-guest'));
});
