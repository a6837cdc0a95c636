import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { GuardJournal, RestoreJournal } from '../../../src/bench/bench.js';
import type { BenchConfig } from '../../../src/config/config.js';
import type { Runner } from '../../../src/host/exec.js';

let directory: string;
/** What stands under the names of the bench and of its kept copy: GUID and origin of each. */
let at: Record<string, [guid: string, origin: string]>;
const restoreSnapshot = vi.fn();
vi.doMock('../../../src/host/paths.js', async (original) => ({
  ...(await original<typeof import('../../../src/host/paths.js')>()),
  stateDir: () => directory,
}));
vi.doMock('../../../src/snapshot/snapshot-orchestrator.js', () => ({
  keptNames: () => ({ live: 'p/shop', kept: 'p/_shop.kept', aside: 'p/_shop.aside' }),
  standings: async () =>
    new Map(Object.entries(at).map(([name, [guid, origin]]) => [name, { guid, origin, marked: true }])),
  previewRestore: async () => ({ replaces: null, finishes: true, volumes: [] }),
  restoreSnapshot,
}));
// Test files share their modules: one that was loaded before would not see what is mocked here.
vi.resetModules();
const { acceptGuard, resumeGuard, undoGuard } = await import('../../../src/guard/guard.js');
const { BenchError } = await import('../../../src/errors.js');
const { readGuard, removeJournal, writeGuard, writeJournal } = await import('../../../src/bench/bench.js');

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-guard-'));
  vi.spyOn(process, 'chdir').mockReturnValue(undefined);
  restoreSnapshot.mockReset();
  changes.length = 0;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true });
});
afterAll(() => {
  vi.doUnmock('../../../src/host/paths.js');
  vi.doUnmock('../../../src/snapshot/snapshot-orchestrator.js');
  vi.resetModules();
});

const shop = { name: 'shop', volume: { dataset: 'p/shop', pool: 'p' } } as BenchConfig;
/** All that changes something, as it would be typed. */
const changes: string[] = [];
const states: Record<string, string> = { 'web.service': 'failed', 'queue.service': 'activating' };
/** The dataset of the bench is there; of units those that are named above are in that state, and no other one runs. */
const runner: Runner = {
  run: async ({ argv }) => {
    const units = argv.slice(argv.indexOf('--') + 1);
    const shown = units.map((unit) => `ActiveState=${states[unit] ?? 'inactive'}\n`);
    const stdout =
      argv[1] === 'show' ? shown.join('\n') : argv[1] === 'list' ? `p/shop${'\t0'.repeat(20)}\n` : '';
    if (argv[0] === 'systemctl' && argv[1] !== 'show') changes.push(argv.join(' '));
    return { argv, stdout, stderr: '', exitCode: 0, durationMs: 0 };
  },
};
const guarding = { output: 'stderr', onStep: () => undefined, ask: async () => false } as const;
const left: GuardJournal = {
  version: 1,
  tag: 'guard-1',
  phase: 'undoing',
  command: ['false'],
  scope: 'bench-guard-shop-1.scope',
  pid: 1,
  start: '1',
  startedAt: 'now',
  check: null,
  checkTimeoutMs: 1,
  undo: 'auto',
  exitCode: 1,
  signal: null,
  reason: 'the command ended with 1',
  liveGuid: 'failed',
};
const restore: RestoreJournal = {
  version: 2,
  mode: 'keep',
  volumes: [],
  swap: { liveGuid: 'failed', keptGuid: null, keptAt: 'now', properties: {} },
  tag: 'guard-1',
  snapshotGuid: '1',
  startedAt: 'now',
  phase: 'begun',
  maintenanceBefore: null,
  activeUnits: [],
  settings: {},
};
const FINISHED: typeof at = { 'p/shop': ['clone', '-'], 'p/_shop.kept': ['failed', 'p/shop@guard-1'] };
const SWAPPED_BACK: typeof at = { 'p/shop': ['failed', '-'], 'p/_shop.kept': ['clone', 'p/shop@guard-1'] };
const UNTOUCHED: typeof at = { 'p/shop': ['failed', '-'], 'p/_shop.kept': ['older', 'p/shop@nightly'] };

describe('an undo that was left half way', () => {
  test.each([
    ['undoing', resumeGuard],
    ['undoing', undoGuard],
    ['failed', undoGuard],
  ] as const)(
    'finished by a restore of the operator in the phase %s, it is not done again',
    async (phase, go) => {
      at = FINISHED;
      await writeGuard('shop', { ...left, phase });
      const undone = { outcome: 'undone', restored: 'restored', kept: 'p/_shop.kept' };
      expect(await go(shop, runner, guarding)).toMatchObject(undone);
      expect(restoreSnapshot).not.toHaveBeenCalled();
      expect(await readGuard('shop')).toBeUndefined();
    },
  );

  test('given up by undo-restore, only who asks for it has it restored', async () => {
    at = SWAPPED_BACK;
    await writeGuard('shop', left);
    await expect(resumeGuard(shop, runner, guarding)).rejects.toMatchObject({
      code: 'guard-decided',
      suggestions: [expect.stringContaining('--accept'), expect.stringContaining('--undo')],
    });
    expect(restoreSnapshot).not.toHaveBeenCalled();
    expect(await undoGuard(shop, runner, guarding)).toMatchObject({ outcome: 'undone' });
    expect(restoreSnapshot).toHaveBeenCalledOnce();
  });

  test('given up before anything had changed places, too: that a restore had begun is written down', async () => {
    at = UNTOUCHED;
    await writeGuard('shop', left);
    restoreSnapshot.mockImplementation(async () => {
      await writeJournal('shop', restore);
      throw new BenchError('restore-unfinished', 'The restore is not finished.');
    });
    expect((await resumeGuard(shop, runner, guarding)).outcome).toBe('not-undone');
    await expect(acceptGuard(shop, runner)).rejects.toMatchObject({ code: 'guard-unfinished' });
    await removeJournal('shop');
    await expect(resumeGuard(shop, runner, guarding)).rejects.toMatchObject({ code: 'guard-decided' });
    expect((await acceptGuard(shop, runner)).outcome).toBe('accepted');
    expect(restoreSnapshot).toHaveBeenCalledOnce();
  });

  test.each([
    ['refused before its restore began', left],
    ['of a bench that wrote less down', { ...left, liveGuid: undefined }],
  ])('%s, it is done', async (_, journal) => {
    at = UNTOUCHED;
    await writeGuard('shop', journal);
    expect((await resumeGuard(shop, runner, guarding)).outcome).toBe('undone');
    expect(restoreSnapshot).toHaveBeenCalledOnce();
  });
});

test('what ran before the command and does not now is started, also where another command has finished the undo', async () => {
  at = FINISHED;
  await writeGuard('shop', { ...left, activeUnits: ['web.service', 'queue.service'] });
  expect((await resumeGuard(shop, runner, guarding)).notes).toEqual([]);
  expect(changes).toEqual(['systemctl reset-failed -- web.service', 'systemctl start -- web.service']);
});
