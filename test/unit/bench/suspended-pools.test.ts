import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { suspendedPools } from '../../../src/bench/suspended-pools.js';

test('pools that the kernel says are suspended are found among its other figures', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bench-pools-'));
  try {
    for (const [pool, state] of [
      ['bench-pool', 'SUSPENDED\n'],
      ['tank', 'ONLINE\n'],
    ] as const) {
      await mkdir(join(directory, pool));
      await writeFile(join(directory, pool, 'state'), state);
    }
    await mkdir(join(directory, 'just-exported'));
    await writeFile(join(directory, 'arcstats'), 'hits 4 SUSPENDED\n');
    expect(await suspendedPools(directory)).toEqual(['bench-pool']);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('without ZFS there is none', async () => {
  expect(await suspendedPools('/nonexistent/zfs')).toEqual([]);
});
