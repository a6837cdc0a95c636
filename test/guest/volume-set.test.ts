import { expect, test } from 'vitest';
import type { Status } from '../../src/status/status.js';
import type { SetResult } from '../../src/volume-manager/volume-manager.js';
import { runBeside } from './beside.js';
import { benchJson, type Failure, sql } from './product.js';
import { useGuest } from './support.js';

const guest = useGuest({ image: 'bench' });

const TOML = '/srv/benches/shop/bench.toml';
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

const set = (...sizes: string[]) =>
  benchJson<SetResult>(guest(), ['volume', 'set', '-b', 'shop', ...sizes.flatMap((size) => size.split(' '))]);
const refused = async (exitCode: number, ...sizes: string[]) => {
  const args = ['volume', 'set', '-b', 'shop', ...sizes.flatMap((size) => size.split(' '))];
  return (await benchJson<Failure>(guest(), args, exitCode)).error;
};
/** What holds now: bench.toml's bytes, ZFS's two properties, and the server's process. */
const state = async () =>
  (
    await guest().sh(`cat ${TOML}; zfs get -H -p -o value quota,reservation bench-pool/shop
      systemctl show -p MainPID mariadb@shop`)
  ).stdout;

test('quota and reservation change both ways while MariaDB writes, which is not restarted', async () => {
  await sql(guest(), 'shop', 'CREATE TABLE app.log (id SERIAL, text VARCHAR(1000))');
  await guest().write(
    '/root/writer.sh',
    `while mariadb --socket=/run/mysqld/mysqld-shop.sock app -e \\
       "INSERT INTO log (text) SELECT REPEAT('x', 900) FROM seq_1_to_200"; do date +%s%N >> /root/written; done`,
  );
  await guest().sh(
    'sh /root/writer.sh 2>/root/writer.err </dev/null >/dev/null & echo $! > /root/writer.pid',
  );
  const [, , , pid] = (await state()).split('\n').slice(-5);
  for (const [quota, reservation] of [
    ['15G', '10G'],
    ['4G', '2G'],
    ['12G', '11G'],
    ['3G', '1G'],
  ]) {
    const before = (await guest().sh('wc -l < /root/written || echo 0')).stdout;
    const result = await set(`--quota ${quota}`, `--reservation ${reservation}`);
    expect(result).toMatchObject({ dataset: 'bench-pool/shop', changed: true, notes: [] });
    expect(await state()).toContain(`quota = "${quota}"`);
    expect(await state()).toContain(`reservation = "${reservation}"`);
    const { dataset, problems } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
    expect(problems).toEqual([]);
    expect(dataset).toMatchObject({
      quotaBytes: Number.parseInt(quota ?? '', 10) * GIB,
      reservationBytes: Number.parseInt(reservation ?? '', 10) * GIB,
    });
    expect((await guest().sh('wc -l < /root/written')).stdout).not.toBe(before);
  }
  expect((await state()).split('\n')).toContain(pid);
  expect(await guest().read('/root/writer.err')).toBe('');
  expect(await set('--quota 3G')).toMatchObject({ changed: false });
});

test('what cannot be is refused, and nothing is changed', async () => {
  await guest().sh(
    'kill $(cat /root/writer.pid); head -c 400M /dev/urandom > /srv/benches/shop/sites/big; sync',
  );
  const before = await state();
  expect(await refused(3, '--quota 300M', '--reservation 1M')).toMatchObject({ code: 'quota-below-used' });
  expect(await refused(2, '--quota 25G')).toMatchObject({ code: 'sizes-do-not-fit' });
  expect(await refused(2, '--reservation 4G')).toMatchObject({ code: 'sizes-do-not-fit' });
  expect(await refused(2, '--quota 12GB')).toMatchObject({ code: 'size-invalid' });
  expect((await benchJson<Failure>(guest(), ['volume', 'set', '-b', 'shop'], 2)).error.code).toBe(
    'nothing-to-set',
  );
  await guest().sh('zfs create -o reservation=10G bench-pool/other');
  expect(await refused(2, '--quota 15G', '--reservation 12G')).toMatchObject({ code: 'sizes-do-not-fit' });
  await guest().sh('zfs destroy bench-pool/other');
  expect(await state()).toBe(before);
});

/** A zfs that writes into the bench just before the real one sets a quota: what was compared is true no more. */
const WRITER = `#!/bin/sh
case "$*" in
  "set quota="*) head -c 300M /dev/urandom > /srv/benches/shop/sites/meanwhile; sync; zpool sync bench-pool ;;
esac
exec /usr/sbin/zfs "$@"
`;

test('data that arrive between comparing and setting: ZFS refuses, and everything is put back', async () => {
  const before = await state();
  const { dataset } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  const quota = `${Math.ceil(dataset.usedBytes / MIB) + 50}M`;
  await guest().write('/root/late/zfs', WRITER);
  const { stdout, exitCode } = await guest().sh(
    `chmod +x /root/late/zfs; PATH=/root/late:$PATH bench volume set -b shop --quota ${quota} --reservation 10M --json`,
    { check: false },
  );
  expect([exitCode, (JSON.parse(stdout) as Failure).error.code]).toEqual([3, 'quota-below-used']);
  expect(await state()).toBe(before);
});

test('of a bench that is full to its quota, the quota can be raised', async () => {
  const { dataset } = await benchJson<Status>(guest(), ['volume', 'status', '-b', 'shop']);
  await set(`--quota ${Math.ceil(dataset.usedBytes / MIB) + 30}M`, '--reservation 1M');
  // InnoDB that cannot write aborts now and then, and its next start fails while the dataset is full.
  await guest().sh(`systemctl stop mariadb@shop
    dd if=/dev/urandom of=/srv/benches/shop/sites/filler bs=1M count=100 || true; sync`);
  const writes = async () =>
    (await guest().run(['cp', TOML, `${TOML}.copy`], { check: false })).exitCode === 0;
  expect(await writes()).toBe(false);
  expect((await refused(1, '--reservation 2M')).message).toContain('the quota is used up');
  expect(await set('--quota 4G', '--reservation 1G')).toMatchObject({ changed: true });
  expect(await state()).toContain('quota = "4G"');
  expect(await writes()).toBe(true);
  await guest().sh('systemctl start mariadb@shop');
});

test('killed between bench.toml and ZFS, init carries out what bench.toml says', async () => {
  await guest().write(
    '/root/late/zfs',
    '#!/bin/sh\ncase "$*" in "set "*) kill -9 $PPID ;; *) exec /usr/sbin/zfs "$@" ;; esac\n',
  );
  await guest().sh('PATH=/root/late:$PATH bench volume set -b shop --quota 9G', { check: false });
  expect(await state()).toContain('quota = "9G"');
  await benchJson(guest(), ['init', '-b', 'shop']);
  expect(await state()).toContain(`${9 * GIB}`);
});

/**
 * What `zpool list` prints of a pool that ZFS cannot open. A real one cannot be had: OpenZFS 2.0 and later take the kernel
 * down over it, before they print anything (openzfs/zfs#17285).
 */
const ASKED = '/usr/sbin/zpool "$@"; code=$?; case "$*" in *name,guid,health,*)';
const FOREIGN = `${ASKED} printf 'foreign\\t7\\tFAULTED\\t-\\t-\\t-\\t-\\t-\\n';; esac; exit $code`;
const OWN = `case "$*" in *name,guid,health,*) /usr/sbin/zpool "$@" | sed -E 's/^(\\S+\\s+\\S+\\s+).*/\\1FAULTED\\t-\\t-\\t-\\t-\\t-/';;
  *) exec /usr/sbin/zpool "$@";; esac`;

test("a pool of anybody's that ZFS cannot open is in the way of no command, and the own one is named", async () => {
  const run = async (script: string, command: string) => {
    const { exitCode, stdout } = await runBeside(guest(), 'zpool', script, `bench ${command} -b shop --json`);
    return { exitCode, ...JSON.parse(stdout) };
  };
  expect(await run(FOREIGN, 'volume status')).toMatchObject({ exitCode: 0, problems: [] });
  expect(await run(FOREIGN, 'init')).toMatchObject({ exitCode: 0, changed: false });
  expect(await run(FOREIGN, 'volume set --quota 6G')).toMatchObject({ exitCode: 0, quotaBytes: 6 * GIB });

  const { problems, pool } = (await run(OWN, 'volume status')) as Status;
  expect(pool).toMatchObject({ health: 'FAULTED', sizeBytes: 0 });
  expect(problems).toMatchObject([
    { code: 'pool-faulted', fix: expect.stringContaining('zpool export bench-pool && ') },
  ]);
  expect(await run(OWN, 'init')).toMatchObject({ exitCode: 3, error: { code: 'pool-degraded' } });
  expect(await run(OWN, 'check pool')).toMatchObject({ exitCode: 2, level: 'CRITICAL' });
});
