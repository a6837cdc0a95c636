import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { copy, snapshot } from './members.js';

const PATHS = '../../../src/host/paths.js';
const FIND = '../../../src/replicate/find-copy.js';
const FENCE = '../../../src/replicate/fence.js';
const RIGHT = '../../../src/replicate/right.js';
/** How the host stands that sent the copy, and what was done in which order. */
let state: 'live' | 'stopped' | 'unreachable';
let done: string[];
let directory: string;
let promote: typeof import('../../../src/replicate/promote.js');

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-promote-'));
  vi.resetModules();
  vi.doMock(PATHS, () => ({
    STATE_DIR: directory,
    HOST_LOCK: join(directory, 'host.lock'),
    stateDir: (bench: string) => join(directory, bench),
    benchLock: () => join(directory, 'lock'),
    REPLICATE_LOCK: 'replicate.lock',
    OFFSITE_LOCK: 'offsite.lock',
    COPY_LOCKS: [],
  }));
  const found = {
    ...{ bench: 'shop', from: 'web1', pool: 'tank', epoch: 1, members: [], moved: [] },
    ...{ root: 'tank/_copies/shop', copy: { bench: 'shop', members: [copy('.', [snapshot('t1', 1)])] } },
  };
  vi.doMock(FIND, () => ({ findCopy: async () => found }));
  vi.doMock(FENCE, async (original) => ({
    ...(await original<typeof import('../../../src/replicate/fence.js')>()),
    sourceState: async () => ({ host: 'web1', state, epoch: 1, because: null }),
    fenceSource: async () => done.push('fence'),
  }));
  vi.doMock(RIGHT, () => ({
    seeRight: async () => ({ view: { state: 'answered', owner: 'web1', epoch: 1, because: null }, epoch: 2 }),
    claimRight: async () => {
      done.push('claim');
      const { RefusedError } = await import('../../../src/errors.js');
      throw new RefusedError('owner-changed', 'shop was started meanwhile. Nothing was changed.');
    },
  }));
  promote = await import('../../../src/replicate/promote.js');
}, 60_000);
afterAll(async () => {
  for (const path of [PATHS, FIND, FENCE, RIGHT]) vi.doUnmock(path);
  vi.resetModules();
  await rm(directory, { recursive: true });
});

function promoted(now: typeof state) {
  state = now;
  done = [];
  return promote.promote({
    request: { bench: 'shop', stopSource: true },
    runner: {
      run: async ({ argv }) => ({ argv, stdout: '', stderr: '', exitCode: 0, durationMs: 0 }),
    },
    confirm: async () => undefined,
    onEvent: () => undefined,
    beyond: async () => [],
  });
}

test('what is refused after the other host has stopped the bench does not say that nothing was changed', async () => {
  await expect(promoted('live')).rejects.toMatchObject({
    ...{ code: 'promote-failed', exitCode: 1 },
    message:
      'shop is not taken up here, and web1 has stopped it and does not start it: shop was started meanwhile.',
    suggestions: expect.arrayContaining([
      'To go on: bench promote shop',
      'To go back, on web1: bench replicate reclaim -b shop, then bench init -b shop',
    ]),
  });
  expect(done).toEqual(['fence', 'claim']);
  await expect(promoted('stopped')).rejects.toThrow('web1 has left it and does not start it');
});

test('where no other host was told anything it does', async () => {
  await expect(promoted('unreachable')).rejects.toMatchObject({ code: 'owner-changed', exitCode: 3 });
  expect(done).toEqual(['claim']);
});
