import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isClear, ROOT_WRITES } from './root-writes.js';
import { RUNS, TIMEOUT_MS } from './runs.js';
import { INTRUDER, setTrap, type Trap } from './trap.js';

const asRoot = process.geteuid?.() === 0;
/** As text: the intruder may not be allowed to read this folder. */
const SWAPPER = readFileSync(new URL('swapper.mjs', import.meta.url), 'utf8');

let trap: Trap;
let swapper: ChildProcess | undefined;
beforeEach(() => {
  trap = setTrap();
});
afterEach(async () => {
  if (swapper?.exitCode === null) {
    swapper.kill('SIGKILL');
    await once(swapper, 'exit');
  }
  trap.remove();
});

async function swap(...swaps: [path: string, target: string][]): Promise<void> {
  const made = ['apps', 'bench.toml.old'].map((name) => join(trap.bench, name));
  const argv = [
    '--input-type=module',
    '-e',
    SWAPPER,
    String(INTRUDER),
    JSON.stringify(swaps),
    JSON.stringify(made),
  ];
  const child = spawn(process.execPath, argv, { cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] });
  swapper = child;
  const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  expect(String(said)).toBe('swapping\n');
}

/** What is swapped while root works: below, at and above the bench's directory, and what it is led to. */
const SWAPS: Readonly<Record<string, (trap: Trap) => [string, string][]>> = {
  'its files': ({ bench, canary }) => [
    [join(bench, 'bench.toml'), join(canary, 'bench.toml')],
    [join(bench, 'sites/common_site_config.json'), join(canary, 'common_site_config.json')],
    [join(bench, '.bench-volume'), join(canary, '.bench-volume')],
    [join(bench, 'text'), join(canary, 'text')],
  ],
  'its directory sites': ({ bench, canary }) => [
    [join(bench, 'sites'), join(canary, 'sites')],
    [join(bench, '.apps.bench-tmp'), join(canary, 'empty')],
  ],
  'the bench directory itself': ({ bench, canary }) => [[bench, canary]],
  'the directory above it': ({ home, canary }) => [
    [home, canary],
    [home, join(canary, 'above')],
  ],
};

describe.runIf(asRoot)('while a user swaps', () => {
  test.each(Object.entries(SWAPS))(
    '%s for a symlink, nothing outside is touched or read out',
    {
      timeout: TIMEOUT_MS,
    },
    async (_, swaps) => {
      const before = trap.digest();
      await swap(...swaps(trap));
      const done = new Set<string>();
      for (let run = 0; run < Math.ceil(RUNS / 8); run++) {
        for (const [name, write] of Object.entries(ROOT_WRITES)) {
          try {
            await write(trap, run);
            done.add(name);
          } catch (error) {
            if (!isClear(error)) throw error;
          }
          expect(trap.digest(), name).toBe(before);
        }
      }
      swapper?.kill('SIGKILL');
      expect(trap.leaks()).toEqual([]);
      // Else nothing but refusals was seen.
      expect(done.size).toBeGreaterThan(0);
    },
  );
});
