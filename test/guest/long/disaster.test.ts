import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import type { CopyList, PushResult, RestoreResult } from '../../../src/offsite/offsite.js';
import { benchJson, contentOf } from '../product.js';
import { STORE, setUpOffsite, startMoto } from '../store.js';
import { useGuest } from '../support.js';

/**
 * The machine is gone; what is left is the store and the secret key. Each new machine is this guest cleared: its pool made
 * anew and empty, the bench taken away with all that is known of it, for the first of them bench itself, too.
 */
const guest = useGuest({ image: 'bench', disks: [{ size: '20G', serial: 'disk-new' }] });

const offsite = <T>(args: string) => benchJson<T>(guest(), ['offsite', ...args.split(' '), '-b', 'shop']);
/** An empty pool of the same name, as somebody makes one by hand. */
const newPool = (disk: string) =>
  guest().sh(`zpool destroy bench-pool; zpool create -f -O mountpoint=/bench-pool bench-pool /dev/disk/by-id/virtio-${disk}
    test "$(zfs list -H -o name)" = bench-pool`);

let content: string;
let guid: string;

beforeAll(async () => {
  await startMoto(guest());
  await setUpOffsite(guest(), 'shop');
  await guest().sh('head -c 70M /dev/urandom > /srv/benches/shop/sites/large; sync');
  await offsite<PushResult>('push');
  await guest().sh(
    'mariadb --socket=/run/mysqld/mysqld-shop.sock app -e "INSERT INTO orders VALUES (99999, \'the last one\')"',
  );
  await offsite<PushResult>('push');
  content = await contentOf(guest(), 'shop');
  guid = (await offsite<CopyList>('list')).copies.at(-1)?.guid ?? '';
  await guest().sh(`for snapshot in $(zfs list -H -t snapshot -o name bench-pool/shop); do zfs release bench:offsite $snapshot; done
    bench drop shop --yes; rm -rf /var/lib/bench/shop`);
});

/** The blocks of a page up to a heading, as somebody pastes them. */
async function blocksOf(page: string, until: string): Promise<string> {
  const text =
    (await readFile(new URL(`../../../docs/${page}`, import.meta.url), 'utf8')).split(until)[0] ?? '';
  return [...text.matchAll(/^( *)```\n([\s\S]*?)^ *```$/gm)]
    .map(([, indent = '', block = '']) => block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''))
    .join('');
}

test('with ZFS, age and a standard client alone, by the page, word by word', async () => {
  await guest().sh('dpkg -r bench; ! command -v bench');
  await newPool('disk-new');
  await guest().sh('apt-get update', { timeoutMs: 120_000 });
  const blocks = (await blocksOf('disaster.md', '   With bench at hand'))
    .replace('apt-get install', 'DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends')
    .replace('/root/offsite.credentials', STORE.credentials)
    .replace('https://s3.example.com', STORE.endpoint)
    .replace('s3://bucket/', `s3://${STORE.bucket}/`);
  await guest().sh(
    `cat > /root/page.sh <<'PAGE'\n${blocks}\nPAGE\nbash -x /root/page.sh > /root/page.log 2>&1 || { cat /root/page.log; exit 1; }`,
    {
      timeoutMs: 590_000,
    },
  );
  const log = await guest().read('/root/page.log');
  expect(log).not.toContain('IS NOT WHOLE\n');
  expect(
    (
      await guest().sh('zfs list -H -t snapshot -o guid bench-pool/_preserved/shop | tail -n 1')
    ).stdout.trim(),
  ).toBe(guid);
  const { stdout } = await guest().sh(
    'cd /mnt/shop/benches/sites; find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum; readlink link; ls /mnt/shop/mariadb/app',
  );
  expect(stdout).toContain(content.split('\n').slice(2).join('\n').trim());
  expect(stdout).toContain('orders');
});

test('what came back so becomes a bench again, as the page says', async () => {
  await guest().sh('dpkg -i --force-depends /root/bench.deb');
  await guest().sh(
    `zfs unmount bench-pool/_preserved/shop; zfs inherit mountpoint bench-pool/_preserved/shop
    zfs set bench:name=shop bench:preserved=yes bench-pool/_preserved/shop
    bench init -b shop --from-volume shop --yes`,
    { timeoutMs: 280_000 },
  );
  expect(await contentOf(guest(), 'shop')).toBe(content);
  await guest().sh('bench drop shop --yes; rm -rf /var/lib/bench/shop');
});

test('with bench, on a machine that has never seen it', async () => {
  await newPool('disk-a');
  await guest().run(['bench', 'new', 'shop']);
  await setUpOffsite(guest(), 'shop');
  expect((await offsite<CopyList>('list')).copies).toHaveLength(2);
  const back = await offsite<RestoreResult>(`restore --identity ${STORE.identity}`);
  expect(back.copies).toHaveLength(2);
  await benchJson(guest(), ['init', '-b', 'shop', '--from-volume', 'shop', '--yes']);
  expect(await contentOf(guest(), 'shop')).toBe(content);
  // It goes on where the lost one has ended.
  expect(await offsite<PushResult>('push')).toMatchObject({ kind: 'incremental' });
});
