import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';

const PATHS = '../../../src/host/paths.js';
let directory: string;
let fence: typeof import('../../../src/replicate/fence.js');

beforeAll(async () => {
  vi.resetModules();
  vi.doMock(PATHS, async (original) => ({
    ...(await original<typeof import('../../../src/host/paths.js')>()),
    stateDir: (bench: string) => join(directory, bench),
  }));
  fence = await import('../../../src/replicate/fence.js');
}, 60_000);
afterAll(() => {
  vi.doUnmock(PATHS);
  vi.resetModules();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-fence-'));
  await mkdir(join(directory, 'shop'));
});
afterEach(() => rm(directory, { recursive: true }));

/** What a host does that is told to leave its bench to `from`. @returns what it has stopped */
async function told(from: string, config: Partial<BenchConfig>): Promise<string[]> {
  const stopped: string[] = [];
  const runner = {
    run: async ({ argv }: { argv: readonly string[] }) => {
      if (argv[1] === 'stop') stopped.push(...argv.slice(3));
      return { argv, stdout: '', stderr: '', exitCode: 0, durationMs: 0 };
    },
  };
  const whole = {
    ...{ name: 'shop', file: '/srv/benches/shop/bench.toml', mariadb: { instance: 'shop' } },
    ...{ maintenance: { units: [] }, ...config },
  } as unknown as BenchConfig;
  await fence.yieldTo(runner, whole, { bench: 'shop', from, epoch: 2 });
  return stopped;
}

async function copied(to: string): Promise<void> {
  const record = {
    ...{ version: 1, to, startedAt: '', endedAt: null, outcome: 'done', error: null, settings: {} },
    copied: null,
  };
  await writeFile(join(directory, 'shop/replicate.json'), JSON.stringify(record));
}

describe('a host that is told to leave its bench', () => {
  it('does so for the one that its copies go to', async () => {
    expect(await told('web2', { replicate: { to: 'root@web2' } })).toEqual(['mariadb@shop.service']);
  });

  it('does so while it cannot read its bench.toml: its last copy has gone there', async () => {
    await copied('web2');
    expect(await told('web2', { fromRecord: true })).toEqual(['mariadb@shop.service']);
  });

  it('does not for another one', async () => {
    const refused = { code: 'not-its-target', exitCode: 3 };
    await copied('web2');
    await expect(told('web3', { fromRecord: true })).rejects.toMatchObject(refused);
    await expect(told('web3', { replicate: { to: 'web2' } })).rejects.toMatchObject(refused);
    await expect(told('web3', {})).rejects.toMatchObject(refused);
  });

  it('says that it cannot know, where no copy ever went anywhere', async () => {
    await expect(told('web2', { fromRecord: true })).rejects.toMatchObject({
      ...{ code: 'config-unread', exitCode: 3 },
    });
  });
});
