import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { replay } from '../../../guest/qemu/write-log.js';

/**
 * Written by QEMU 10: 1 KiB of 0x11 at 0 and a sector of 0x22 at 4096; flush; sector 0 discarded, zeros at 4096, 0x55 at
 * 65536; flush; 0x33 at 0 and 0x44 at 8192, not flushed.
 */
const LOG = new URL('../../fixtures/qemu/blklogwrites.bin', import.meta.url);

async function replayed(
  bytes: number,
  hasHeader = true,
): Promise<{ outcome: ReturnType<typeof replay>; disk: Buffer }> {
  const [log, disk] = ['log', 'disk'].map((name) => join(tmpdir(), `write-log-${process.pid}.${name}`)) as [
    string,
    string,
  ];
  const content = (await readFile(LOG)).subarray(0, bytes);
  await writeFile(log, hasHeader ? content : content.fill(0, 0, 512));
  await writeFile(disk, Buffer.alloc(1024 ** 2, 0xee));
  const outcome = replay(log, disk);
  const left = await readFile(disk);
  await Promise.all([log, disk].map((file) => rm(file)));
  return { outcome, disk: left };
}

test('a power cut keeps what was flushed, in order, and nothing after it', async () => {
  const { outcome, disk } = await replayed(10_240);
  expect(outcome).toEqual({ written: 5, lost: 2 });
  expect([0, 512, 4096, 8192, 65_536].map((at) => disk[at])).toEqual([0, 0x11, 0, 0xee, 0x55]);
});

test('of a log that ends in the middle of an entry, that entry is left out', async () => {
  const { outcome, disk } = await replayed(3072 + 600);
  expect(outcome).toEqual({ written: 2, lost: 0 });
  expect([0, 4096, 65_536].map((at) => disk[at])).toEqual([0x11, 0x22, 0xee]);
});

test('before the first flush, when the log has no header yet, all is lost', async () => {
  expect((await replayed(2048, false)).outcome).toEqual({ written: 0, lost: 1 });
  expect((await replayed(0)).outcome).toEqual({ written: 0, lost: 0 });
});
