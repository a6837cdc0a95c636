import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { sealManifest } from '../../../src/offsite/manifest.js';
import { ScriptedRunner } from '../support/scripted-runner.js';
import { copyOf } from './copies.js';
import { MemoryStore } from './memory-store.js';
import { shop as benchOf, withoutHost } from './without-a-host.js';

let bench: typeof import('../../../src/bench/bench.js');
let offsite: typeof import('../../../src/offsite/offsite.js');
const store = new MemoryStore();
let end: () => Promise<void>;
beforeAll(async () => {
  ({ end } = await withoutHost(store));
  bench = await import('../../../src/bench/bench.js');
  offsite = await import('../../../src/offsite/offsite.js');
  await bench.noteSuperseded('shop', { epoch: 2, by: 'b' });
  for (const copy of [copyOf(1, 2), copyOf(2, 1)]) {
    const found = { ...copy, id: `2026053${copy.snapshot.guid}-120000-${copy.snapshot.guid}-full` };
    const whole = { ...found, chain: { full: found.id, increments: 0 } };
    const bytes = Buffer.from(sealManifest(whole));
    store.objects.set(`shop/${whole.id}/manifest.json`, { bytes, lockedUntil: undefined });
  }
});
afterAll(() => end());

const shop = () => benchOf('keep = { last = 1 }');

/** Knows nothing of ZFS: whoever asks it has gone too far. */
const host = () => new ScriptedRunner([{ argv: ['age', '--version'] }]);
const request = { full: false, takeOver: false };

test.each<[string, (config: BenchConfig) => Promise<unknown>]>([
  ['pushes nothing', (config) => offsite.push(config, host(), request)],
  ['says so of what it would push', (config) => offsite.previewPush(config, host(), request)],
  ['prunes nothing', (config) => offsite.pruneCopies(config, host(), { dryRun: false })],
  ['says so of what it would prune', (config) => offsite.pruneCopies(config, host(), { dryRun: true })],
])('a host whose bench another one has taken up %s', async (_, work) => {
  const before = [...store.objects];
  await expect(work(await shop())).rejects.toMatchObject({ code: 'superseded', exitCode: 3 });
  expect([...store.objects]).toEqual(before);
});

test('it reads what is there, and prunes again once it has the bench back', async () => {
  const { copies } = await offsite.listCopies(await shop(), host());
  expect(copies).toHaveLength(2);
  await bench.forgetSuperseded('shop');
  const { pruned } = await offsite.pruneCopies(await shop(), host(), { dryRun: false });
  expect(pruned).toEqual([copies[0]?.id]);
});
