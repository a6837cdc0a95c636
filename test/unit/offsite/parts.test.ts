import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Command, Runner } from '../../../src/host/exec.js';

let directory: string;
let parts: typeof import('../../../src/offsite/parts.js');
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-parts-'));
  vi.resetModules();
  vi.doMock('../../../src/host/paths.js', () => ({ stateDir: () => directory }));
  parts = await import('../../../src/offsite/parts.js');
});
afterAll(async () => {
  vi.doUnmock('../../../src/host/paths.js');
  vi.resetModules();
  await rm(directory, { recursive: true });
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** In the place of age: turns each byte round, and says who was to read it. */
class Age implements Runner {
  readonly argv: (readonly string[])[] = [];
  constructor(private readonly failAt?: number) {}
  async run({ argv, feed, outputFd }: Command) {
    this.argv.push(argv);
    if (this.argv.length === this.failAt) throw new Error('age has failed');
    for await (const chunk of feed ?? [])
      writeSync(
        outputFd ?? -1,
        chunk.map((byte) => byte ^ 0xff),
      );
    return { argv, stdout: '', stderr: '', exitCode: 0, durationMs: 0 };
  }
}

const STREAM = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));

async function* inChunks(size: number) {
  for (let at = 0; at < STREAM.length; at += size) yield STREAM.subarray(at, at + size);
}

async function cutInto(partBytes: number, chunk: number, age = new Age()) {
  const found: { index: number; cipher: Buffer }[] = [];
  const cut = await parts.cut(inChunks(chunk), {
    bench: 'shop',
    recipients: ['age1a', 'age1b'],
    partBytes,
    runner: age,
    onPart: async ({ index, content, drop }) => {
      const chunks: Uint8Array[] = [];
      for await (const each of content.open()) chunks.push(each);
      // Once more, as for another attempt.
      for await (const _ of content.open()) break;
      found.push({ index, cipher: Buffer.concat(chunks) });
      await drop();
    },
  });
  return { cut, found, age };
}

describe('a stream is cut', () => {
  test.each([
    [300, 1000],
    [300, 1],
    [300, 299],
    [300, 300],
    [250, 125],
    [1000, 64],
    [5000, 64],
  ])('into parts of %i bytes, however it comes (%i)', async (partBytes, chunk) => {
    const { cut, found } = await cutInto(partBytes, chunk);
    expect(cut.stream).toEqual({ bytes: 1000, sha256: sha256(STREAM) });
    expect(cut.parts).toHaveLength(Math.ceil(1000 / partBytes));
    const plain = found.map(({ cipher }) => cipher.map((byte) => byte ^ 0xff));
    expect(Buffer.concat(plain)).toEqual(STREAM);
    cut.parts.forEach((part, index) => {
      const cipher = found[index]?.cipher ?? Buffer.alloc(0);
      expect(part).toMatchObject({
        plainSha256: sha256(plain[index] ?? Buffer.alloc(0)),
        cipherSha256: sha256(cipher),
        cipherBytes: cipher.length,
        name: `part-00000${index + 1}-${sha256(cipher).slice(0, 16)}.age`,
      });
    });
  });

  test('for those who are to read it, and leaves no file', async () => {
    const { age } = await cutInto(600, 100);
    expect(age.argv).toEqual(Array(2).fill(['age', '--encrypt', '-r', 'age1a', '-r', 'age1b']));
    expect(await readdir(parts.waitingRoom('shop'))).toEqual([]);
  });

  test('no further where age fails', async () => {
    await expect(cutInto(300, 50, new Age(2))).rejects.toThrow('age has failed');
    expect(await readdir(parts.waitingRoom('shop'))).toEqual([]);
  });

  test('no further where the stream breaks off', async () => {
    const broken = async function* () {
      yield STREAM.subarray(0, 100);
      throw new Error('zfs send has failed');
    };
    const onPart = async () => undefined;
    const cutting = { bench: 'shop', recipients: [], partBytes: 300, runner: new Age(), onPart };
    await expect(parts.cut(broken(), cutting)).rejects.toThrow('zfs send has failed');
  });
});
