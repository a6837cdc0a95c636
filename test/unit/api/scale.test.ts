import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { type Host, ManyBenches, makeBenches } from './many.js';

// The kernel says which pools there are; here is none.
const pools = '../../../src/bench/suspended-pools.js';
vi.resetModules();
vi.doMock(pools, async (original) => ({
  ...(await original<typeof import('../../../src/bench/suspended-pools.js')>()),
  importedPools: async () => ['bench-pool'],
}));
const { apiServer } = await import('./harness.js');
afterAll(() => {
  vi.doUnmock(pools);
  vi.resetModules();
});

const GETS = ['/v1/benches', '/v1/volumes', '/v1/volumes?search=files%207', '/v1/schedules'];

/** What everybody who looks makes the host start. */
async function processesFor(host: Host): Promise<{ programs: string[]; counts: number[] }> {
  const runner = new ManyBenches(host);
  const server = await apiServer({ runner, freshMs: 600_000 });
  rmSync(join(server.benches, 'shop'), { recursive: true });
  makeBenches(server.benches, host);
  const counts: number[] = [];
  // Fifty who look at the same moment.
  for (const path of GETS) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => server.ask({ path, via: 'unix' })));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    const [first] = Object.values(answers[0]?.json() ?? {}) as unknown as [unknown[]];
    counts.push(first.length);
  }
  return { programs: runner.commands.map(({ argv }) => argv.slice(0, 2).join(' ')), counts };
}

test('200 benches with 1,000 volumes and fifty who look cost the processes that one bench and one of them cost', async () => {
  const one = await processesFor({ benches: 1, volumes: 1 });
  const many = await processesFor({ benches: 200, volumes: 1000 });
  expect(many.counts).toEqual([200, 1200, 111, 0]);
  expect(many.programs).toEqual(one.programs);
  expect(many.programs.length).toBeLessThan(8);
});
