import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { copy, snapshot, source } from './members.js';

const PATHS = '../../../src/host/paths.js';
const OWN = '../../../src/bench/own-dataset.js';
const PEER = '../../../src/replicate/peer.js';
const SOURCE = '../../../src/replicate/source.js';
const SNAPSHOT = '../../../src/snapshot/snapshot-orchestrator.js';
const takeSnapshot = vi.fn();
let directory: string;
let run: typeof import('../../../src/replicate/run.js');

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-run-'));
  vi.resetModules();
  vi.doMock(PATHS, async (original) => ({
    ...(await original<typeof import('../../../src/host/paths.js')>()),
    stateDir: () => directory,
  }));
  vi.doMock(OWN, async (original) => ({
    ...(await original<typeof import('../../../src/bench/own-dataset.js')>()),
    requireOwnDataset: async () => ({ name: 'bench-pool/shop' }),
  }));
  const foreign = snapshot('mine', 9);
  vi.doMock(PEER, () => ({
    askLook: async () => ({ members: [copy('.', [snapshot('t1', 1), foreign])] }),
    refuseUnsuited: async () => undefined,
  }));
  vi.doMock(SOURCE, () => ({
    readSource: async () => ({ members: [source('.', [snapshot('t1', 1)])], left: [] }),
  }));
  vi.doMock(SNAPSHOT, () => ({ takeSnapshot }));
  run = await import('../../../src/replicate/run.js');
}, 60_000);
afterAll(async () => {
  for (const path of [PATHS, OWN, PEER, SOURCE, SNAPSHOT]) vi.doUnmock(path);
  vi.resetModules();
  await rm(directory, { recursive: true });
});

test('a copy that is not as it was left is refused before there is another snapshot of the bench', async () => {
  const config = {
    name: 'shop',
    volume: { dataset: 'bench-pool/shop' },
    snapshot: { lockTimeoutMs: 1000 },
    replicate: { to: 'b' },
  } as unknown as BenchConfig;
  const runner = {
    run: async ({ argv }: { argv: readonly string[] }) => ({
      ...{ argv, stdout: 'bench-pool/shop\t-\n', stderr: '', exitCode: 0, durationMs: 0 },
    }),
  };
  const options = { withoutSnapshot: false, onEvent: () => undefined };
  await expect(run.runCopy(config, runner, options)).rejects.toMatchObject({ code: 'copy-diverged' });
  expect(takeSnapshot).not.toHaveBeenCalled();
});
