import { beforeAll, expect, test } from 'vitest';
import type { CopyResult, CopyStatus } from '../../../src/replicate/replicate.js';
import type { Status } from '../../../src/status/status.js';
import { benchJson, contentOf, type Failure, fillBench, rebootFully } from '../product.js';
import { makePool, tagsOf } from '../replicate-support.js';
import { useGuests } from '../support.js';

/** An encrypted bench on another host: its copies travel as they lie on the disks, and open with its key alone. */
const guests = useGuests({
  a: { image: 'product', disks: [{ size: '20G' }] },
  b: { image: 'product', disks: [{ size: '20G' }] },
});
const COPY = 'bench-pool/_copies/shop';
const SLOW = { timeout: 600_000 };

const run = (exitCode = 0) =>
  benchJson<CopyResult & Failure>(guests().a, ['replicate', 'run', '-b', 'shop'], exitCode);
const state = async (dataset: string) =>
  (await guests().b.sh(`zfs get -H -o value encryption,keystatus,mounted ${dataset}`)).stdout
    .trim()
    .split('\n');

let content: string;

beforeAll(async () => {
  const { a, b } = guests();
  await a.sh(
    `mkdir -p /media/keys; bench new shop
     bench config set volume.encryption on -b shop; bench config set volume.key file:/media/keys/shop.key -b shop
     bench init -b shop --no-escrow --yes`,
    { timeoutMs: 280_000 },
  );
  await fillBench(a, 'shop');
  await makePool(b);
  await a.sh('bench replicate setup b -b shop --as a --yes', { timeoutMs: 120_000 });
}, 600_000);

test('a copy is raw, and the host that has it cannot look into it', SLOW, async () => {
  const { a } = guests();
  expect((await run()).sent).toMatchObject([{ member: '.', full: true }]);
  await a.sh('echo one > /srv/benches/shop/sites/one');
  expect((await run()).sent).toMatchObject([{ member: '.', full: false }]);
  expect(await state(COPY)).toEqual(['aes-256-gcm', 'unavailable', 'no']);
});

test('with the key not loaded here it goes where it went before', SLOW, async () => {
  const { a, b } = guests();
  content = await contentOf(a, 'shop');
  await benchJson(a, ['key', 'unload', '-b', 'shop', '--yes']);
  const { tag, sent } = await run();
  expect(sent).toMatchObject([{ member: '.', full: false }]);
  expect(await tagsOf(b, COPY)).toContain(tag);
  expect(await benchJson<CopyStatus>(a, ['replicate', 'status', '-b', 'shop'])).toMatchObject({
    to: 'b',
    copied: { tag },
  });
  await benchJson(a, ['key', 'load', '-b', 'shop']);
  expect(await contentOf(a, 'shop')).toBe(content);
});

test(
  'it is neither moved nor promoted before its key is there, and nothing was stopped for that',
  SLOW,
  async () => {
    const { a, b } = guests();
    const moved = await benchJson<Failure>(a, ['move', 'shop', '--to', 'b', '--yes'], 3);
    expect(moved.error).toMatchObject({
      code: 'key-not-loaded',
      message: expect.stringContaining('on b is'),
    });
    expect((await a.sh('systemctl show -p NRestarts,ActiveState mariadb@shop')).stdout).toBe(
      'NRestarts=0\nActiveState=active\n',
    );
    const promoted = await benchJson<Failure>(b, ['promote', 'shop', '--stop-source', '--yes'], 3);
    expect(promoted.error.code).toBe('key-not-loaded');
    expect(promoted.error.suggestions.join('\n')).toContain(`zfs load-key -L file:///PATH ${COPY}`);
    expect(await state(COPY)).toEqual(['aes-256-gcm', 'unavailable', 'no']);
    expect((await a.sh('systemctl is-active mariadb@shop')).stdout).toBe('active\n');
  },
);

test('with its key it moves, and comes up there at boot', SLOW, async () => {
  const { a, b } = guests();
  const key = (await a.sh('base64 -w 0 /media/keys/shop.key')).stdout;
  await b.sh(`umask 077; mkdir -p /media/keys; base64 -d <<< '${key}' > /media/keys/shop.key
    zfs load-key -L file:///media/keys/shop.key ${COPY}`);
  // What comes while it is loaded comes raw, too.
  expect((await run()).sent).toMatchObject([{ member: '.', full: false }]);
  await benchJson(a, ['move', 'shop', '--to', 'b', '--yes']);
  expect(await contentOf(b, 'shop')).toBe(content);
  await rebootFully(b);
  expect(await contentOf(b, 'shop')).toBe(content);
  const { problems } = await benchJson<Status>(b, ['volume', 'status', '-b', 'shop']);
  expect(problems.map(({ code }) => code)).toEqual(['key-not-exported', 'replication-none']);
});

test(
  'back it goes as a whole, for raw increments must not go back to where they came from',
  SLOW,
  async () => {
    const { a, b } = guests();
    const aside = (await a.sh('zfs list -H -o name -r bench-pool/_preserved | grep shop-')).stdout.trim();
    await a.sh(`zfs load-key -L file:///media/keys/shop.key ${aside} || true
    mkdir -p /mnt/aside; mount -t zfs -o zfsutil,ro ${aside} /mnt/aside; test -e /mnt/aside/benches/sites/one; umount /mnt/aside`);
    const back = await benchJson<CopyResult>(b, ['replicate', 'run', '-b', 'shop']);
    expect(back.sent).toMatchObject([{ member: '.', full: true }]);
    await a.sh(`zfs load-key -L file:///media/keys/shop.key ${COPY}`);
    await benchJson(b, ['move', 'shop', '--to', 'a', '--yes']);
    expect(await contentOf(a, 'shop')).toBe(content);
    await rebootFully(a);
    expect(await contentOf(a, 'shop')).toBe(content);
    expect((await a.sh('zpool scrub -w bench-pool; zpool status -x')).stdout).toContain('healthy');
  },
);
