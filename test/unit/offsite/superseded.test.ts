import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { checkConfig } from '../../../src/config/load.js';
import { ScriptedRunner } from '../support/scripted-runner.js';
import { copyOf } from './copies.js';
import { MemoryStore } from './memory-store.js';

let directory: string;
let bench: typeof import('../../../src/bench/bench.js');
let offsite: typeof import('../../../src/offsite/offsite.js');
const store = new MemoryStore();
const MOCKED = ['host/paths.js', 'offsite/s3.js', 'offsite/credentials.js'].map((at) => `../../../src/${at}`);
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-superseded-'));
  await mkdir(join(directory, 'shop'));
  vi.resetModules();
  const [paths = '', s3 = '', credentials = ''] = MOCKED;
  vi.doMock(paths, async (original) => ({
    ...(await original<typeof import('../../../src/host/paths.js')>()),
    stateDir: (name: string) => join(directory, name),
  }));
  vi.doMock(s3, () => ({ openS3: () => store }));
  vi.doMock(credentials, () => ({ readCredentials: async () => ({}) }));
  bench = await import('../../../src/bench/bench.js');
  offsite = await import('../../../src/offsite/offsite.js');
  await bench.noteSuperseded('shop', { epoch: 2, by: 'b' });
  const { sealManifest } = await import('../../../src/offsite/manifest.js');
  for (const copy of [copyOf(1, 2), copyOf(2, 1)]) {
    const found = { ...copy, id: `2026053${copy.snapshot.guid}-120000-${copy.snapshot.guid}-full` };
    const whole = { ...found, chain: { full: found.id, increments: 0 } };
    const bytes = Buffer.from(sealManifest(whole));
    store.objects.set(`shop/${whole.id}/manifest.json`, { bytes, lockedUntil: undefined });
  }
});
afterAll(async () => {
  for (const at of MOCKED) vi.doUnmock(at);
  vi.resetModules();
  await rm(directory, { recursive: true });
});

async function shop(): Promise<BenchConfig> {
  const text = `[bench]\nname = "shop"\n[offsite]\nurl = "s3://copies/hosts/one"\ncredentials = "/etc/key"
recipients = ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"]\nkeep = { last = 1 }\n`;
  const { config, findings } = await checkConfig(text, '/srv/benches/shop/bench.toml');
  if (config === undefined) throw new Error(JSON.stringify(findings));
  return config;
}

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
