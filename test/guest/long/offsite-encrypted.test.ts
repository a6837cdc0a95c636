import { beforeAll, expect, test } from 'vitest';
import type {
  CopyList,
  OffsiteStatus,
  PushResult,
  RestoreResult,
  VerifyCopyResult,
} from '../../../src/offsite/offsite.js';
import type { Status } from '../../../src/status/status.js';
import { benchJson, contentOf, type Failure, fillBench } from '../product.js';
import { STORE, setUpOffsite, startMoto } from '../store.js';
import { useGuest } from '../support.js';

/** Copies of an encrypted bench: raw streams, which nobody reads without the key of the bench. */
const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

const offsite = <T>(args: string, exitCode = 0) =>
  benchJson<T>(guest(), ['offsite', ...args.split(' '), '-b', 'shop'], exitCode);
const withKey = `--identity ${STORE.identity}`;
const sh = async (script: string) => (await guest().sh(script, { timeoutMs: 280_000 })).stdout.trim();

let content: string;

beforeAll(async () => {
  await sh(`mkdir -p /media/keys; age-keygen -o /root/escrow.txt 2> /dev/null
    bench new shop; bench config set volume.encryption on -b shop
    bench config set volume.key file:/media/keys/shop.key -b shop
    bench init -b shop --escrow /root/shop-key.age --recipient "$(age-keygen -y /root/escrow.txt)" --yes`);
  await fillBench(guest(), 'shop');
  await startMoto(guest());
  await setUpOffsite(guest(), 'shop');
}, 600_000);

test('without the key nothing is taken for what bench.toml does not say', async () => {
  await benchJson(guest(), ['key', 'unload', '-b', 'shop', '--yes']);
  for (const command of ['push', 'list']) {
    const { error } = await offsite<Failure>(command, 3);
    expect(error).toMatchObject({ code: 'config-unread', message: expect.stringContaining('[offsite]') });
  }
  await benchJson(guest(), ['key', 'load', '-b', 'shop']);
});

test('what is sent is raw, all of it and then what has changed', async () => {
  expect(await offsite<PushResult>('push')).toMatchObject({ kind: 'full' });
  await sh('echo planted-text-in-a-file > /srv/benches/shop/sites/planted; sync');
  content = await contentOf(guest(), 'shop');
  expect(await offsite<PushResult>('push')).toMatchObject({ kind: 'incremental' });
  await offsite<VerifyCopyResult>(`verify --level stream ${withKey}`);
});

test('it is proven with the key that the bench has', async () => {
  const { tables } = await offsite<VerifyCopyResult>(`verify --level boot ${withKey}`);
  expect(tables).toBeGreaterThan(20);
  expect(await sh('zfs list -H -r -o name bench-pool/_incoming')).toBe('bench-pool/_incoming');
});

test('a copy comes back as it was sent, and opens with the key of the bench', async () => {
  const back = await offsite<RestoreResult>(`restore --as back ${withKey}`);
  expect(back.dataset).toBe('bench-pool/_preserved/back');
  expect(await sh(`zfs get -H -o value encryption,keystatus ${back.dataset}`)).toBe(
    'aes-256-gcm\nunavailable',
  );
  const init = ['init', '-b', 'back', '--from-volume', 'back', '--yes'];
  const { error } = await benchJson<Failure>(guest(), init, 3);
  expect(error.code).toBe('key-not-loaded');
  expect(error.suggestions.join('\n')).toContain('zfs load-key -L file:///PATH bench-pool/_preserved/back');
  await sh('zfs load-key -L file:///media/keys/shop.key bench-pool/_preserved/back');
  await benchJson(guest(), init);
  expect(await contentOf(guest(), 'back')).toBe(content);
  // Which copy of its key there is was known to the bench that it comes from.
  const { problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'back']);
  expect(problems.map(({ code }) => code)).toEqual(['key-not-exported']);
});

test('without the key copies go where they went before', async () => {
  await benchJson(guest(), ['key', 'unload', '-b', 'shop', '--yes']);
  const pushed = await offsite<PushResult>('push');
  expect(pushed).toMatchObject({ kind: 'incremental', volumesLeftOut: [] });
  expect((await offsite<CopyList>('list')).copies.at(-1)).toMatchObject({ id: pushed.id, verified: null });
  await offsite<VerifyCopyResult>(`verify --level stream ${withKey}`);
  expect(await offsite<OffsiteStatus>('status')).toMatchObject({
    url: pushed.url,
    last: { outcome: 'done' },
  });
});

test('and the bench itself is what it was', async () => {
  await benchJson(guest(), ['key', 'load', '-b', 'shop']);
  expect(await contentOf(guest(), 'shop')).toBe(content);
  expect((await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop'])).problems).toEqual([]);
});
