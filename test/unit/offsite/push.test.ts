import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Command, Runner } from '../../../src/host/exec.js';
import { MemoryStore, md5 } from './memory-store.js';
import { RECIPIENT, shop, withoutHost } from './without-a-host.js';

const DAY_MS = 24 * 3_600_000;
const DATASET = 'bench-pool/shop';
const GUID = '4497493713177226381';
const ID = `20261130-100000-${GUID}-full`;
const NOW = new Date('2026-11-30T12:00:00Z');

/** The ends of a stream, between which there is anything: with this size of parts it has three of them. */
const ended = (base64: string) => Buffer.concat([Buffer.from(base64, 'base64'), Buffer.alloc(312)], 312);
const STREAM = Buffer.concat([
  ended('AAAAAAAAAACsy7r1AgAAABEADAEAAAAAHB0NawAAAAACAAAADAAAAI0sexG0Tmo+AAAAAAAAAAA='),
  Buffer.alloc(500, 7),
  ended('BQAAAAAAAAC7vMxrkwEAANjwIMtyrCMA6nb3BDkY1/CHcnDUkCy98Y0sexG0Tmo+'),
]);
const PART_BYTES = 400;

/** As far as a push asks it: one snapshot, a stream of it, and an age that changes nothing and takes its time. */
class Host implements Runner {
  constructor(private readonly hoursForPart: number) {}

  async run({ argv, feed, outputFd, consume }: Command) {
    if (argv[0] === 'age' && outputFd !== undefined) {
      for await (const chunk of feed ?? []) writeSync(outputFd, chunk);
      vi.setSystemTime(Date.now() + this.hoursForPart * 3_600_000);
    }
    if (consume !== undefined) await consume(pieces(STREAM));
    return {
      argv,
      stdout: consume === undefined ? this.answer(argv) : '',
      stderr: '',
      exitCode: 0,
      durationMs: 0,
    };
  }

  private answer(argv: readonly string[]): string {
    const values: Record<string, string> = {
      name: argv.includes('snapshot') ? `${DATASET}@t` : DATASET,
      guid: GUID,
      creation: String(Date.parse('2026-11-30T10:00:00Z') / 1000),
      'bench:name': 'shop',
      'bench:quiesce': 'stopped',
    };
    if (argv[1] === 'get' && argv.includes('guid')) return `${GUID}\n`;
    if (argv[1] !== 'list') return '';
    const columns = (argv[argv.indexOf('-o') + 1] ?? '').split(',');
    return `${columns.map((column) => values[column] ?? '-').join('\t')}\n`;
  }
}

async function* pieces(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}

let store: MemoryStore;
let end: () => Promise<void>;
beforeEach(async () => {
  store = new MemoryStore();
  ({ end } = await withoutHost(store, PART_BYTES));
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});
afterEach(async () => {
  vi.useRealTimers();
  await end();
});

async function push(lockDays: number, hoursForPart: number) {
  const offsite = await import('../../../src/offsite/offsite.js');
  const request = { tag: 't', full: false, takeOver: false };
  return offsite.push(await shop(`lock_days = ${lockDays}`), new Host(hoursForPart), request);
}

/** Every object is locked for as long as the copy says, and that is lock_days from its end, but for an hour. */
function expectLocked(lockedUntil: string | null, lockDays: number): void {
  const until = Date.parse(lockedUntil ?? '');
  expect(until).toBeLessThanOrEqual(Date.now() + lockDays * DAY_MS);
  expect(until).toBeGreaterThanOrEqual(Date.now() + lockDays * DAY_MS - 3_600_000);
  expect([...store.objects.keys()].map((key) => key.split('/')[2]?.slice(0, 11))).toEqual([
    'part-000001',
    'part-000002',
    'part-000003',
    'manifest.js',
  ]);
  for (const [, object] of store.objects) expect(object.lockedUntil).toEqual(new Date(until));
}

test('a push that goes on after its first lock has ended is locked from now on, with what was there', async () => {
  const { PushJournal } = await import('../../../src/offsite/journal.js');
  const bytes = STREAM.subarray(0, PART_BYTES);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const name = `part-000001-${sha256.slice(0, 16)}.age`;
  const yesterday = new Date(NOW.getTime() - DAY_MS);
  store.objects.set(`shop/${ID}/${name}`, { bytes, lockedUntil: yesterday });
  const begin = {
    version: 1 as const,
    id: ID,
    kind: 'full' as const,
    url: 's3://copies/hosts/one',
    snapshot: { name: `${DATASET}@t`, guid: GUID },
    base: null,
    recipients: [RECIPIENT],
    flags: ['-L', '-e', '-c'],
    partBytes: PART_BYTES,
    startedAt: yesterday.toISOString(),
    // A journal of before may say so; it counts for nothing.
    lockedUntil: yesterday.toISOString(),
  };
  const journal = await PushJournal.begin('shop', begin);
  await journal.uploaded(1, {
    name,
    plainBytes: PART_BYTES,
    plainSha256: sha256,
    cipherBytes: PART_BYTES,
    cipherSha256: sha256,
    cipherMd5: md5(bytes),
  });
  await journal.close();
  const result = await push(2, 0);
  expect(result).toMatchObject({ resumed: true, parts: 3, sentBytes: STREAM.length - PART_BYTES });
  expectLocked(result.lockedUntil, 2);
});

test('a push that takes longer than lock_days ends well, and is locked from its end on', async () => {
  const result = await push(1, 11);
  expect(result.resumed).toBe(false);
  expectLocked(result.lockedUntil, 1);
});

test('one that is done within the hour locks each object once', async () => {
  const lock = vi.spyOn(store, 'lock');
  expectLocked((await push(30, 0.1)).lockedUntil, 30);
  expect(lock).not.toHaveBeenCalled();
});
