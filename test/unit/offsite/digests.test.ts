import { createHash } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Digests } from '../../../src/offsite/digests.js';

const sha256 = (chunks: readonly Uint8Array[]) =>
  chunks.reduce((hash, chunk) => hash.update(chunk), createHash('sha256')).digest('hex');

async function using<T>(work: (digests: Digests) => Promise<T>): Promise<T> {
  const digests = new Digests();
  try {
    return await work(digests);
  } finally {
    await digests.close();
  }
}

describe('digests of a thread of their own', () => {
  test('are those of all that was added, to one that ends and to one that goes on', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 20 }),
      fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 20 }),
      async (first, second) => {
        await using(async (digests) => {
          const whole = digests.begin();
          for (const chunks of [first, second]) {
            const part = digests.begin();
            for (const chunk of chunks) await digests.add([whole, part], chunk);
            expect(await digests.end(part)).toBe(sha256(chunks));
          }
          expect(await digests.end(whole)).toBe(sha256([...first, ...second]));
        });
      },
    );
    await fc.assert(property, { numRuns: 20 });
  });

  test('what comes faster than it is hashed waits', async () => {
    await using(async (digests) => {
      const id = digests.begin();
      const chunks = Array.from({ length: 400 }, (_, index) => Buffer.alloc(65_536, index));
      for (const chunk of chunks) await digests.add([id], chunk);
      expect(await digests.end(id)).toBe(sha256(chunks));
    });
  });

  test('of an open file, whatever was read of it before', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bench-digests-'));
    const content = Buffer.alloc(3_000_000, 'text');
    await writeFile(join(directory, 'file'), content);
    const file = await open(join(directory, 'file'));
    try {
      await file.read(Buffer.alloc(10), 0, 10);
      const found = await using((digests) => digests.ofFile(file.fd, ['sha256', 'md5']));
      const md5 = createHash('md5').update(content).digest('hex');
      expect(found).toEqual({ sizeBytes: content.length, digests: [sha256([content]), md5] });
    } finally {
      await file.close();
      await rm(directory, { recursive: true });
    }
  });

  test('a file that cannot be read is told, and so is all that is asked after it', async () => {
    await using(async (digests) => {
      await expect(digests.ofFile(999, ['sha256'])).rejects.toThrow('EBADF');
      await expect(digests.ofFile(999, ['sha256'])).rejects.toThrow('EBADF');
      await expect(digests.end(digests.begin())).rejects.toThrow('EBADF');
    });
  });
});
