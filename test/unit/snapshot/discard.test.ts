import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';

let directory: string;
let keptAt: string;
const dropKept = vi.fn();
vi.doMock('../../../src/host/paths.js', async (original) => ({
  ...(await original<typeof import('../../../src/host/paths.js')>()),
  stateDir: () => directory,
  benchLock: () => join(directory, 'lock'),
}));
vi.doMock('../../../src/snapshot/kept.js', async (original) => ({
  ...(await original<typeof import('../../../src/snapshot/kept.js')>()),
  requireKept: async () => ({ dataset: 'p/_shop.kept', keptAt, usedBytes: 0, snapshots: [] }),
  keptWith: async () => [],
  refuseMountedCopy: async () => undefined,
  refuseUndroppable: async () => undefined,
  dropKept,
}));
// Test files share their modules: one that was loaded before would not see what is mocked here.
vi.resetModules();
const { discardKept } = await import('../../../src/snapshot/undo.js');

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-discard-'));
  vi.spyOn(process, 'chdir').mockReturnValue(undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true });
});
afterAll(() => {
  vi.doUnmock('../../../src/host/paths.js');
  vi.doUnmock('../../../src/snapshot/kept.js');
  vi.resetModules();
});

test('only the copy that was shown is dropped, and no other one in its place', async () => {
  const shop = { name: 'shop', volume: { dataset: 'p/shop' }, snapshot: { lockTimeoutMs: 0 } } as BenchConfig;
  // There is no copy besides.
  const runner = { run: async ({ argv }: { argv: readonly [string, ...string[]] }) => ({ ...ENDED, argv }) };
  const shown = '2026-11-24T16:40:37.000Z';
  keptAt = '2026-11-24T17:00:00.000Z';
  await expect(discardKept(shop, runner, shown)).rejects.toMatchObject({
    code: 'changed-meanwhile',
    exitCode: 3,
    message: expect.stringContaining(keptAt),
  });
  expect(dropKept).not.toHaveBeenCalled();
  keptAt = shown;
  expect(await discardKept(shop, runner, shown)).toMatchObject({ discarded: true, keptAt: shown });
  expect(dropKept).toHaveBeenCalledExactlyOnceWith(expect.anything(), 'p/_shop.kept');
});

const ENDED = { stdout: '', stderr: '', exitCode: 0, durationMs: 0 };
