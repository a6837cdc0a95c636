import { beforeAll, describe, expect, test } from 'vitest';
import type { Guest } from '../../../guest/guest.js';
import { introduce } from '../../../guest/together.js';
import type { CopyResult, CopyStatus } from '../../../src/replicate/replicate.js';
import { killedEverywhere, pushKillWalk } from '../kill-walk-support.js';
import { benchJson, contentOf, type Failure, sql } from '../product.js';
import { makePool, tagsOf } from '../replicate-support.js';
import { useGuests } from '../support.js';

const COPY = 'bench-pool/_copies/shop';
const HOUR_MS = 60 * 60_000;
const guests = useGuests({ a: { image: 'bench' }, b: { image: 'product', disks: [{ size: '20G' }] } });

type Answer = CopyResult & Failure & { target: string };
const bench = (guest: Guest, args: string[], exitCode = 0) => benchJson<Answer>(guest, args, exitCode);
const run = (exitCode = 0) => bench(guests().a, ['replicate', 'run', '-b', 'shop'], exitCode);
const status = (guest: Guest) => benchJson<CopyStatus>(guest, ['replicate', 'status', '-b', 'shop']);

/** What the copy holds, seen through a clone of its newest snapshot that is taken away again. */
async function copiedContent(guest: Guest): Promise<string> {
  const [tag] = (await tagsOf(guest, COPY)).slice(-1);
  const { stdout } = await guest.sh(`zfs clone -o mountpoint=/mnt/look ${COPY}@${tag} bench-pool/look
    cd /mnt/look/benches/sites; find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum; cd /
    zfs destroy bench-pool/look`);
  return stdout;
}

async function liveContent(guest: Guest): Promise<string> {
  const { stdout } = await guest.sh(
    'cd /srv/benches/shop/sites; find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum',
  );
  return stdout;
}

/** What a promotion says that was killed behind its last step. */
const DONE = 'shop is a bench of this host already';

beforeAll(async () => {
  const { a, b } = guests();
  await makePool(b);
  for (const guest of [a, b]) await pushKillWalk(guest);
  expect(
    (await killedEverywhere(a, ['replicate', 'setup', 'b', '-b', 'shop', '--as', 'a', '--yes'])).length,
  ).toBeGreaterThan(5);
  await run();
}, HOUR_MS);

describe('what goes wrong on the way', () => {
  test(
    'the connection is cut at 20 points, and in the end everything has come',
    async () => {
      const { a, b } = guests();
      let resumed = 0;
      for (let cut = 0; cut < 20; cut += 1) {
        await a.sh(`head -c 8M /dev/urandom > /srv/benches/shop/sites/blob${cut % 4}`);
        const delay = ((cut * 7) % 20) / 10;
        const side = cut % 2 === 0 ? a : b;
        const victim = cut % 2 === 0 ? '[r]eceive shop' : '[z]fs receive';
        const killer = side.spawn(
          `until pid=$(pgrep -f '${victim}'); do sleep 0.05; done; sleep ${delay}; kill -9 $pid || true`,
          { timeoutMs: 120_000 },
        );
        const { exitCode, stdout } = await a.run(['bench', 'replicate', 'run', '-b', 'shop', '--json'], {
          check: false,
          timeoutMs: 280_000,
        });
        killer.kill();
        expect([0, 1]).toContain(exitCode);
        if (exitCode === 0)
          resumed += (JSON.parse(stdout) as CopyResult).sent.filter((each) => each.resumed).length;
        else expect((JSON.parse(stdout) as Failure).error.message).toContain('goes on from it');
      }
      const last = await run();
      resumed += last.sent.filter((each) => each.resumed).length;
      console.log(`streams that were gone on with: ${resumed}`);
      expect(await copiedContent(b)).toBe(await liveContent(a));
      expect(await status(a)).toMatchObject({ incomplete: false, copied: { tag: last.tag } });
      const { stdout } = await a.sh('zfs list -H -t snapshot -o userrefs bench-pool/shop | sort -u');
      expect(stdout.trim()).toBe('0');
    },
    HOUR_MS,
  );

  test(
    'bench itself is killed at 8 points',
    async () => {
      const { a, b } = guests();
      for (let kill = 0; kill < 8; kill += 1) {
        await a.sh('head -c 4M /dev/urandom > /srv/benches/shop/sites/blob');
        await a.sh(
          `bench replicate run -b shop > /dev/null 2>&1 & pid=$!; sleep ${1 + kill * 2}; kill -9 $pid || true; wait || true`,
          { timeoutMs: 120_000 },
        );
      }
      await run();
      expect(await copiedContent(b)).toBe(await liveContent(a));
    },
    HOUR_MS,
  );

  test(
    'two runs at once: one after the other, or one is told to wait',
    async () => {
      const { a } = guests();
      const both = await Promise.all(
        [1, 2].map(() =>
          a.run(['bench', 'replicate', 'run', '-b', 'shop', '--json'], { check: false, timeoutMs: 280_000 }),
        ),
      );
      const codes = both.map(({ exitCode }) => exitCode).sort();
      expect(codes[0]).toBe(0);
      expect([0, 4]).toContain(codes[1]);
    },
    HOUR_MS,
  );

  test(
    'the other host is rebooted in the middle',
    async () => {
      const { a, b } = guests();
      await a.sh('head -c 60M /dev/urandom > /srv/benches/shop/sites/blob');
      const running = a.spawn('bench replicate run -b shop --json', { timeoutMs: 280_000 });
      await b.sh("until pgrep -f '[z]fs receive'; do sleep 0.1; done", { timeoutMs: 200_000 });
      await b.reboot({ clean: false });
      await introduce(guests());
      expect((await running).exitCode).not.toBe(0);
      await run();
      expect(await copiedContent(b)).toBe(await liveContent(a));
    },
    HOUR_MS,
  );

  test(
    'no room on the other host, and room again',
    async () => {
      const { a, b } = guests();
      await b.sh(
        'zfs set quota=$(( $(zfs get -Hp -o value used bench-pool/_copies) + 8000000 )) bench-pool/_copies',
      );
      await a.sh('head -c 60M /dev/urandom > /srv/benches/shop/sites/blob');
      expect((await run(1)).error.code).toBe('target-full');
      // What each of them takes for itself does not fill the bench.
      await run(1);
      const left = await tagsOf(a, 'bench-pool/shop');
      await run(1);
      expect(await tagsOf(a, 'bench-pool/shop')).toHaveLength(left.length);
      expect((await a.sh('systemctl is-active mariadb@shop')).stdout.trim()).toBe('active');
      await b.sh('zfs set quota=none bench-pool/_copies');
      await run();
      expect(await copiedContent(b)).toBe(await liveContent(a));
    },
    HOUR_MS,
  );

  test(
    'the base is gone on either side',
    async () => {
      const { a, b } = guests();
      // Here: the bookmark serves.
      for (const tag of await tagsOf(a, 'bench-pool/shop')) await a.sh(`zfs destroy bench-pool/shop@${tag}`);
      expect((await run()).sent.every(({ full }) => !full)).toBe(true);
      // Both, here: nothing is in common any more.
      const { stdout } = await a.sh('zfs list -H -d 1 -t bookmark,snapshot -o name bench-pool/shop');
      for (const name of stdout.trim().split('\n')) await a.sh(`zfs destroy ${name}`);
      const refused = await run(3);
      expect(refused.error.code).toBe('copy-without-base');
      const rename = refused.error.suggestions.find((each) => each.includes('zfs rename')) ?? '';
      await b.sh(rename.slice(rename.indexOf('zfs ')));
      expect((await run()).sent.at(-1)?.full).toBe(true);
      expect(await copiedContent(b)).toBe(await liveContent(a));
    },
    HOUR_MS,
  );

  test(
    'a bench that went back to an older snapshot',
    async () => {
      const { a, b } = guests();
      await a.sh('bench volume snapshot -b shop --tag early');
      await run();
      await a.sh('echo later > /srv/benches/shop/sites/later');
      await run();
      await a.sh('bench volume restore-snapshot early -b shop --yes', { timeoutMs: 280_000 });
      const refused = await run(3);
      expect(refused.error.code).toBe('copy-diverged');
      for (const each of refused.error.suggestions.filter((text) => /zfs (release|rollback)/.test(text)))
        await b.sh(each.slice(each.indexOf('zfs ')));
      await run();
      expect(await copiedContent(b)).toBe(await liveContent(a));
    },
    HOUR_MS,
  );
});

describe('who runs it', () => {
  test(
    'moved there and back, nothing is lost and nowhere it runs twice',
    async () => {
      const { a, b } = guests();
      await sql(a, 'shop', 'INSERT INTO app.orders VALUES (9001, "before")');
      const before = await contentOf(a, 'shop');
      const moved = await benchJson<{ epoch: number; downSeconds: number }>(a, [
        'move',
        'shop',
        '--to',
        'b',
        '--yes',
      ]);
      console.log(`seconds down: ${moved.downSeconds}`);
      expect(await contentOf(b, 'shop')).toBe(before);
      expect(
        (await a.run(['systemctl', 'is-active', 'mariadb@shop'], { check: false })).stdout.trim(),
      ).not.toBe('active');
      await sql(b, 'shop', 'INSERT INTO app.orders VALUES (9002, "there")');
      await bench(b, ['replicate', 'run', '-b', 'shop']);
      const there = await contentOf(b, 'shop');
      await benchJson(b, ['move', 'shop', '--to', 'a', '--yes']);
      expect(await contentOf(a, 'shop')).toBe(there);
    },
    HOUR_MS,
  );

  test(
    'a move that is killed goes on',
    async () => {
      const { a, b } = guests();
      const before = await contentOf(a, 'shop');
      for (const seconds of [4, 12, 20, 30]) {
        await a.sh(
          `bench move shop --to b --yes > /dev/null 2>&1 & pid=$!; sleep ${seconds}; kill -9 $pid || true; wait || true`,
          { timeoutMs: 120_000 },
        );
        const live = await Promise.all(
          [a, b].map((each) => each.run(['systemctl', 'is-active', 'mariadb@shop'], { check: false })),
        );
        expect(live.filter(({ stdout }) => stdout.trim() === 'active').length).toBeLessThan(2);
      }
      // What ssh had started there may still be at it.
      await b.sh("while pgrep -f '[r]eplicate serve'; do sleep 1; done", { timeoutMs: 280_000 });
      await benchJson(a, ['move', 'shop', '--to', 'b', '--yes']);
      expect(await contentOf(b, 'shop')).toBe(before);
    },
    HOUR_MS,
  );

  test(
    'stopped there by --stop-source, and what was written meanwhile is set aside',
    async () => {
      const { a, b } = guests();
      await bench(b, ['replicate', 'run', '-b', 'shop']);
      await sql(b, 'shop', 'INSERT INTO app.orders VALUES (9003, "lost and kept")');
      expect((await bench(a, ['promote', 'shop', '--yes'], 3)).error.code).toBe('source-live');
      await benchJson(a, ['promote', 'shop', '--stop-source', '--yes']);
      expect(
        (await b.run(['systemctl', 'is-active', 'mariadb@shop'], { check: false })).stdout.trim(),
      ).not.toBe('active');
      const reversed = await benchJson<{ ahead: string[] }>(b, [
        'replicate',
        'reverse',
        '-b',
        'shop',
        '--yes',
      ]);
      expect(reversed.ahead).toEqual(['.']);
      expect((await b.sh('zfs list -H -o name -r bench-pool/_preserved')).stdout).toContain(
        '_preserved/shop-',
      );
      expect((await run()).tag).toBeTruthy();
    },
    HOUR_MS,
  );

  test(
    'a promotion and a turning round that are killed everywhere come to their end',
    async () => {
      const { a, b } = guests();
      await run();
      const before = await contentOf(a, 'shop');
      expect(
        (await killedEverywhere(b, ['promote', 'shop', '--stop-source', '--yes'], ['--until', DONE])).length,
      ).toBeGreaterThan(5);
      expect(await contentOf(b, 'shop')).toBe(before);
      expect(
        (await a.run(['systemctl', 'is-active', 'mariadb@shop'], { check: false })).stdout.trim(),
      ).not.toBe('active');
      expect(
        (await killedEverywhere(a, ['replicate', 'reverse', '-b', 'shop', '--yes'])).length,
      ).toBeGreaterThan(5);
      await bench(b, ['replicate', 'run', '-b', 'shop']);
      expect((await status(b)).last).toMatchObject({ outcome: 'done' });
    },
    HOUR_MS,
  );
});
