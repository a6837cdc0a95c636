import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RestoreJournal } from '../../../src/bench/bench.js';
import { checkConfig } from '../../../src/config/load.js';

let directory: string;
vi.doMock('../../../src/host/paths.js', async (original) => ({
  ...(await original<typeof import('../../../src/host/paths.js')>()),
  stateDir: () => directory,
  benchLock: () => join(directory, 'lock'),
}));
vi.doMock('../../../src/snapshot/preflight.js', () => ({
  refuseHost: async () => ['mariadb@shop.service'],
  preflight: async (_: unknown, __: unknown, { keep }: { keep: boolean }) => ({
    preview: { destroys: [], replaces: null, volumes: [], releases: [], keeps: keep },
    found: { mode: keep ? 'keep' : 'rollback', tag: 'good', resumes: false, units: [], volumes: [] },
  }),
}));
// Test files share their modules: one that was loaded before would not see what is mocked here.
vi.resetModules();
const { restoreSnapshot } = await import('../../../src/snapshot/restore.js');
const { undoRestore } = await import('../../../src/snapshot/undo.js');
const { writeJournal } = await import('../../../src/bench/bench.js');
const { withLock } = await import('../../../src/host/lock.js');
const { ScriptedRunner } = await import('../support/scripted-runner.js');

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-restore-'));
  vi.spyOn(process, 'chdir').mockReturnValue(undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true });
});
afterAll(() => {
  vi.doUnmock('../../../src/host/paths.js');
  vi.doUnmock('../../../src/snapshot/preflight.js');
  vi.resetModules();
});

const { config } = await checkConfig('[bench]\nname = "shop"\n', '/srv/benches/shop/bench.toml');
if (config === undefined) throw new Error('not valid');
const shop = config;
const interrupted: RestoreJournal = {
  version: 2,
  mode: 'undo',
  volumes: [],
  swap: { liveGuid: '1', keptGuid: '2', keptAt: 'now', properties: {} },
  tag: 'undo',
  snapshotGuid: '',
  startedAt: 'now',
  phase: 'begun',
  maintenanceBefore: null,
  activeUnits: [],
  settings: {},
};

test.each(['offsite.lock', 'replicate.lock'])(
  'while %s is held, nothing is stopped to move what is sent',
  (name) =>
    withLock({ path: join(directory, name), timeoutMs: 0, purpose: 'bench offsite push' }, async () => {
      const runner = new ScriptedRunner();
      const busy = { code: 'busy', exitCode: 4, message: expect.stringContaining('bench offsite push') };
      const keep = restoreSnapshot(shop, runner, { tag: 'good', keep: true }, () => undefined);
      await expect(keep).rejects.toMatchObject(busy);
      expect(await readdir(directory)).not.toContain('restore.json');
      await writeJournal('shop', interrupted);
      await expect(undoRestore(shop, runner)).rejects.toMatchObject(busy);
      expect(runner.lines).toEqual([]);
      // Nothing that is sent is in the way of a rollback that ends no hold of bench's own: it goes on to what it asks first.
      const rollback = restoreSnapshot(shop, runner, { tag: 'good', keep: false }, () => undefined);
      await expect(rollback).rejects.not.toMatchObject(busy);
    }),
);
