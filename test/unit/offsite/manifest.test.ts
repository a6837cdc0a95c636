import { describe, expect, test } from 'vitest';
import { complete } from '../../../src/offsite/complete.js';
import { chainOf, readCopies, wrongPart } from '../../../src/offsite/copies.js';
import { type Manifest, openManifest, sealManifest } from '../../../src/offsite/manifest.js';
import { pickChain } from '../../../src/offsite/pick.js';
import { chainOfDays, copyOf, daysAgo } from './copies.js';
import { MemoryStore, md5 } from './memory-store.js';

describe('a manifest', () => {
  const manifest = copyOf(1, 1);
  const sealed = sealManifest(manifest);

  test('is read as it was written', () => {
    expect(openManifest(sealed, 'shop', manifest.id)).toEqual(manifest);
  });

  test('with any single byte changed is none', () => {
    for (let at = 0; at < sealed.length; at += 1) {
      const other = sealed[at] === '7' ? '8' : '7';
      const text = `${sealed.slice(0, at)}${other}${sealed.slice(at + 1)}`;
      // Blanks between its parts say nothing.
      if (/\s/.test(sealed[at] ?? '')) continue;
      expect(() => openManifest(text, 'shop', manifest.id), `byte ${at}`).toThrow();
    }
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['half of it', sealed.slice(0, 200)],
    ['no JSON', '<Error>'],
    ['null', 'null'],
    ['another shape', '{"manifest":{},"sha256":""}'],
  ])('that is %s is told as damaged', (_, text) => {
    expect(() => openManifest(text, 'shop', manifest.id)).toThrow('not as it was written');
  });

  test('in the place of another one is none', () => {
    expect(() => openManifest(sealed, 'shop', 'copy-002')).toThrow('not as it was written');
    expect(() => openManifest(sealed, 'blog', manifest.id)).toThrow('not as it was written');
  });

  test('of a newer bench is told as that', () => {
    const newer = sealManifest({ ...manifest, version: 2 } as unknown as Manifest);
    expect(() => openManifest(newer, 'shop', manifest.id)).toThrow('made by a newer bench');
  });

  test('names no part outside of its copy', () => {
    const [part] = manifest.parts;
    if (part === undefined) throw new Error('no part');
    const evil = sealManifest({
      ...manifest,
      parts: [{ ...part, name: '../../other/part-000001-aaaaaaaaaaaaaaaa.age' }],
    });
    expect(() => openManifest(evil, 'shop', manifest.id)).toThrow('not as it was written');
  });
});

describe('what a copy builds on', () => {
  const chain = chainOfDays(1, [3, 2, 1]);

  test('comes before it', () => {
    expect(chainOf(chain, chain[2] as Manifest)).toEqual(chain);
    expect(pickChain({ copies: chain, damaged: [], unfinished: [] }, 'shop', 'tag-2')).toEqual(
      chain.slice(0, 2),
    );
  });

  test('is missing, and so the copy is no good', () => {
    const copies = chain.filter(({ id }) => id !== 'copy-002');
    expect(chainOf(copies, chain[2] as Manifest)).toBeUndefined();
    expect(() => pickChain({ copies, damaged: [], unfinished: [] }, 'shop', undefined)).toThrow(
      'is not there',
    );
  });

  test('in a circle is no chain', () => {
    const [first, second] = chain as [Manifest, Manifest];
    const circle = [{ ...first, base: { id: second.id, guid: second.snapshot.guid } }, second];
    expect(chainOf(circle, second)).toBeUndefined();
  });

  test.each<[string, RegExp]>([
    ['copy-009', /no copy copy-009 of shop/],
    ['half', /was never whole/],
    ['bad', /it is broken/],
  ])('%s is told', (wanted, message) => {
    const damaged = [{ id: 'bad', message: 'it is broken' }];
    expect(() => pickChain({ copies: chain, damaged, unfinished: ['half'] }, 'shop', wanted)).toThrow(
      message,
    );
  });
});

describe('the end of a copy', () => {
  const bytes = Buffer.from('what age has made of it');
  const id = '20260531-120000-1-full';
  const name = `part-000001-${'a'.repeat(16)}.age`;
  const key = `shop/${id}/${name}`;
  const manifest: Manifest = {
    ...copyOf(1, 1),
    id,
    chain: { full: id, increments: 0 },
    parts: [
      {
        name,
        plainBytes: 10,
        plainSha256: 'b'.repeat(64),
        cipherBytes: bytes.length,
        cipherSha256: 'c'.repeat(64),
        cipherMd5: md5(bytes),
      },
    ],
  };
  const storeWith = (content: Buffer | undefined) => {
    const store = new MemoryStore();
    if (content !== undefined) store.objects.set(key, { bytes: content, lockedUntil: undefined });
    return store;
  };

  test('is its manifest; what earlier attempts have left goes', async () => {
    const store = storeWith(bytes);
    store.objects.set(`shop/${id}/part-000001-${'f'.repeat(16)}.age`, { bytes, lockedUntil: undefined });
    await complete(store, manifest, []);
    expect([...store.objects.keys()].sort()).toEqual([`shop/${id}/manifest.json`, key]);
    expect(await readCopies(store, 'shop')).toEqual({ copies: [manifest], damaged: [], unfinished: [] });
  });

  test('comes although a listing is late', async () => {
    const store = storeWith(bytes);
    store.late.add(key);
    await complete(store, manifest, []);
    expect(store.objects.has(`shop/${id}/manifest.json`)).toBe(true);
  });

  test.each<[string, Buffer | undefined]>([
    ['is missing', undefined],
    ['is shorter', bytes.subarray(1)],
    ['holds something else', Buffer.from('what age has made of ut')],
  ])('never comes where a part %s', async (_, content) => {
    const store = storeWith(content);
    await expect(complete(store, manifest, [])).rejects.toThrow('It counts as no copy');
    expect((await readCopies(store, 'shop')).copies).toEqual([]);
  });

  test.each([['what the newest builds on'], ['the newest, which is known to be there']])(
    'is found although the store does not show the manifest of %s at once',
    async (late) => {
      const store = new MemoryStore();
      const full: Manifest = { ...manifest, parts: [] };
      const more: Manifest = { ...copyOf(2, 0, full), id: '20260601-120000-2-incremental', parts: [] };
      for (const copy of [full, more])
        store.objects.set(`shop/${copy.id}/manifest.json`, {
          bytes: Buffer.from(sealManifest(copy)),
          lockedUntil: undefined,
        });
      const hidden = new Set([`shop/${late.startsWith('what') ? full.id : more.id}/manifest.json`]);
      const get = store.get.bind(store);
      store.get = async (name) => (hidden.delete(name) ? undefined : get(name));
      const { copies, unfinished } = await readCopies(store, 'shop', more.id);
      expect([copies.map((copy) => copy.id), unfinished]).toEqual([[full.id, more.id], []]);
    },
  );

  test('never comes where somebody has written another one', async () => {
    const store = storeWith(bytes);
    const other = Buffer.from(sealManifest({ ...manifest, volumes: ['other'] }));
    store.objects.set(`shop/${id}/manifest.json`, { bytes: other, lockedUntil: undefined });
    await expect(complete(store, manifest, [])).rejects.toThrow('not there as it was written');
  });

  test('locks its parts and what it builds on for as long as itself', async () => {
    const store = storeWith(bytes);
    const base = { ...manifest, id: '20260530-120000-0-full' };
    const baseKey = `shop/${base.id}/${name}`;
    store.objects.set(baseKey, { bytes, lockedUntil: daysAgo(5) });
    const until = new Date(Date.now() + 30 * 24 * 3_600_000);
    await complete(store, { ...manifest, lockedUntil: until.toISOString() }, [base]);
    for (const each of [baseKey, key, `shop/${id}/manifest.json`])
      expect(store.objects.get(each)?.lockedUntil).toEqual(until);
  });
});

test.each<[string, { sizeBytes: number; etag: string } | undefined, string | undefined]>([
  ['as it was sent', { sizeBytes: 80, etag: 'd'.repeat(32) }, undefined],
  ['in a store with tags of its own', { sizeBytes: 80, etag: 'abc-2' }, undefined],
  ['not there', undefined, 'is missing'],
  ['shorter', { sizeBytes: 79, etag: 'd'.repeat(32) }, 'has 79 bytes instead of 80'],
  ['something else', { sizeBytes: 80, etag: 'e'.repeat(32) }, 'holds something else'],
])('a part that is %s', (_, found, wrong) => {
  const [part] = copyOf(1, 1).parts;
  expect(wrongPart(part as Manifest['parts'][number], found)).toBe(wrong);
});
