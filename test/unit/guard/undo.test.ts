import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';

let directory: string;
vi.doMock('../../../src/host/paths.js', async (original) => ({
  ...(await original<typeof import('../../../src/host/paths.js')>()),
  stateDir: () => directory,
}));
vi.doMock('../../../src/snapshot/snapshot-orchestrator.js', () => ({
  previewRestore: async () => ({ replaces: null }),
}));
// Test files share their modules: one that was loaded before would not see what is mocked here.
vi.resetModules();
const { refuseUndoable } = await import('../../../src/guard/undo.js');
const { withLock } = await import('../../../src/host/lock.js');
const { ScriptedRunner } = await import('../support/scripted-runner.js');

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-guard-'));
});
afterEach(() => rm(directory, { recursive: true }));
afterAll(() => {
  vi.doUnmock('../../../src/host/paths.js');
  vi.doUnmock('../../../src/snapshot/snapshot-orchestrator.js');
  vi.resetModules();
});

const shop = { name: 'shop', volume: { dataset: 'p/shop', pool: 'p' } } as BenchConfig;

test('no command is run that could not be undone, because a copy is on its way', async () => {
  const look = () => refuseUndoable(shop, new ScriptedRunner(), 'guard-1', false);
  await look();
  const lock = { path: join(directory, 'replicate.lock'), timeoutMs: 0, purpose: 'bench replicate run' };
  await withLock(lock, () => expect(look()).rejects.toMatchObject({ code: 'busy', exitCode: 4 }));
  // It was only asked: what begins afterwards is not kept off.
  await withLock(lock, async () => undefined);
});
