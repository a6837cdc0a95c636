import { execFileSync } from 'node:child_process';
import { chownSync, lchownSync, linkSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isClear, ROOT_WRITES } from './root-writes.js';
import { RUNS, TIMEOUT_MS } from './runs.js';
import { give, INTRUDER, setTrap, type Trap } from './trap.js';

const asRoot = process.geteuid?.() === 0;

/** Whatever bench reads, writes or makes by a name that can be known before. */
const PLACES = [
  'bench.toml',
  'bench.toml.old',
  '.bench-volume',
  'sites',
  'sites/common_site_config.json',
  'apps',
  '.apps.bench-tmp',
  '.sites.bench-tmp',
  '.sites',
  'logs',
  'text',
  '.text.0123456789ab.bench-tmp',
  '.bench.toml.0123456789ab.bench-tmp',
  '',
] as const;

/** `same`: of the same name, so that it has what is looked for. */
const CANARIES = [
  'same',
  'bench.toml',
  'text',
  'common_site_config.json',
  '.bench-volume',
  'empty',
  'sites',
  '',
] as const;

interface Plant {
  place: (typeof PLACES)[number];
  kind:
    | 'symlink'
    | 'relative'
    | 'two symlinks'
    | 'hard link'
    | 'dangling'
    | 'loop'
    | 'fifo'
    | 'directory'
    | 'nothing'
    | 'garbage';
  canary: (typeof CANARIES)[number];
}

const plant: fc.Arbitrary<Plant> = fc.record({
  place: fc.oneof(fc.constantFrom(...PLACES), fc.constantFrom(...PLACES.slice(0, 5))),
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constant('symlink' as const) },
    fc.constantFrom(
      'relative',
      'two symlinks',
      'hard link',
      'dangling',
      'loop',
      'fifo',
      'directory',
      'nothing',
      'garbage',
    ),
  ),
  canary: fc.oneof(fc.constant('same' as const), fc.constantFrom(...CANARIES)),
});

/** Puts something else in the place of an entry, as the owner of its directory could. */
function put(trap: Trap, { place, kind, canary: chosen }: Plant): void {
  const canary = chosen === 'same' ? basename(place) : chosen;
  const path = place === '' ? trap.bench : join(trap.bench, place);
  const target = join(trap.canary, canary);
  const link = (to: string, at = path) => {
    symlinkSync(to, at);
    lchownSync(at, INTRUDER, INTRUDER);
  };
  try {
    rmSync(path, { recursive: true, force: true });
    if (kind === 'symlink') link(target);
    else if (kind === 'relative')
      link(`${'../'.repeat(place.split('/').length + (place === '' ? 1 : 2))}canary/${canary}`);
    else if (kind === 'two symlinks') {
      link(target, join(trap.home, `way-${place.replaceAll('/', '-')}`));
      link(join(trap.home, `way-${place.replaceAll('/', '-')}`));
    } else if (kind === 'hard link') linkSync(target, path);
    else if (kind === 'dangling') link(join(trap.canary, 'new'));
    else if (kind === 'loop') link(path);
    else if (kind === 'fifo') {
      // Whose failure has no code.
      readdirSync(dirname(path));
      execFileSync('mkfifo', [path]);
    } else if (kind === 'directory') mkdirSync(path);
    else if (kind === 'garbage') give(path, '[bench\n{');
    if (kind === 'directory') chownSync(path, INTRUDER, INTRUDER);
  } catch (error) {
    // Its directory is not there any more, or is no directory; no hard link to a directory.
    if (
      !['ENOENT', 'ENOTDIR', 'EPERM', 'EEXIST', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')
    )
      throw error;
  }
}

const HANG_MS = 20_000;

describe.runIf(asRoot)(
  'whatever a user puts into a bench directory, nothing outside is touched or read out by',
  () => {
    test.each(Object.entries(ROOT_WRITES))('%s', { timeout: TIMEOUT_MS }, async (_, write) => {
      let done = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(plant, { minLength: 1, maxLength: 3 }), async (plants) => {
          const trap = setTrap();
          try {
            for (const each of plants) put(trap, each);
            const before = trap.digest();
            const outcome = await Promise.race([
              write(trap, 1).then(
                () => 'done',
                (error: unknown) => (isClear(error) ? 'refused' : error),
              ),
              sleep(HANG_MS, 'hangs', { ref: false }),
            ]);
            if (outcome === 'done') done++;
            expect(['done', 'refused']).toContain(outcome);
            expect(trap.digest()).toBe(before);
            expect(trap.leaks()).toEqual([]);
          } finally {
            trap.remove();
          }
        }),
        { numRuns: Math.ceil(RUNS / 2) },
      );
      // Else nothing but refusals was seen.
      expect(done).toBeGreaterThan(0);
    });
  },
);
