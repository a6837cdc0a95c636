import { beforeAll, expect, test } from 'vitest';
import type { CheckResult } from '../../src/check/check.js';
import type {
  CopyList,
  CopyPruneResult,
  OffsiteStatus,
  PushPreview,
  PushResult,
  RestoreResult,
  VerifyCopyResult,
} from '../../src/offsite/offsite.js';
import { benchJson, contentOf, type Failure } from './product.js';
import { damage, STORE, setUpOffsite, startMoto, storedKeys } from './store.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'bench' });

const offsite = <T>(args: string, exitCode = 0) =>
  benchJson<T>(guest(), ['offsite', ...args.split(' '), '-b', 'shop'], exitCode);
const list = () => offsite<CopyList>('list');
const holds = async () =>
  (await guest().sh('zfs holds -H $(zfs list -H -t snapshot -o name bench-pool/shop)')).stdout;
const withKey = `--identity ${STORE.identity}`;

beforeAll(async () => {
  await startMoto(guest());
  await setUpOffsite(guest(), 'shop');
  // Two parts.
  await guest().sh('head -c 100M /dev/urandom > /srv/benches/shop/sites/large; sync');
});

test('a key that others may read is refused, and nothing was begun', async () => {
  await guest().sh(`chmod 644 ${STORE.credentials}`);
  expect((await offsite<Failure>('push', 3)).error.code).toBe('credentials-open');
  await guest().sh(`chmod 600 ${STORE.credentials}`);
  expect((await guest().sh('zfs list -H -t snapshot -o name bench-pool/shop')).stdout).toBe('');
});

test('a push that is killed in the middle goes on, and sends only what is missing', async () => {
  expect(await offsite<PushPreview>('push --dry-run')).toMatchObject({ kind: 'full', snapshot: null });
  await guest().sh(`bench offsite push -b shop > /root/push.log 2>&1 & pid=$!
    until grep -q '"index":1' /var/lib/bench/shop/offsite-push.ndjson 2>/dev/null; do sleep 0.1; kill -0 $pid; done
    kill -9 $pid; wait $pid || true; while pgrep -x zfs > /dev/null; do sleep 0.1; done`);
  expect(await list()).toMatchObject({ copies: [], unfinished: [expect.stringMatching(/-full$/)] });
  const status = await offsite<OffsiteStatus>('status');
  expect(status).toMatchObject({ copy: null, last: { outcome: 'killed' }, unfinished: { parts: 1 } });
  const result = await offsite<PushResult>('push');
  expect(result).toMatchObject({ kind: 'full', resumed: true, parts: 2 });
  expect(result.sentBytes).toBeLessThan(result.storedBytes - 60 * 1024 ** 2);
  expect((await storedKeys(guest(), 'shop')).map((key) => key.split('/').at(-1))).toEqual([
    'manifest.json',
    expect.stringMatching(/^part-000001-/),
    expect.stringMatching(/^part-000002-/),
  ]);
});

test('then only what has changed is copied; what a copy builds on is held, and nothing else', async () => {
  await guest().sh('head -c 1M /dev/urandom > /srv/benches/shop/sites/more');
  const result = await offsite<PushResult>('push');
  expect(result).toMatchObject({ kind: 'incremental', resumed: false, because: null });
  expect(result.storedBytes).toBeLessThan(8 * 1024 ** 2);
  expect((await list()).copies).toMatchObject([
    { kind: 'full', state: 'whole' },
    { kind: 'incremental', state: 'whole', tag: result.snapshot.tag },
  ]);
  expect((await holds()).trim().split('\n')).toEqual([
    expect.stringContaining(`@${result.snapshot.tag}\tbench:offsite`),
  ]);
  // The one that the full copy was of was taken for it only, and is gone.
  expect((await guest().sh('zfs list -H -t snapshot -o name bench-pool/shop')).stdout.trim()).toBe(
    `bench-pool/shop@${result.snapshot.tag}`,
  );
  const refused = await benchJson<Failure>(
    guest(),
    ['volume', 'destroy-snapshot', result.snapshot.tag, '--yes', '-b', 'shop'],
    3,
  );
  expect(refused.error.code).toBe('snapshot-held');
});

test('a copy is proven: MariaDB starts on what comes back of it', async () => {
  const boot = await offsite<VerifyCopyResult>(`verify --level boot ${withKey}`);
  expect(boot.copies).toHaveLength(2);
  expect(boot.tables).toBeGreaterThan(20);
  expect((await guest().sh('zfs list -H -r -o name bench-pool/_incoming')).stdout).toBe(
    'bench-pool/_incoming\n',
  );
  expect((await list()).copies.map(({ verified }) => verified?.level)).toEqual(['boot', 'boot']);
});

test('a copy comes back beside the bench, to the byte, and takes the place of nothing', async () => {
  expect((await offsite<Failure>(`restore ${withKey}`, 3)).error.code).toBe('bench-exists');
  await guest().sh('age-keygen -o /root/other.txt 2>/dev/null');
  expect((await offsite<Failure>('restore --as back --identity /root/other.txt', 2)).error.code).toBe(
    'wrong-key',
  );
  expect((await guest().sh('zfs list -H -r -o name bench-pool/_incoming')).stdout).toBe(
    'bench-pool/_incoming\n',
  );
  const back = await offsite<RestoreResult>(`restore --as back ${withKey}`);
  expect(back).toMatchObject({ dataset: 'bench-pool/_preserved/back', name: 'back' });
  await benchJson(guest(), ['init', '-b', 'back', '--from-volume', 'back', '--yes']);
  expect(await contentOf(guest(), 'back')).toBe(await contentOf(guest(), 'shop'));
});

test('one byte that is changed is found, nothing of it is restored, and the next copy builds on none of it', async () => {
  const [first] = (await list()).copies;
  const key = (await storedKeys(guest(), 'shop')).find((each) => each.includes(`${first?.id}/part-000002`));
  await damage(guest(), key ?? '');
  const { error } = await offsite<Failure>('verify', 1);
  expect(error).toMatchObject({ code: 'copy-damaged', message: expect.stringContaining('part-000002') });
  expect((await offsite<Failure>(`restore --as other ${withKey}`, 1)).error.code).toBe('copy-damaged');
  expect((await guest().sh('zfs list -H -o name')).stdout).not.toContain('other');
  expect(await offsite<PushPreview>('push --dry-run')).toMatchObject({
    kind: 'full',
    because: 'The last copy was found to be bad.',
  });
});

test('by its timer it runs with little of the host, and prunes; checks and figures tell of it', async () => {
  await guest().sh(
    `cd /srv/benches/shop; bench config set offsite.keep.last 1 -b shop
    bench config set offsite.schedule daily -b shop; bench init -b shop --yes
    rm sites/large; systemctl start bench-offsite-shop.service`,
    { timeoutMs: 280_000 },
  );
  const { stdout } = await guest().sh('systemd-analyze security --no-pager bench-offsite-shop.service');
  expect(Number(/level for .*: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThanOrEqual(4);
  expect(await offsite<OffsiteStatus>('status')).toMatchObject({
    schedule: 'daily',
    active: true,
    last: { outcome: 'done' },
    copy: { kind: 'full' },
    held: [{}],
  });
  expect((await list()).copies).toMatchObject([{ kind: 'full' }]);
  expect(await offsite<CopyPruneResult>('prune --dry-run')).toMatchObject({ pruned: [], removed: [] });
  const check = await benchJson<CheckResult>(guest(), ['check', 'offsite', '-b', 'shop']);
  expect(check).toMatchObject({ level: 'OK', line: expect.stringContaining('last copy off-site is') });
  expect((await guest().sh('bench metrics')).stdout).toMatch(
    /^bench_offsite_last_success_timestamp_seconds\{.*bench="shop".*\} \d+/m,
  );
});

test('what was taken along of a volume goes with it, and stays with it while somebody holds it', async () => {
  const volume = 'bench-pool/_volumes/files';
  await guest().sh('bench volume create files 1G && bench volume attach files -b shop --path sites/files');
  const tags = async (dataset: string) =>
    (await guest().sh(`zfs list -H -t snapshot -s createtxg -o name ${dataset} | cut -d@ -f2`)).stdout;
  // As pushes have left it that took the volume along, and forgot it.
  await guest().sh(`zfs snapshot -o bench:offsite=left ${volume}@left; zfs snapshot ${volume}@mine`);
  const first = (await offsite<PushResult>('push')).snapshot.tag;
  expect(await tags(volume)).toBe(`mine\n${first}\n`);
  await guest().sh(`zfs hold mine ${volume}@${first}`);
  const second = (await offsite<PushResult>('push')).snapshot.tag;
  expect(await tags('bench-pool/shop')).toBe(`${first}\n${second}\n`);
  await guest().sh(`zfs release mine ${volume}@${first}`);
  const third = (await offsite<PushResult>('push')).snapshot.tag;
  expect(await tags('bench-pool/shop')).toBe(`${third}\n`);
  expect(await tags(volume)).toBe(`mine\n${third}\n`);
});

test('no secret is anywhere but in its file', async () => {
  await guest().sh(
    'BENCH_DEBUG=1 bench offsite list -b shop > /root/debug.log 2>&1; journalctl --no-pager > /root/journal.log',
  );
  await guest().sh(`sed -i 's/planted-s3cr3t-.*/wrong-s3cr3t-987654321/' ${STORE.credentials}`);
  await guest().sh('bench offsite list -b shop --json > /root/wrong.log 2>&1 || true');
  const { stdout } = await guest().sh(
    `grep -rlE '${STORE.secret}|wrong-s3cr3t|AGE-SECRET-KEY' /root/*.log /var/lib/bench /var/log /srv/benches/shop/bench.toml /etc/systemd /run/systemd 2>/dev/null || true`,
  );
  expect(stdout).toBe('');
});
