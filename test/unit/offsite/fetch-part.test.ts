import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Command, Runner } from '../../../src/host/exec.js';
import { partName } from '../../../src/offsite/layout.js';
import type { Manifest } from '../../../src/offsite/manifest.js';
import { copyOf } from './copies.js';
import { MemoryStore, md5 } from './memory-store.js';

let directory: string;
let fetch: typeof import('../../../src/offsite/fetch-part.js');
let store: typeof import('../../../src/offsite/store.js');
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-fetch-'));
  vi.resetModules();
  vi.doMock('../../../src/host/paths.js', () => ({ stateDir: () => directory }));
  fetch = await import('../../../src/offsite/fetch-part.js');
  store = await import('../../../src/offsite/store.js');
});
afterAll(async () => {
  vi.doUnmock('../../../src/host/paths.js');
  vi.resetModules();
  await rm(directory, { recursive: true });
});

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Gives out half of each object, then breaks off, as often as it is told to. */
class BreakingStore extends MemoryStore {
  constructor(private broken: number) {
    super();
  }
  override async get(key: string) {
    const { bytes } = this.objects.get(key) ?? { bytes: Buffer.alloc(0) };
    const breaks = this.broken > 0;
    this.broken -= 1;
    return (async function* () {
      yield bytes.subarray(0, bytes.length / 2);
      if (breaks) throw new store.StoreError('busy', `get ${key}`, 'memory', 'reset');
      yield bytes.subarray(bytes.length / 2);
    })();
  }
}

/** In the place of age: hands on what is in the file. */
const runner: Runner = {
  async run({ argv, consume }: Command) {
    const bytes = await readFile(argv.at(-1) ?? '');
    await consume?.(
      (async function* () {
        yield bytes;
      })(),
    );
    return { argv, stdout: '', stderr: '', exitCode: 0, durationMs: 0 };
  },
};

test('a part whose connection breaks is read anew, and is what was uploaded', async () => {
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));
  const part = {
    name: partName(1, sha256(bytes)),
    ...{ plainBytes: bytes.length, plainSha256: sha256(bytes) },
    ...{ cipherBytes: bytes.length, cipherSha256: sha256(bytes), cipherMd5: md5(bytes) },
  };
  const manifest: Manifest = {
    ...copyOf(1, 1),
    parts: [part],
    stream: { bytes: bytes.length, sha256: sha256(bytes) },
  };
  const breaking = new BreakingStore(1);
  breaking.objects.set(`shop/${manifest.id}/${part.name}`, { bytes, lockedUntil: undefined });
  const chunks: Uint8Array[] = [];
  for await (const chunk of fetch.streamOf(manifest, { store: breaking, runner, identity: '/key' }))
    chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
});
