import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { editConfig } from '../../../src/config/edit.js';
import { workerOf } from '../support/worker.js';

const worker = workerOf(new URL('edit-worker.ts', import.meta.url));
/** Without the lock one of them loses a change within the first few. */
const CHANGES = 60;
const TEXT = '# ours\n[bench]\nname = "shop" # keep\n\n[counters] # of the test\na = 0\n# b:\nb = 0\n';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-race-'));
  file = join(directory, 'bench.toml');
  await writeFile(file, TEXT);
  await chmod(file, 0o640);
});
afterEach(() => rm(directory, { recursive: true }));

const counted = (a: string, b: string) => TEXT.replace('a = 0', `a = ${a}`).replace('b = 0', `b = ${b}`);

describe('writers at once', () => {
  it('lose nothing: two processes with many changes each, one of them through a symlink', async () => {
    const link = join(directory, 'link.toml');
    await symlink('bench.toml', link);
    const exits = [worker(file, 'a', `${CHANGES}`), worker(link, 'b', `${CHANGES}`)].map((child) =>
      once(child, 'exit'),
    );
    expect(await Promise.all(exits)).toEqual([
      [0, null],
      [0, null],
    ]);
    expect(await readFile(file, 'utf8')).toBe(counted(`${CHANGES}`, `${CHANGES}`));
    expect((await readdir(directory)).sort()).toEqual(['bench.toml', 'link.toml']);
  }, 120_000);

  it('killed at any moment leave a whole file, its mode, and no lock', async () => {
    let last = 0;
    for (let round = 0; round < 6; round++) {
      const child = worker(file, 'a', '1000000');
      await once(child.stdout, 'data');
      await sleep(10 + Math.random() * 90);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const text = await readFile(file, 'utf8');
      const count = /^a = (\d+)$/m.exec(text)?.[1] ?? '';
      expect(text).toBe(counted(count, '0'));
      expect(Number(count)).toBeGreaterThanOrEqual(last);
      last = Number(count);
      expect((await stat(file)).mode & 0o777).toBe(0o640);
    }
    // The next writer is not kept waiting, and clears away what the killed ones have left.
    expect(await editConfig(file, [{ key: 'counters.b', value: 7 }])).toMatchObject({ changed: true });
    expect(await readdir(directory)).toEqual(['bench.toml']);
    expect(last).toBeGreaterThan(0);
  }, 60_000);
});
