import { beforeAll, expect, test } from 'vitest';
import type { MetricsResult } from '../../../src/metrics/metrics.js';
import type { PruneResult } from '../../../src/schedule/schedule.js';
import { benchJson } from '../product.js';
import { useGuest } from '../support.js';

const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

const BENCHES = 200;
const SNAPSHOTS = 10_000;
const PRUNED = 5000;
const LONG = { timeout: 7_200_000 };
const LONG_TIME = { timeoutMs: 6_000_000 };
const METRICS = 'metrics --textfile /root/prom';

/** One run of a command: the processes that it started, its seconds and largest memory. */
async function measure(args: string): Promise<{ processes: string[]; seconds: number; largestMiB: number }> {
  const { stdout } = await guest().sh(
    `begun=$(date +%s.%N)
    BENCH_DEBUG=1 NODE_OPTIONS=--import=/root/memory.mjs bench ${args} --json 2>&1 >/root/printed
    echo "took $begun $(date +%s.%N)"`,
    { timeoutMs: 590_000 },
  );
  const [, begun, ended] = /^took ([\d.]+) ([\d.]+)$/m.exec(stdout) ?? [];
  const found = {
    processes: [...stdout.matchAll(/^\[\d+ ms\] (\S+ \S+)/gm)].map(([, started]) => started ?? '').sort(),
    seconds: Number(ended) - Number(begun),
    largestMiB: Number(/^memory (\d+)$/m.exec(stdout)?.[1]) / 1024,
  };
  console.log(
    `${args}: ${found.processes.length} processes, ${found.seconds.toFixed(1)} s, ${found.largestMiB.toFixed(0)} MiB`,
  );
  return found;
}

/** Two side by side, because ZFS makes one of a dataset in each transaction group. */
function snapshots(dataset: string, from: number, to: number, mark: string): Promise<unknown> {
  return guest().sh(
    `seq ${from} ${to} | xargs -P 2 -I % zfs snapshot -o bench:quiesce=stopped ${mark} ${dataset}@many%`,
    LONG_TIME,
  );
}

beforeAll(async () => {
  await guest().write(
    '/root/memory.mjs',
    `import { writeSync } from 'node:fs';
     process.on('exit', () => writeSync(2, 'memory ' + process.resourceUsage().maxRSS + '\\n'));`,
  );
  await guest().sh(
    `mkdir /root/prom; bench new shop; bench config set schedule.snapshot daily -b shop
     bench config set schedule.keep.last 10 -b shop; bench init -b shop --yes; bench schedule run -b shop`,
    { timeoutMs: 280_000 },
  );
});

test(
  `a scrape of ${BENCHES} benches with ${SNAPSHOTS} snapshots: as many processes as of one`,
  LONG,
  async () => {
    await measure(METRICS);
    const alone = await measure(METRICS);
    await guest().sh(
      `for i in $(seq ${BENCHES - 1}); do
       zfs create -u -o bench:name=more$i -o bench:layout=1 -o quota=1G bench-pool/more$i
       mkdir -p /srv/benches/more$i /var/lib/bench/more$i
       sed "s/\\bshop\\b/more$i/g" /srv/benches/shop/bench.toml > /srv/benches/more$i/bench.toml
       sed "s/\\bshop\\b/more$i/g" /var/lib/bench/shop/host.json > /var/lib/bench/more$i/host.json
       zfs snapshot -o bench:quiesce=stopped bench-pool/more$i@first
     done`,
      LONG_TIME,
    );
    await snapshots('bench-pool/shop', 1, SNAPSHOTS - BENCHES, '-o bench:schedule=many%');
    // All have changed: they are listed once more, by one process.
    const changed = await measure(METRICS);
    expect(changed.processes).toEqual([...alone.processes, 'zfs list'].sort());
    const now = await measure(METRICS);
    expect(now.processes).toEqual(alone.processes);
    expect(now.largestMiB - alone.largestMiB).toBeLessThan(64);
    // Every five minutes, on a machine that is emulated.
    expect(now.seconds).toBeLessThan(60);
    const { benches, series } = await benchJson<MetricsResult>(guest(), METRICS.split(' '));
    expect(benches).toBe(BENCHES);
    expect(series).toBeGreaterThan(BENCHES * 20);
    const text = await guest().read('/root/prom/bench.prom');
    expect(text).toContain(
      `bench_snapshots{bench="shop",dataset="bench-pool/shop"} ${SNAPSHOTS - BENCHES + 1}\n`,
    );
  },
);

test(`${PRUNED} snapshots are pruned by one process, and memory is bounded`, LONG, async () => {
  const keep = SNAPSHOTS - BENCHES + 1 - PRUNED;
  await guest().sh(`sed -i 's/^last = .*/last = ${keep}/' /srv/benches/shop/bench.toml`);
  const dry = await benchJson<PruneResult>(guest(), ['volume', 'prune', '-b', 'shop', '--dry-run']);
  expect(dry.pruned).toHaveLength(PRUNED);
  const run = await measure('volume prune -b shop --yes');
  expect(run.processes.filter((started) => started === 'zfs destroy')).toHaveLength(2);
  expect(run.largestMiB).toBeLessThan(250);
  const { stdout } = await guest().sh('zfs list -H -t snapshot -o name bench-pool/shop | wc -l');
  expect(Number(stdout)).toBe(keep);
  const again = await benchJson<PruneResult>(guest(), ['volume', 'prune', '-b', 'shop', '--dry-run']);
  expect(again.pruned).toEqual([]);
});
