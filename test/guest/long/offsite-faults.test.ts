import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CopyList, OffsiteStatus, PushResult, VerifyCopyResult } from '../../../src/offsite/offsite.js';
import { benchJson, type Failure } from '../product.js';
import { damage, removeObject, STORE, setUpOffsite, startMoto, storedKeys } from '../store.js';
import { useGuest } from '../support.js';

/** A store that keeps to nothing, and a way to it that breaks: what a push leaves, and what the next one makes of it. */
const guest = useGuest({ image: 'bench' });

const PROXY = 'http://127.0.0.1:5001';
const offsite = <T>(args: string, exitCode = 0) =>
  benchJson<T>(guest(), ['offsite', ...args.split(' '), '-b', 'shop'], exitCode);
const fault = (rule: object | null) =>
  guest().run([
    'node',
    '-e',
    `fetch('${PROXY}/__fault', { method: 'POST', body: process.argv[1] })`,
    JSON.stringify(rule),
  ]);
const struck = async () =>
  JSON.parse(
    (await guest().sh(`node -e "fetch('${PROXY}/__fault').then((r) => r.text()).then(console.log)"`)).stdout,
  ).struck as number;
/** So much is new that a copy of it has two parts. */
const write = () => guest().sh('head -c 68M /dev/urandom > /srv/benches/shop/sites/large; sync');
const copies = async () => (await offsite<CopyList>('list')).copies.length;

beforeAll(async () => {
  await startMoto(guest());
  await guest().push(fileURLToPath(new URL('../fault-proxy.mjs', import.meta.url)), '/root/fault-proxy.mjs');
  await guest().sh(`systemd-run --quiet --unit=fault-proxy node /root/fault-proxy.mjs 5001 5000
    until node -e "fetch('${PROXY}/__fault').then(() => process.exit(0), () => process.exit(1))"; do sleep 0.3; done`);
  await setUpOffsite(guest(), 'shop', PROXY);
  await offsite<PushResult>('push');
});
afterEach(() => fault(null));

/** What is asked of the store for the second part of a copy. */
const PART = { method: 'PUT', key: 'part-000002', skip: 0, times: 1 };
const FIRST = { ...PART, key: 'part-000001' };

describe('what passes is waited out', () => {
  test.each<[string, object]>([
    ['the connection breaks in the middle of a part', { ...FIRST, action: 'cut', bytes: 20_000_000 }],
    ['the store fails twice', { ...FIRST, times: 2, action: 'status', status: 500, code: 'InternalError' }],
    ['it wants to be asked more slowly', { ...PART, action: 'status', status: 503, code: 'SlowDown' }],
    ['it answers after ten seconds', { ...PART, action: 'slow', ms: 10_000 }],
    ['an answer gets lost', { ...PART, action: 'lostAnswer' }],
    ['the answer to the manifest gets lost', { ...PART, key: 'manifest.json', action: 'lostAnswer' }],
    [
      'the manifest is not found at first',
      { ...PART, method: 'GET', key: '-incremental/manifest.json', times: 2, action: 'missing' },
    ],
    [
      'a listing does not have the newest parts',
      { ...PART, method: 'GET', key: 'list-type=2', times: 99, action: 'lateList', hides: 'part-000002' },
    ],
    ['the clock is refused once', { ...FIRST, action: 'status', status: 403, code: 'RequestTimeTooSkewed' }],
  ])('%s', async (_, rule) => {
    await write();
    const before = await copies();
    await fault(rule);
    expect(await offsite<PushResult>('push')).toMatchObject({
      kind: 'incremental',
      resumed: false,
      parts: 2,
    });
    expect(await struck()).toBeGreaterThan(0);
    await fault(null);
    expect(await copies()).toBe(before + 1);
    await offsite<VerifyCopyResult>('verify --level head');
  });
});

describe('what does not pass leaves no copy, and the next push goes on', () => {
  test.each<[string, object, string]>([
    [
      'one byte changes on its way, each time',
      // This store compares nothing itself; one that does says store-damaged-on-the-way.
      { ...PART, times: 99, action: 'spoilSent' },
      'part-differs',
    ],
    [
      'the store is full',
      { ...PART, times: 99, action: 'status', status: 507, code: 'InsufficientStorage' },
      'store-full',
    ],
    [
      'the quota of the bucket is used up',
      { ...PART, times: 99, action: 'status', status: 403, code: 'QuotaExceeded' },
      'store-full',
    ],
    [
      'the key is revoked in the middle',
      {
        ...PART,
        times: 99,
        action: 'status',
        status: 403,
        code: 'InvalidAccessKeyId',
        message: STORE.secret,
      },
      'store-denied',
    ],
    [
      'the clock is wrong',
      { ...PART, times: 99, action: 'status', status: 403, code: 'RequestTimeTooSkewed' },
      'store-clock',
    ],
    [
      'the bucket is gone',
      { ...PART, times: 99, action: 'status', status: 404, code: 'NoSuchBucket' },
      'store-bucket-missing',
    ],
    [
      'the manifest is refused',
      { ...PART, key: 'manifest.json', times: 99, action: 'status', status: 403, code: 'AccessDenied' },
      'store-denied',
    ],
  ])(
    '%s',
    async (_, rule, code) => {
      await write();
      const before = await copies();
      await fault(rule);
      const { error } = await offsite<Failure>('push', 1);
      expect(error.code).toBe(code);
      expect(JSON.stringify(error)).not.toContain(STORE.secret);
      await fault(null);
      expect(await copies()).toBe(before);
      expect(await offsite<OffsiteStatus>('status')).toMatchObject({
        last: { outcome: 'failed', error: { code } },
        unfinished: { parts: expect.any(Number) },
      });
      const result = await offsite<PushResult>('push');
      expect(result).toMatchObject({ kind: 'incremental', resumed: true });
      // The first part, and of the last rule both, were there.
      expect(result.sentBytes).toBeLessThan(10_000_000);
      expect(await copies()).toBe(before + 1);
      await offsite<VerifyCopyResult>('verify');
    },
    900_000,
  );
});

describe('what is no copy', () => {
  test('zfs send that is killed leaves none, and the next push goes on', async () => {
    await write();
    const before = await copies();
    await fault({ ...PART, action: 'slow', ms: 5000 });
    await guest().sh(`bench offsite push -b shop > /root/push.log 2>&1 & pid=$!
      until pgrep -x zfs > /dev/null && [ -s /var/lib/bench/shop/offsite-push.ndjson ]; do sleep 0.1; done
      pkill -x zfs; wait $pid && exit 1; true`);
    await fault(null);
    expect(await copies()).toBe(before);
    expect(await offsite<PushResult>('push')).toMatchObject({ kind: 'incremental' });
    expect(await copies()).toBe(before + 1);
  });

  test('two pushes at once: one does it, the other waits its time and says who', async () => {
    await write();
    await fault({ ...FIRST, action: 'slow', ms: 30_000 });
    await guest().sh(`bench offsite push -b shop > /root/first.log 2>&1 & echo $! > /root/first.pid
      until grep -q '^{' /var/lib/bench/shop/offsite-push.ndjson 2>/dev/null; do sleep 0.1; done`);
    const { error } = await offsite<Failure>('push', 4);
    expect(error).toMatchObject({ code: 'busy', message: expect.stringContaining('bench offsite push') });
    await guest().sh(
      'while kill -0 $(cat /root/first.pid) 2>/dev/null; do sleep 0.3; done; cat /root/first.log',
    );
    expect((await offsite<OffsiteStatus>('status')).last?.outcome).toBe('done');
  });

  test.each(['a part', 'a manifest'])(
    '%s that is missing or changed is found, and what builds on it is no good',
    async (what) => {
      const { copies: all } = await offsite<CopyList>('list');
      const last = all.at(-1);
      const name = what === 'a part' ? 'part-000001' : 'manifest.json';
      const key =
        (await storedKeys(guest(), 'shop')).find((each) => each.includes(`${last?.id}/${name}`)) ?? '';
      await damage(guest(), key);
      if (what === 'a part') expect((await offsite<Failure>('verify', 1)).error.code).toBe('copy-damaged');
      else expect((await offsite<CopyList>('list')).damaged).toMatchObject([{ id: last?.id }]);
      await removeObject(guest(), key);
      if (what === 'a part')
        expect((await offsite<Failure>('verify --level head', 1)).error.code).toBe('copy-damaged');
      else expect((await offsite<CopyList>('list')).unfinished).toContain(last?.id);
      const failure = await offsite<Failure>(
        `restore ${last?.id} --as other --identity ${STORE.identity}`,
        what === 'a part' ? 1 : 2,
      );
      expect(['copy-damaged', 'copy-missing']).toContain(failure.error.code);
      if (what === 'a part')
        expect(failure.error.suggestions.join('\n')).toContain('stays in bench-pool/_incoming/other');
      expect((await guest().sh('zfs list -H -o name')).stdout).not.toMatch(/(_preserved|bench-pool)\/other/);
      expect(await offsite<PushResult>('push')).toMatchObject({ kind: 'full' });
      await offsite<VerifyCopyResult>('verify');
    },
  );

  test('one byte that changes on the way back is found before anything is received', async () => {
    await fault({ ...FIRST, method: 'GET', times: 99, action: 'spoilRead' });
    const { error } = await offsite<Failure>(`restore --as another --identity ${STORE.identity}`, 1);
    expect(error.code).toBe('copy-damaged');
    expect((await guest().sh('zfs list -H -o name')).stdout).not.toContain('/another');
  });
});
