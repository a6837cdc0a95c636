import { describe, expect, test } from 'vitest';
import { identify } from '../../../src/images/identify.js';
import { fixture } from '../support/fixture.js';

const hex = (text: string) => Buffer.from(text.trim(), 'hex');
const image = (name: string) => hex(fixture(`images/${name}.qcow2.hex`));
const MIB = 1024 ** 2;

describe('a qcow2 image', () => {
  test.each(['plain', 'old', 'zstd'])('that stands by itself is taken (%s)', (name) => {
    expect(identify(image(name), 200_000)).toEqual({
      is: 'image',
      format: 'qcow2',
      virtualBytes: 10 * MIB,
      refused: undefined,
    });
  });

  test.each([
    ['backing', /backing file/],
    ['backing-old', /backing file/],
    ['external', /external file/],
    ['external-raw', /external file/],
  ])('that refers to another file is refused (%s)', (name, why) => {
    expect(identify(image(name), 200_000)).toMatchObject({ refused: expect.stringMatching(why) });
  });

  const changed = (change: (head: Buffer) => void) => {
    const head = image('plain');
    change(head);
    return identify(head, 200_000);
  };

  test.each<[string, (head: Buffer) => void, RegExp]>([
    ['encrypted', (head) => head.writeUInt32BE(2, 32), /encrypted/],
    ['marked as corrupt', (head) => head.writeBigUInt64BE(2n, 72), /corrupt/],
    ['of a newer QEMU', (head) => head.writeBigUInt64BE(1n << 5n, 72), /features/],
    ['of version 1', (head) => head.writeUInt32BE(1, 4), /version 1/],
    ['of version 4', (head) => head.writeUInt32BE(4, 4), /version 4/],
    ['of no size', (head) => head.writeBigUInt64BE(0n, 24), /no size/],
    ['of a size that no disk has', (head) => head.writeBigUInt64BE(1n << 63n, 24), /no size/],
  ])('%s is refused', (_, change, why) => {
    expect(changed(change)).toMatchObject({ refused: expect.stringMatching(why) });
  });

  test('dirty, because its host lost power, is taken: what is in use on it is known all the same', () => {
    expect(changed((head) => head.writeBigUInt64BE(1n, 72))).toMatchObject({ refused: undefined });
  });

  test('cut off within its header is refused', () => {
    for (const length of [4, 20, 71, 90])
      expect(identify(image('plain').subarray(0, length), length)).toMatchObject({
        refused: expect.any(String),
      });
  });
});

test('other images and compressions are known, and not taken', () => {
  const heads = fixture('images/foreign-heads.txt').trim().split('\n');
  expect(heads).toHaveLength(5);
  for (const line of heads) {
    const [name, head = ''] = line.split(' ');
    expect(identify(hex(head), 200_000), name).toMatchObject({ is: 'foreign' });
  }
  for (const head of ['fd377a585a0000', '425a6839', '504b0304', '377abcaf271c'])
    expect(identify(hex(head), 200_000), head).toMatchObject({ is: 'foreign' });
});

test('archives are known by their content', () => {
  const tar = Buffer.alloc(512);
  tar.write('ustar', 257);
  expect(identify(tar, 10240)).toEqual({ is: 'archive', compression: 'none' });
  expect(identify(hex('1f8b0800'), 10240)).toEqual({ is: 'archive', compression: 'gzip' });
  expect(identify(hex('28b52ffd'), 10240)).toEqual({ is: 'archive', compression: 'zstd' });
});

test('a raw image is known by what is on the disk; other bytes tell nothing', () => {
  const disk = (offset: number, magic: string) => {
    const head = Buffer.alloc(4096);
    head.write(magic, offset, 'latin1');
    return identify(head, 64 * MIB);
  };
  for (const [offset, magic] of [
    [510, '\x55\xaa'],
    [1080, '\x53\xef'],
    [0, 'XFSB'],
  ] as const)
    expect(disk(offset, magic)).toMatchObject({ is: 'image', format: 'raw', virtualBytes: 64 * MIB });
  expect(disk(0, 'some text')).toEqual({ is: 'bytes', virtualBytes: 64 * MIB });
  expect(identify(Buffer.alloc(0), 0)).toEqual({ is: 'bytes', virtualBytes: 0 });
});
