import { expect, test } from 'vitest';
import type { CheckResult } from '../../../src/check/check.js';
import type { MetricsResult } from '../../../src/metrics/metrics.js';
import { benchJson } from '../product.js';
import { useGuest } from '../support.js';

/** What stands around bench on a server that is watched; it has to be fetched: the guest needs its mirror. */
const guest = useGuest({ image: 'product', disks: [{ size: '20G', serial: 'pool-disk' }] });

const DIRECTORY = '/var/lib/prometheus/node-exporter';
const EXAMPLES = '/usr/share/doc/bench/examples';

/** As a monitoring system runs a plugin: by its own user, reading one line and the exit code. */
async function plugin(line: string): Promise<{ exitCode: number; line: string }> {
  const { exitCode, stdout } = await guest().sh(`su -s /bin/sh nobody -c '${line}'`, { check: false });
  expect(stdout.split('\n').slice(1)).toEqual(['']);
  return { exitCode, line: stdout.trim() };
}

const scraped = async (name: string) =>
  (await guest().sh(`curl -s localhost:9100/metrics | grep -E '^${name}' || true`)).stdout.trim();

test('a bench on a host with Prometheus, node_exporter and plugins of Nagios', async () => {
  await guest().sh(
    'apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ' +
      'prometheus prometheus-node-exporter monitoring-plugins-basic curl',
    { timeoutMs: 590_000 },
  );
  await guest().sh(
    `bench new shop; bench config set schedule.snapshot hourly -b shop
     bench config set schedule.keep.hourly 24 -b shop; bench init -b shop --yes; bench schedule run -b shop`,
    { timeoutMs: 280_000 },
  );
});

test('promtool finds no fault with the figures, the alerts, and their test', async () => {
  const { stdout, stderr } = await guest().sh('bench metrics | promtool check metrics');
  expect(stdout + stderr).toBe('');
  // The guest's image has no documentation: the package brings these as examples.
  await guest().sh(`mkdir /root/deb; dpkg-deb -x /root/bench.deb /root/deb; cd /root/deb${EXAMPLES}/prometheus
    promtool check rules bench.rules.yml; promtool test rules bench.rules.test.yml`);
  const dashboard = await guest().read(`/root/deb${EXAMPLES}/grafana/bench.json`);
  const { panels } = JSON.parse(dashboard) as { panels: { targets: { expr: string }[] }[] };
  const names = (await guest().sh("bench metrics | grep -oE '^(bench|zfs)_[a-z_]+' | sort -u")).stdout.split(
    '\n',
  );
  for (const { expr } of panels.flatMap(({ targets }) => targets))
    for (const [name] of expr.matchAll(/\b(?:bench|zfs)_[a-z_]+/g)) {
      // Absent until a day has passed.
      if (name !== 'bench_time_to_full_seconds') expect(names).toContain(name);
    }
});

test('the timer of the package writes them, node_exporter hands them on, and nothing of its own is hurt', async () => {
  const security = await guest().run(['systemd-analyze', 'security', '--no-pager', 'bench-metrics.service']);
  expect(Number(/level for .*: ([\d.]+)/.exec(security.stdout)?.[1])).toBeLessThanOrEqual(4);
  await guest().sh('systemctl enable --now bench-metrics.timer; systemctl start bench-metrics.service');
  expect(await scraped('bench_state.*running')).toMatch(/ 1$/);
  expect(await scraped('node_textfile_scrape_error')).toBe('node_textfile_scrape_error 0');
  expect(await scraped('node_zfs_zpool_dataset_nwritten.*shop')).not.toBe('');
  // The same counter of the kernel, read twice.
  const ours = await scraped('bench_volume_writes_total.*shop');
  expect(Number(ours.split(' ').at(-1))).toBeGreaterThan(0);
});

test('the file is there as a whole or not at all, whoever reads it meanwhile', async () => {
  await guest().sh(
    `for i in $(seq 10); do bench metrics --textfile ${DIRECTORY} > /dev/null; done & writer=$!
    while kill -0 $writer 2>/dev/null; do promtool check metrics < ${DIRECTORY}/bench.prom || exit 1; done; wait $writer`,
    {
      timeoutMs: 280_000,
    },
  );
  expect((await guest().sh(`ls -A ${DIRECTORY}`)).stdout).toBe('bench.prom\n');
});

test('samples come half an hour apart, and after a day there is a forecast', async () => {
  const { stdout } = await guest().sh(
    `begin=$(date +%s)
    for hour in $(seq 0 30); do
      /usr/bin/date -s @$((begin + hour * 3600)) > /dev/null
      head -c 10M /dev/urandom > /srv/benches/shop/sites/day-$hour; sync; zpool sync
      bench metrics --textfile ${DIRECTORY} > /dev/null
    done; bench metrics --textfile ${DIRECTORY}; bench list; bench volume status -b shop; cat /var/lib/bench/shop/samples.json`,
    {
      timeoutMs: 590_000,
    },
  );
  expect(stdout).toMatch(/^BENCH +DATASET +USED +QUOTA +FULL IN/m);
  // 240 MiB a day, and 18 GiB to fill.
  expect(stdout).toMatch(/^Growth +2\d\dM a day +(quota|pool) full in (6|7|8)\d days$/m);
  expect((JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { samples: unknown[] }).samples).toHaveLength(
    31,
  );
  const line = await scraped('bench_time_to_full_seconds.*quota');
  expect(Number(line.split(' ').at(-1)) / 86_400).toBeGreaterThan(60);
});

test('a plugin: one line, numbers, and the exit code of the state', async () => {
  await guest().sh('bench schedule run -b shop');
  const ok = await plugin('bench check -b shop');
  expect(ok.exitCode).toBe(0);
  // Monitoring Plugins Development Guidelines: 'label'=value[UOM];[warn];[crit];[min];[max]
  expect(ok.line).toMatch(/^BENCH OK - shop: [^|]+ \| ('[^'=]+'=[\d.]+(B|s)?(;[\d.]*){0,4} ?)+$/);
  expect((await plugin('bench check space -w 1 -c 99 -b shop')).exitCode).toBe(1);
  expect((await plugin('bench check space -w 1 -c 1 -b shop')).exitCode).toBe(2);
  expect((await plugin('bench check snapshots --critical-age 1s -b shop')).exitCode).toBe(2);
  for (const wrong of ['nope', '-b nope', '--nope', 'space -w x'])
    expect(await plugin(`bench check ${wrong}`)).toMatchObject({
      exitCode: 3,
      line: expect.stringMatching(/^BENCH UNKNOWN - /),
    });
  expect(await benchJson<CheckResult>(guest(), ['check', '-b', 'shop'])).toMatchObject({
    level: 'OK',
    exit: 0,
  });
});

test("Nagios' own negate runs it, and reads what it says", async () => {
  const negate = '/usr/lib/nagios/plugins/negate';
  expect(await plugin(`${negate} -s -o CRITICAL /usr/bin/bench check -b shop`)).toMatchObject({
    exitCode: 2,
    line: expect.stringMatching(/^BENCH CRITICAL - shop/),
  });
});

test('what is wrong is told, and nothing that is not known is well', async () => {
  await guest().sh('systemctl stop mariadb@shop');
  expect(await plugin('bench check -b shop')).toMatchObject({
    exitCode: 2,
    line: expect.stringMatching(/CRITICAL - shop: mariadb@shop/),
  });
  await guest().sh('systemctl start mariadb@shop; systemctl stop bench-snapshot-shop.timer');
  expect(await plugin('bench check -b shop')).toMatchObject({
    exitCode: 2,
    line: expect.stringMatching(/timer does not run/),
  });
  await guest().sh('systemctl start bench-snapshot-shop.timer');
  await guest().sh(
    `systemctl stop mariadb@shop; umount /srv/benches/shop /var/lib/mysql-shop; zpool export bench-pool`,
  );
  const gone = await plugin('bench check -b shop');
  expect(gone).toMatchObject({
    exitCode: 2,
    line: expect.stringMatching(/CRITICAL - shop: Pool bench-pool is not imported/),
  });
  expect((await plugin('bench check space -b shop')).exitCode).toBe(3);
  expect((await plugin('bench check snapshots -b shop')).exitCode).toBe(3);
  const { text } = await benchJson<MetricsResult>(guest(), ['metrics']);
  expect(text).toContain('bench_state{bench="shop",dataset="bench-pool/shop",state="dataset-missing"} 1');
  expect(text).not.toContain('zfs_dataset_used_bytes');
  await guest().sh('zpool import bench-pool; bench init -b shop --yes', { timeoutMs: 280_000 });
});
