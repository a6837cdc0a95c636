import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
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
const { clearOfCopies } = await import('../../../src/snapshot/clear-of-copies.js');
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
const heldBy = <T>(name: string, work: () => Promise<T>) =>
  withLock({ path: join(directory, name), timeoutMs: 0, purpose: 'bench offsite push' }, work);
const busy = { code: 'busy', exitCode: 4, message: expect.stringContaining('bench offsite push') };

test.each(['push.lock', 'replicate.lock'])(
  'while %s is held, nothing is stopped to move what is sent',
  (name) =>
    heldBy(name, async () => {
      const runner = new ScriptedRunner();
      const keep = restoreSnapshot(shop, runner, { tag: 'good', keep: true }, () => undefined);
      await expect(keep).rejects.toMatchObject(busy);
      expect(await readdir(directory)).not.toContain('restore.json');
      expect(runner.lines).toEqual([]);
      // Nothing that is sent is in the way of a rollback that ends no hold of bench's own: it goes on to what it asks first.
      const rollback = restoreSnapshot(shop, runner, { tag: 'good', keep: false }, () => undefined);
      await expect(rollback).rejects.not.toMatchObject(busy);
    }),
);

const hold = { snapshot: 'bench-pool/shop@old', hold: 'bench:offsite' };
test.each<[string, boolean, Parameters<typeof clearOfCopies>[2]]>([
  ['push.lock', true, { mode: 'undo', resumes: false, releases: [] }],
  ['push.lock', false, { mode: 'undo', resumes: true, releases: [] }],
  ['push.lock', false, { mode: 'rollback', resumes: false, releases: [] }],
  ['offsite.lock', false, { mode: 'keep', resumes: false, releases: [] }],
  ['offsite.lock', false, { mode: 'undo', resumes: false, releases: [] }],
  ['offsite.lock', true, { mode: 'rollback', resumes: false, releases: [hold] }],
])('%s is in the way (%s) of %o', async (name, isInTheWay, restore) => {
  const restored = heldBy(name, () => clearOfCopies('shop', 'a restore', restore, async () => 'done'));
  if (isInTheWay) await expect(restored).rejects.toMatchObject(busy);
  else expect(await restored).toBe('done');
});
