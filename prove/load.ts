import { setTimeout as sleep } from 'node:timers/promises';
import type { Guest } from '../guest/guest.js';
import { startGuest } from '../guest/start.js';
import type { SnapshotResult } from '../src/snapshot/snapshot-orchestrator.js';
import { readJson } from '../test/contract.js';
import { sql } from '../test/guest/product.js';
import { benchToml } from './bench-toml.js';
import { figure } from './figures.js';
import { CONNECTIONS, KEPT, type Left, type Observed, type Run, report } from './load/report.js';
import type { Part } from './report.js';
import { type Timed, timed } from './timed.js';
import { startWriter, stopWriter } from './writes/writes.js';

const EVERY_MS = 20_000;
/** Fewer have no first and last third to compare. */
const LEAST_SNAPSHOTS = 6;

/** Emulated, and beside the load, bench itself takes its time to connect. */
const BENCH_TOML = benchToml({ quota: '15G', lockTimeout: '60s' });

/** Prints the largest memory of a process as it ends, in KiB. */
const MEMORY = `import { writeSync } from 'node:fs';
process.on('exit', () => writeSync(2, 'memory ' + process.resourceUsage().maxRSS + '\\n'));
`;

/** Writers at full speed, and a snapshot every 20 seconds for so many minutes; its part of the report. */
export async function underLoad({ minutes }: { minutes: number }): Promise<Part> {
  const guest = await startGuest({ image: 'product', disks: [{ size: '20G' }], label: 'load' });
  try {
    return report(await observe(guest, minutes));
  } finally {
    await guest.stop();
  }
}

async function observe(guest: Guest, minutes: number): Promise<Observed> {
  await guest.write('/srv/benches/shop/bench.toml', BENCH_TOML);
  await guest.write('/root/memory.mjs', MEMORY);
  await guest.run(['bench', 'init', '-b', 'shop'], { timeoutMs: 580_000 });
  await startWriter(guest, 'shop', {
    connections: CONNECTIONS,
    pauseMs: 0,
    count: Number.MAX_SAFE_INTEGER,
    change: 'insert',
    rows: 0,
  });
  // The first one makes what a bench keeps, such as the file of its lock.
  const first = await runBench(guest, 'first', ['snapshot', '--tag', 'first']);
  const before = await leftBehind(guest);
  const { snapshots, destroyed } = await takeAll(guest, minutes, first);
  const after = await leftBehind(guest);
  const writes = await stopWriter(guest);
  const from = Math.floor((snapshots[0]?.fromMs ?? 0) / 1000);
  const { stdout } = await guest.sh(`journalctl -q --since @${from} -o short-unix`, { timeoutMs: 280_000 });
  const lines = stdout.split('\n').filter((line) => /^\d/.test(line) && !/^\S+ \S+ kernel:/.test(line));
  return {
    minutes: ((snapshots.at(-1)?.toMs ?? 0) - (snapshots[0]?.fromMs ?? 0)) / 60_000,
    ...{ snapshots, destroyed, writes, before, after },
    journal: lines.map((line) => Number.parseFloat(line) * 1000),
    // Behind the time and the host's name.
    journalOfBench: lines.filter((line) => /bench/.test(line.split(' ').slice(2).join(' '))).length,
  };
}

async function takeAll(
  guest: Guest,
  minutes: number,
  first: Run,
): Promise<Pick<Observed, 'snapshots' | 'destroyed'>> {
  const snapshots: Run[] = [];
  const destroyed: Run[] = [];
  const kept = first.failure === undefined ? [first.tag] : [];
  const started = performance.now();
  while (performance.now() - started < minutes * 60_000 || snapshots.length < LEAST_SNAPSHOTS) {
    const due = performance.now() + EVERY_MS;
    const tag = `load-${snapshots.length}`;
    const run = await runBench(guest, tag, ['snapshot', '--tag', tag]);
    snapshots.push(run);
    if (run.failure === undefined) kept.push(tag);
    console.log(
      `${tag}: ${figure((run.toMs - run.fromMs) / 1000)} s, ${figure(run.memoryMiB)} MiB${run.failure ?? ''}`,
    );
    while (kept.length > KEPT) {
      const oldest = kept.shift() as string;
      destroyed.push(await runBench(guest, oldest, ['destroy-snapshot', oldest, '--yes']));
    }
    await sleep(Math.max(0, due - performance.now()));
  }
  return { snapshots, destroyed };
}

async function runBench(guest: Guest, tag: string, command: readonly string[]): Promise<Run> {
  const args = ['volume', ...command, '-b', 'shop', '--json'];
  const run = await timed(guest, `NODE_OPTIONS=--import=/root/memory.mjs bench ${args.join(' ')}`);
  const { fromMs, toMs, exitCode, stdout, stderr } = run;
  const memoryMiB = Number(/^memory (\d+)$/m.exec(stderr)?.[1]) / 1024;
  const about = { tag, fromMs, toMs, memoryMiB };
  if (exitCode !== 0) return { ...about, failure: failureOf(command, run) };
  const result = readJson<SnapshotResult>(args, exitCode, stdout);
  return command[0] === 'snapshot' ? { ...about, taken: result } : about;
}

function failureOf(command: readonly string[], { exitCode, stdout, stderr }: Timed): string {
  const [message] = /"message": ".*"/.exec(stdout) ?? [stderr.trim()];
  return `bench volume ${command.join(' ')} ended with ${exitCode}: ${message}`;
}

async function leftBehind(guest: Guest): Promise<Left> {
  const threads = await sql(guest, 'shop', "SHOW GLOBAL STATUS LIKE 'Threads_connected'");
  const { stdout } = await guest.sh(
    'du -sb /var/lib/bench/shop | cut -f1; zfs list -H -t snapshot -o name bench-pool/shop | wc -l',
  );
  const [recordBytes, snapshots] = stdout.trim().split('\n').map(Number);
  return {
    recordBytes: recordBytes ?? Number.NaN,
    // Less the one that asks.
    connections: Number(threads.split('\t')[1]) - 1,
    snapshots: snapshots ?? Number.NaN,
  };
}
