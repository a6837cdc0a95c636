import { beforeAll, expect, test } from 'vitest';
import { registryArgv } from '../../../src/registry/read.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

const VOLUMES = 1000;
const LONG = { timeout: 7_200_000 };
const RUNS = 5;

interface Measured {
  /** The processes that were started, by name. */
  processes: string[];
  seconds: number;
}

/** The quickest of several: what a machine is busy with besides only makes a run slower. */
async function measure(command: string, undo = 'true'): Promise<Measured> {
  const runs: Measured[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const { stdout } = await guest().sh(
      `begun=$(date +%s.%N); BENCH_DEBUG=1 ${command} 2>&1 > /root/printed
      echo "took $begun $(date +%s.%N)"; ${undo} > /dev/null 2>&1`,
      { timeoutMs: 280_000 },
    );
    const [, begun, ended] = /^took ([\d.]+) ([\d.]+)$/m.exec(stdout) ?? [];
    const processes = [...stdout.matchAll(/^\[\d+ ms\] (\S+ \S+)/gm)].map(([, started]) => started ?? '');
    runs.push({ processes: processes.sort(), seconds: Number(ended) - Number(begun) });
  }
  return runs.reduce((least, one) => (one.seconds < least.seconds ? one : least));
}

const LIST = 'bench volume list --json';
const ATTACH = 'bench volume attach first -b shop --path data/first --json';
const DETACH = 'bench volume detach first -b shop';
const bare = () =>
  measure(
    `${registryArgv(['bench-pool'])
      .map((word) => `'${word}'`)
      .join(' ')} || true`,
  );
const shown = (seconds: number) => `${seconds.toFixed(2)} s`;

let alone: { list: Measured; attach: Measured; bare: Measured };

beforeAll(async () => {
  await guest().sh('bench new shop; bench init -b shop; bench volume create first 64M', {
    timeoutMs: 280_000,
  });
  alone = { list: await measure(LIST), attach: await measure(ATTACH, DETACH), bare: await bare() };
  // As bench makes them: each with marks of its own, and some with labels.
  await guest().sh(
    `for i in $(seq 2 ${VOLUMES}); do zfs create -o canmount=noauto -o quota=64M -o bench:id=$(printf %012x $i) \
      -o bench:made=create -o bench:labels=%7B%22tier%22%3A%22gold%22%7D -o bench:volume=1 bench-pool/_volumes/v$i; done`,
    { timeoutMs: 3_000_000 },
  );
}, 3_600_000);

test(
  `${VOLUMES} volumes are listed by as many processes as one, for little more than ZFS itself takes`,
  LONG,
  async () => {
    const [now, zfs] = [await measure(LIST), await bare()];
    console.log(
      `list: ${shown(alone.list.seconds)} with one, ${shown(now.seconds)} with ${VOLUMES}; ` +
        `its zfs list: ${shown(alone.bare.seconds)} and ${shown(zfs.seconds)}`,
    );
    expect(now.processes).toEqual(alone.list.processes);
    // Both grow with the number of volumes: what bench adds to what ZFS takes for each of them.
    expect((now.seconds - alone.list.seconds) / (zfs.seconds - alone.bare.seconds)).toBeLessThanOrEqual(1.3);
  },
);

test('attaching one of them costs hardly more than attaching the only one', LONG, async () => {
  const now = await measure(ATTACH, DETACH);
  console.log(`attach: ${shown(alone.attach.seconds)} with one, ${shown(now.seconds)} with ${VOLUMES}`);
  expect(now.processes).toEqual(alone.attach.processes);
  expect(now.seconds / alone.attach.seconds).toBeLessThanOrEqual(1.2);
});
