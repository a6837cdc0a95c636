import { setTimeout as sleep } from 'node:timers/promises';
import type { Guest } from '../guest/guest.js';
import { startGuest } from '../guest/start.js';
import type { CopyList } from '../src/offsite/offsite.js';
import type { SnapshotList } from '../src/snapshot/snapshot-orchestrator.js';
import type { Status } from '../src/status/status.js';
import { benchJson, sql } from '../test/guest/product.js';
import { STORE, settingUpOffsite, startingMoto } from '../test/guest/store.js';
import { figure, largest, median, quantile, table } from './figures.js';
import type { Part } from './report.js';
import { startWriter, stopWriter, type Writes } from './writes/writes.js';

const WRITES = { connections: 4, pauseMs: 50 };
const KEPT = { snapshots: 10, copies: 4 };

/** What runs by its timer, and every how many minutes. */
const TIMERS = [
  {
    what: 'a snapshot, and what is too old pruned',
    unit: 'bench-snapshot-shop',
    every: 2,
    calendar: '*:0/2',
  },
  { what: 'a copy off-site, and old ones pruned', unit: 'bench-offsite-shop', every: 5, calendar: '*:1/5' },
  { what: 'the newest snapshot proven', unit: 'bench-verify-shop', every: 10, calendar: '*:3/10' },
] as const;

interface Runs {
  what: string;
  every: number;
  finished: number;
  failed: number;
}

/** Writers, and everything that bench does by itself at once, for so many minutes; its part of the report. */
export async function together({ minutes }: { minutes: number }): Promise<Part> {
  const guest = await startGuest({ image: 'bench', label: 'together' });
  try {
    return await observe(guest, minutes);
  } finally {
    await guest.stop();
  }
}

async function observe(guest: Guest, minutes: number): Promise<Part> {
  await guest.sh(startingMoto);
  await guest.sh(`${settingUpOffsite('shop')}
    set() { bench config set "$1" "$2" -b shop > /dev/null; }
    set offsite.schedule '${TIMERS[1].calendar}'; set offsite.keep.last ${KEPT.copies}; set offsite.full_every 6
    set schedule.snapshot '${TIMERS[0].calendar}'; set schedule.keep.last ${KEPT.snapshots}
    set verify.schedule '${TIMERS[2].calendar}'`);
  await startWriter(guest, 'shop', { ...WRITES, count: Number.MAX_SAFE_INTEGER, change: 'insert', rows: 0 });
  await guest.sh('bench init -b shop --yes', { timeoutMs: 280_000 });
  const until = performance.now() + minutes * 60_000;
  while (performance.now() < until) {
    await sleep(60_000);
    const { stdout } = await guest.sh(
      'zfs list -H -o used bench-pool/shop; free -m | awk "NR == 2 { print \\$3 }"',
    );
    console.log(
      `${((until - performance.now()) / 60_000).toFixed(0)} min to go: ${stdout.trim().split('\n').join(', ')} MiB`,
    );
  }
  await guest.sh(
    `systemctl stop ${TIMERS.map(({ unit }) => `${unit}.timer`).join(' ')}
    for unit in ${TIMERS.map(({ unit }) => `${unit}.service`).join(' ')}; do
      while [ "$(systemctl show -P ActiveState $unit)" = activating ]; do sleep 1; done; done`,
    { timeoutMs: 580_000 },
  );
  const runs = await Promise.all(TIMERS.map((timer) => runsOf(guest, timer)));
  const writes = await stopWriter(guest);
  return report(minutes, runs, writes, await wrongAtTheEnd(guest, writes));
}

/** By what systemd has noted of each run of a service. */
async function runsOf(guest: Guest, { what, unit, every }: (typeof TIMERS)[number]): Promise<Runs> {
  const { stdout } = await guest.sh(`journalctl -q -b -o cat -u ${unit}.service _PID=1`, {
    timeoutMs: 280_000,
  });
  const count = (pattern: RegExp) => stdout.split('\n').filter((line) => pattern.test(line)).length;
  return { what, every, finished: count(/^Finished /), failed: count(/Failed with result/) };
}

async function wrongAtTheEnd(guest: Guest, { latencyMs }: Writes): Promise<string[]> {
  const wrong: string[] = [];
  await guest.sh(`systemctl start ${TIMERS.map(({ unit }) => `${unit}.timer`).join(' ')}`);
  const { problems } = await benchJson<Status>(guest, ['volume', 'status', '-b', 'shop']);
  wrong.push(...problems.map(({ code, message }) => `status says ${code}: ${message}`));
  const rows = Number(await sql(guest, 'shop', 'SELECT COUNT(*) FROM writes.inserted'));
  if (rows !== latencyMs.length) wrong.push(`${latencyMs.length} rows were written, and ${rows} are there`);
  const { snapshots } = await benchJson<SnapshotList>(guest, ['volume', 'list-snapshots', '-b', 'shop']);
  if (!snapshots.some(({ verified }) => verified?.verdict === 'ok')) wrong.push('no snapshot is proven');
  // Two more than are kept: what the next copy builds on, and what is held for the last proof.
  if (snapshots.length > KEPT.snapshots + 2) wrong.push(`${snapshots.length} snapshots are left`);
  const { copies } = await benchJson<CopyList>(guest, ['offsite', 'list', '-b', 'shop']);
  if (copies.length === 0 || copies.some(({ state }) => state !== 'whole'))
    wrong.push('not every copy is whole');
  await benchJson(guest, [
    'offsite',
    'verify',
    '--level',
    'stream',
    '--identity',
    STORE.identity,
    '-b',
    'shop',
  ]);
  return wrong;
}

function report(minutes: number, runs: readonly Runs[], writes: Writes, wrong: readonly string[]): Part {
  const failures = [
    ...writes.errors.map(({ atMs, message }) => `a write at ${new Date(atMs).toISOString()}: ${message}`),
    ...runs.flatMap(({ what, failed }) => (failed > 0 ? [`${what}: ${failed} runs failed`] : [])),
    // A run that is still at work when the next one is due takes its place.
    ...runs.flatMap(({ what, every, finished }) =>
      finished < Math.floor((0.8 * minutes) / every) ? [`${what}: only ${finished} runs`] : [],
    ),
    ...wrong,
  ];
  const { latencyMs } = writes;
  const text = `${minutes} minutes with ${WRITES.connections} connections that each write a row, wait ${WRITES.pauseMs} ms, and write the next: ${latencyMs.length.toLocaleString('en-US')} writes, **${writes.errors.length} errors**
(median ${figure(median(latencyMs))} ms, 99 % ${figure(quantile(latencyMs, 0.99))} ms, worst ${figure(largest(latencyMs))} ms). Meanwhile, by their timers and in one machine of one processor:

${table(
  ['', 'every, minutes', 'runs', 'failed'],
  runs.map(({ what, every, finished, failed }) => [what, String(every), String(finished), String(failed)]),
)}

In the end status has nothing to say, every row that was written is there, a snapshot is proven, and the last copy is read to
its end (\`bench offsite verify --level stream\`).`;
  return { name: 'together', failures, text };
}
