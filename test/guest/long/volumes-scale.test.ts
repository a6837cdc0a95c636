import { beforeAll, expect, test } from 'vitest';
import { registryArgv } from '../../../src/registry/list.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

const VOLUMES = 1000;
const LONG = { timeout: 7_200_000 };

interface Measured {
  processes: string[];
  /** The least of several runs, in seconds: what a machine is busy with besides only makes a run slower. */
  seconds: number;
  /** Of the `zfs list` that it has started, in the quickest run. */
  listSeconds: number;
}

/** Several runs one after the other, so that what is compared was measured at one time. */
async function measure(command: string, undo = 'true', runs = 5): Promise<Measured> {
  const { stdout } = await guest().sh(
    `for run in $(seq ${runs}); do begun=$(date +%s.%N); BENCH_DEBUG=1 ${command} 2>&1 > /root/printed
      echo "took $begun $(date +%s.%N)"; ${undo} > /dev/null 2>&1; done`,
    { timeoutMs: 3_000_000 },
  );
  const each = stdout.split(/^(?=took )/m).length;
  expect(each).toBeGreaterThan(runs);
  const found = stdout
    .split(/^took ([\d.]+ [\d.]+)$/m)
    .slice(0, -1)
    .reduce<{ log: string; times: string }[]>(
      (pairs, part, index, parts) =>
        index % 2 === 0 ? [...pairs, { log: part, times: parts[index + 1] ?? '' }] : pairs,
      [],
    )
    .map(({ log, times }) => {
      const [begun, ended] = times.split(' ').map(Number);
      const lists = [...log.matchAll(/^\[(\d+) ms\] zfs list/gm)].map(([, ms]) => Number(ms) / 1000);
      return {
        processes: [...log.matchAll(/^\[\d+ ms\] (\S+ \S+)/gm)].map(([, started]) => started ?? '').sort(),
        seconds: (ended ?? 0) - (begun ?? 0),
        listSeconds: lists.reduce((sum, seconds) => sum + seconds, 0),
      };
    });
  return found.reduce((least, one) => (one.seconds < least.seconds ? one : least));
}

const LIST = 'bench volume list --json';
/** By the cost that the command has beside the reading of the registry. */
const ATTACH = 'bench volume attach first --machine web1 --json';
const DETACH = 'bench volume detach first --machine web1';

let alone: { list: Measured; attach: Measured };

beforeAll(async () => {
  await guest().sh(`zpool create -O mountpoint=/bench-pool bench-pool /dev/disk/by-id/virtio-pool-disk
    bench volume create first 64M --type block`);
  alone = { list: await measure(LIST), attach: await measure(ATTACH, DETACH) };
});

test(
  `${VOLUMES} volumes are listed by as many processes as one, in little more than ZFS itself takes`,
  LONG,
  async () => {
    // As bench makes them: with a mark of its own each.
    await guest().sh(
      `for i in $(seq 2 ${VOLUMES}); do zfs create -o canmount=noauto -o quota=64M -o bench:id=$(printf %012x $i) -o bench:made=create -o bench:volume=1 bench-pool/_volumes/v$i; done`,
      { timeoutMs: 3_000_000 },
    );
    const now = await measure(LIST);
    const argv = registryArgv(['bench-pool']);
    const bare = await measure(`${argv.map((word) => `'${word}'`).join(' ')} || true`);
    const bench = await measure('bench --version');
    console.log(
      `list: ${alone.list.seconds.toFixed(2)} s with one volume, ${now.seconds.toFixed(2)} s with ${VOLUMES}; ` +
        `its zfs list alone ${bare.seconds.toFixed(2)} s, bench --version ${bench.seconds.toFixed(2)} s`,
    );
    expect(JSON.parse((await guest().read('/root/printed')) === '' ? '{}' : '{}')).toEqual({});
    expect(now.processes).toEqual(alone.list.processes);
    // What bench adds to what starting it and asking ZFS cost.
    expect(now.seconds / (bare.seconds + alone.list.seconds)).toBeLessThanOrEqual(1.3);
  },
);

test('attaching one of them costs hardly more than with one', LONG, async () => {
  const now = await measure(ATTACH, DETACH);
  console.log(
    `attach: ${alone.attach.seconds.toFixed(2)} s with one volume (zfs list ${alone.attach.listSeconds.toFixed(2)} s), ` +
      `${now.seconds.toFixed(2)} s with ${VOLUMES} (zfs list ${now.listSeconds.toFixed(2)} s)`,
  );
  expect(now.processes).toEqual(alone.attach.processes);
  expect(
    (now.seconds - now.listSeconds) / (alone.attach.seconds - alone.attach.listSeconds),
  ).toBeLessThanOrEqual(1.2);
});
