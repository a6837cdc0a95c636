import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type {
  CopyList,
  CopyPruneResult,
  PushPreview,
  PushResult,
  RestoreResult,
  VerifyCopyResult,
} from '../../../src/offsite/offsite.js';
import { benchJson, contentOf, type Failure } from '../product.js';
import { STORE, setUpOffsite, startingMoto } from '../store.js';
import { useGuest } from '../support.js';

/** Stores that are not what the other tests have: OpenStack's Swift, and one that lets nobody delete. */
const guest = useGuest({ image: 'bench' });

const withKey = `--identity ${STORE.identity}`;
const offsite = <T>(args: string, exitCode = 0) =>
  benchJson<T>(guest(), ['offsite', ...args.split(' '), '-b', 'shop'], exitCode);
const list = () => offsite<CopyList>('list');
const setKey = (key: string, value: string) =>
  guest().run(['bench', 'config', 'set', key, value, '-b', 'shop']);
const write = (name: string, size: string) =>
  guest().sh(`head -c ${size} /dev/urandom > /srv/benches/shop/sites/${name}; sync`);

describe('Swift, by its s3api', () => {
  const PORT = 5010;
  const ACCOUNT = 'planted';
  const swift = (...args: string[]) =>
    guest().run(['python3', '/root/swift.py', String(PORT), ACCOUNT, STORE.secret, ...args]);
  const restAt = (...args: string[]) =>
    guest().sh(`python3 /root/swift.py ${PORT} ${ACCOUNT} ${STORE.secret} ${args.join(' ')}`);

  beforeAll(async () => {
    for (const file of ['swift.sh', 'swift.py'])
      await guest().push(fileURLToPath(new URL(`../${file}`, import.meta.url)), `/root/${file}`);
    await guest().sh(`bash /root/swift.sh ${PORT} ${ACCOUNT} ${STORE.secret}`, { timeoutMs: 600_000 });
    await setUpOffsite(guest(), 'shop', `http://127.0.0.1:${PORT}`);
    await guest().sh(
      `sed -i 's/^aws_access_key_id = .*/aws_access_key_id = ${ACCOUNT}:one/' ${STORE.credentials}`,
    );
    await write('large', '100M');
  });

  test('a bucket that is not there is told, and none is made', async () => {
    expect((await offsite<Failure>('push', 1)).error.code).toBe('store-bucket-missing');
    expect((await restAt('GET', "''")).stdout).toBe('');
    await swift('PUT', STORE.bucket);
  });

  test('all of it, then what has changed; the SDK says nothing of its own', async () => {
    const { stdout, stderr } = await guest().sh('bench offsite push -b shop 2>&1');
    expect(stdout + stderr).not.toContain('non-retryable');
    expect(stdout).toMatch(/^Full copy of shop: /m);
    await write('more', '1M');
    expect(await offsite<PushResult>('push')).toMatchObject({ kind: 'incremental', parts: 1 });
    expect((await list()).copies).toMatchObject([
      { kind: 'full', state: 'whole' },
      { kind: 'incremental', state: 'whole' },
    ]);
  });

  test.each(['head', 'hash', `stream ${withKey}`, `boot ${withKey}`])('verify --level %s', async (level) => {
    expect((await offsite<VerifyCopyResult>(`verify --level ${level}`)).copies).toHaveLength(2);
  });

  test('it comes back, to the byte', async () => {
    expect(await offsite<RestoreResult>(`restore --as back ${withKey}`)).toMatchObject({ name: 'back' });
    await benchJson(guest(), ['init', '-b', 'back', '--from-volume', 'back', '--yes']);
    expect(await contentOf(guest(), 'back')).toBe(await contentOf(guest(), 'shop'));
    await benchJson(guest(), ['drop', 'back', '--yes']);
  });

  test('a byte that was changed is found, and the next copy is a full one', async () => {
    const [first] = (await list()).copies;
    const { stdout } = await swift('GET', `${STORE.bucket}?prefix=hosts/one/shop/${first?.id}/part-000002`);
    const key = `${STORE.bucket}/${stdout.trim()}`;
    await guest().sh(`cd /root; swift() { python3 swift.py ${PORT} ${ACCOUNT} ${STORE.secret} "$@"; }
      swift GET ${key} > part; printf '\\125' | dd of=part bs=1 seek=1000 conv=notrunc status=none; swift PUT ${key} < part`);
    expect((await offsite<Failure>('verify', 1)).error.code).toBe('copy-damaged');
    expect(await offsite<PushPreview>('push --dry-run')).toMatchObject({ kind: 'full' });
  });

  test('a bucket that is full takes no copy, and the same command goes on when there is room', async () => {
    await swift('POST', STORE.bucket, 'X-Container-Meta-Quota-Bytes=150000000');
    const { error } = await offsite<Failure>('push', 1);
    expect(error.code).toBe('store-full');
    const before = (await list()).copies.length;
    await swift('POST', STORE.bucket, 'X-Container-Meta-Quota-Bytes=');
    expect(await offsite<PushResult>('push')).toMatchObject({ kind: 'full' });
    expect((await list()).copies).toHaveLength(before + 1);
  });

  test('what the rules keep stays, the rest goes', async () => {
    await setKey('offsite.keep.last', '1');
    const pruned = await offsite<CopyPruneResult>('prune --yes');
    expect(pruned.pruned).toHaveLength(2);
    expect((await list()).copies).toMatchObject([{ kind: 'full', state: 'whole' }]);
    const { stdout } = await swift('GET', `${STORE.bucket}?prefix=hosts/one/shop/`);
    const left = new Set(
      stdout
        .trim()
        .split('\n')
        .map((key) => key.split('/')[3]),
    );
    expect([...left]).toEqual([(await list()).copies[0]?.id]);
  });

  test('copies that nobody can delete are more than it can, and said before anything is sent', async () => {
    await setKey('offsite.lock_days', '1');
    expect((await offsite<Failure>('push', 3)).error.code).toBe('bucket-cannot-lock');
    await guest().sh(`sed -i '/^lock_days/d' /srv/benches/shop/bench.toml`);
  });

  test('a key that was revoked', async () => {
    await guest().sh(`sed -i 's/^user_${ACCOUNT}_one = .*/user_${ACCOUNT}_one = another .admin/' /etc/swift/proxy-server.conf
      systemctl restart memcached; pid=$(systemctl show -P MainPID store-proxy); systemctl stop store-proxy; systemctl reset-failed store-proxy 2> /dev/null || true
      systemd-run --quiet --unit=store-proxy --uid=swift --gid=swift swift-proxy-server /etc/swift/proxy-server.conf; sleep 5`);
    const { error } = await offsite<Failure>('push', 1);
    expect(error.code).toBe('store-denied');
    expect(JSON.stringify(error)).not.toContain(STORE.secret);
  });
});

describe('a bucket with Object Lock', () => {
  beforeAll(async () => {
    await guest().sh(`rm -f ${STORE.credentials}
      ${startingMoto.replace("method: 'PUT'", "method: 'PUT', headers: { 'x-amz-bucket-object-lock-enabled': 'true' }")}
      zfs release bench:offsite $(zfs list -H -t snapshot -o name bench-pool/shop) 2> /dev/null || true
      rm -f /var/lib/bench/shop/offsite*`);
    await setUpOffsite(guest(), 'shop');
    await setKey('offsite.lock_days', '2');
  });

  test('each object of a copy is locked, and what it builds on as long', async () => {
    const first = await offsite<PushResult>('push');
    await write('more', '2M');
    const second = await offsite<PushResult>('push');
    expect(second.kind).toBe('incremental');
    const locked = Date.parse(second.lockedUntil ?? '') - Date.now();
    expect(locked).toBeGreaterThan(47 * 3_600_000);
    expect(locked).toBeLessThanOrEqual(48 * 3_600_000);
    const { copies } = await list();
    expect(copies.map(({ lockedUntil }) => lockedUntil !== null)).toEqual([true, true]);
    expect(Date.parse(first.lockedUntil ?? '')).toBeLessThan(Date.parse(second.lockedUntil ?? ''));
  });

  test('prune leaves it and says why', async () => {
    await setKey('offsite.full_every', '1');
    await setKey('offsite.keep.last', '1');
    await write('more', '1M');
    expect(await offsite<PushResult>('push')).toMatchObject({ kind: 'full' });
    const { copies, pruned } = await offsite<CopyPruneResult>('prune --yes');
    expect(pruned).toEqual([]);
    expect(copies.map(({ keptBy }) => keptBy)).toEqual(copies.map(() => expect.arrayContaining(['locked'])));
    expect((await list()).copies).toHaveLength(3);
  });
});
