import { describe, expect, test } from 'vitest';
import { StreamEnds } from '../../../src/zfs/zfs.js';

/** Of `zfs send -L -e -c` of OpenZFS 2.2, the rest of both records is a name and zeros. */
const record = (base64: string) => Buffer.concat([Buffer.from(base64, 'base64'), Buffer.alloc(312)], 312);
const ONE = {
  guid: '4497493713177226381',
  begin: record('AAAAAAAAAACsy7r1AgAAABEADAEAAAAAHB0NawAAAAACAAAADAAAAI0sexG0Tmo+AAAAAAAAAAA='),
  end: record('BQAAAAAAAAC7vMxrkwEAANjwIMtyrCMA6nb3BDkY1/CHcnDUkCy98Y0sexG0Tmo+'),
};
const TWO = {
  guid: '17390770095973281611',
  begin: record('AAAAAAAAAACsy7r1AgAAABEADAEAAAAAHB0NawAAAAACAAAADAAAAEsv+RRDbVjxjSx7EbROaj4='),
  end: record('BQAAAAAAAADtbaY09AEAAHJrqJ2eyAwA947D+g3MPy6Ml6jpq9eURUsv+RRDbVjx'),
};
const BETWEEN = Buffer.alloc(5000, 7);

function faultOf(stream: Buffer, guid: string, baseGuid?: string, chunk = stream.length) {
  const ends = new StreamEnds();
  for (let at = 0; at < stream.length; at += chunk) ends.add(stream.subarray(at, at + chunk));
  return ends.fault({ guid, baseGuid });
}

describe('the ends of a stream', () => {
  const full = Buffer.concat([ONE.begin, BETWEEN, ONE.end]);
  const increment = Buffer.concat([TWO.begin, BETWEEN, TWO.end]);

  test.each([1, 100, 311, 312, 313, 6000])('are those that it should have, in pieces of %d', (chunk) => {
    expect(faultOf(full, ONE.guid, undefined, chunk)).toBeUndefined();
    expect(faultOf(increment, TWO.guid, ONE.guid, chunk)).toBeUndefined();
  });

  test('in the other order of bytes', () => {
    const turned = Buffer.concat([turn(TWO.begin, [0], [8, 40, 48]), BETWEEN, turn(TWO.end, [0], [40])]);
    expect(faultOf(turned, TWO.guid, ONE.guid)).toBeUndefined();
  });

  test('are told where they are not there', () => {
    const none = 'does not begin as a stream of ZFS';
    expect(faultOf(Buffer.alloc(0), ONE.guid)).toBe(none);
    expect(faultOf(ONE.begin.subarray(0, 100), ONE.guid)).toBe(none);
    // What a reader that comes too late gets.
    for (const lost of [1, 312, 3000]) expect(faultOf(full.subarray(lost), ONE.guid)).toBe(none);
    for (const lost of [1, 312, 3000])
      expect(faultOf(full.subarray(0, full.length - lost), ONE.guid)).toBe('does not end as a stream of ZFS');
  });

  test('are told where they are of something else', () => {
    expect(faultOf(full, TWO.guid)).toBe('is of another snapshot');
    expect(faultOf(full, ONE.guid, TWO.guid)).toBe('builds on another snapshot');
    expect(faultOf(increment, TWO.guid)).toBe('builds on another snapshot');
    expect(faultOf(Buffer.concat([ONE.begin, BETWEEN, TWO.end]), ONE.guid)).toBe(
      'does not end as a stream of ZFS',
    );
  });
});

function turn(bytes: Buffer, numbers: readonly number[], longs: readonly number[]): Buffer {
  const turned = Buffer.from(bytes);
  for (const at of numbers) turned.subarray(at, at + 4).reverse();
  for (const at of longs) turned.subarray(at, at + 8).reverse();
  return turned;
}
