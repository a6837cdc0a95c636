/**
 * `npm run api-load`: what the server of `bench admin` does under load. It is the built product as a process of its own, on
 * a host whose zfs, zpool, systemctl and systemd-run are stubs (each a process) that print what real ones would for 200
 * benches with 1,000 volumes. 50 clients poll as an open page does, each with a token of its own, and 5 keep an operation
 * of 2 s going and listen to its steps. Wants root, and has a mount namespace of its own for what the server writes.
 *
 * What the machine itself costs is measured along: `/healthz` is answered with three bytes and nothing is looked at.
 * Exits 1 for an answer that is no success, for a p99 of what is read above 100 ms, for an overview above 300 ms in the
 * median, for more than 120 MiB of memory, and where that has grown by more than a tenth between the second half minute
 * and the end. On a machine that is busy with other work its times are by chance.
 *
 *     --minutes N    5 unless told
 *     --benches N    200 unless told; five times as many volumes
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ADMIN_PATHS, createToken } from '../src/api/api.js';
import { NODE_OPTIONS } from '../src/api/units/texts.js';
import { ask, client, operate, poll, Times, wait } from './api-load/clients.js';
import { stubHost } from './api-load/host.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const fakeHost = fileURLToPath(new URL('api-load/fake-host.cjs', import.meta.url));
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, benches: { type: 'string', default: '200' } },
});
const [MINUTES, BENCHES] = [Number(values.minutes), Number(values.benches)];
const [CLIENTS, OPERATORS, EVERY_MS] = [50, 5, 5000];

/** What the overview and the tabs of one bench ask for. */
const looks = (bench: string): [string, string][] => [
  ['overview, /v1/benches', '/v1/benches'],
  ['volumes, /v1/volumes', '/v1/volumes'],
  ['operations', `/v1/operations?state=running`],
  ['volumes of one, /v1/volumes?bench=', `/v1/volumes?bench=${bench}`],
  ['/healthz, nothing looked at', '/healthz'],
];

if (process.env.BENCH_LOAD_INSIDE === undefined) await outside();
else await inside();

/** The same script once more, where `/run/bench` and `/var/lib/bench` are empty and nobody else's. */
async function outside(): Promise<void> {
  for (const directory of ['/run/bench', '/var/lib/bench']) mkdirSync(directory, { recursive: true });
  const script = 'mount -t tmpfs load /run/bench && mount -t tmpfs load /var/lib/bench && exec "$@"';
  const node = [process.execPath, '--require', fakeHost, '--import', 'tsx', ...process.argv.slice(1)];
  const env = { ...process.env, BENCH_LOAD_INSIDE: '1' };
  const { status } = spawnSync('unshare', ['--mount', 'sh', '-ec', script, 'sh', ...node], {
    stdio: 'inherit',
    env,
    cwd: root,
  });
  process.exitCode = status ?? 1;
}

async function inside(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-load-'));
  let server: ChildProcess | undefined;
  try {
    const host = { benches: BENCHES, volumes: BENCHES * 5 };
    const paths = looks('b000').map(([, path]) => path);
    const { env, started } = await stubHost(directory, host, paths);
    const port = await freePort();
    server = spawn(
      process.execPath,
      ['--require', fakeHost, join(root, 'bin/run.cjs'), 'admin', 'serve', '--listen', `127.0.0.1:${port}`],
      { env: { ...asInItsUnit(), ...env }, stdio: ['ignore', 'ignore', 'ignore'], cwd: '/' },
    );
    await listening(port);
    process.exitCode = await measure(server.pid ?? 0, port, started);
  } finally {
    server?.kill('SIGTERM');
    await wait(1500);
    rmSync(directory, { recursive: true });
  }
}

async function measure(pid: number, port: number, started: string): Promise<number> {
  const token = async (name: string, scope: 'read' | 'operate') =>
    client(port, (await createToken(ADMIN_PATHS, { name, scope, ttlMs: undefined })).token);
  const readers = await Promise.all(Array.from({ length: CLIENTS }, (_, at) => token(`r${at}`, 'read')));
  const writers = await Promise.all(Array.from({ length: OPERATORS }, (_, at) => token(`o${at}`, 'operate')));
  const times = new Times();
  // The code of each route is evaluated with the first request.
  for (const [what, path] of looks('b000')) await ask(readers[0] as never, new Times(), { what, path });
  const [load] = loadavg();
  const [processesBefore, processorBefore] = [lines(started), processorMs(pid)];
  const begun = Date.now();
  const until = begun + MINUTES * 60_000;
  const memory: number[] = [];
  const watch = setInterval(() => memory.push(residentMiB(pid)), 5000);
  const [ended] = await Promise.all([
    Promise.all(writers.map((who, at) => operate(who, times, `b00${at}`, until))),
    ...readers.map((who, at) =>
      poll(who, times, { looks: looks('b000'), everyMs: EVERY_MS, until, offset: (at * EVERY_MS) / CLIENTS }),
    ),
  ]);
  clearInterval(watch);
  const minutes = (Date.now() - begun) / 60_000;
  const processes = lines(started) - processesBefore;
  const processor = processorMs(pid) - processorBefore;
  return report({
    times,
    memory,
    minutes,
    processes,
    processor,
    operations: ended.reduce((sum, each) => sum + each, 0),
    load,
  });
}

interface Measured {
  times: Times;
  /** MiB, one each 5 s. */
  memory: number[];
  minutes: number;
  processes: number;
  /** Of the server, in milliseconds. */
  processor: number;
  operations: number;
  load: number | undefined;
}

function report({ times, memory, minutes, processes, processor, operations, load }: Measured): number {
  const missed: string[] = times.faults.slice(0, 20);
  console.log(`${'ms'.padEnd(34)}requests   median      p99     most`);
  for (const [what, all] of times.all) {
    const sorted = [...all].sort((a, b) => a - b);
    const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    const cells = [at(0.5), at(0.99), at(1)].map((value) => value.toFixed(1).padStart(9)).join('');
    console.log(`${what.padEnd(34)}${String(all.length).padStart(8)}${cells}`);
    if (what !== 'begin an operation' && at(0.99) > 100)
      missed.push(`${what}: p99 ${at(0.99).toFixed(0)} ms`);
    if (what.startsWith('overview') && at(0.5) > 300) missed.push(`${what}: ${at(0.5).toFixed(0)} ms`);
  }
  const requests = [...times.all.values()].reduce((sum, { length }) => sum + length, 0);
  const settled = memory.slice(6, 12);
  const early = settled.reduce((sum, each) => sum + each, 0) / Math.max(1, settled.length);
  const late = memory.slice(-6).reduce((sum, each) => sum + each, 0) / Math.max(1, memory.slice(-6).length);
  const most = Math.max(0, ...memory);
  console.log(
    `\n${BENCHES} benches, ${BENCHES * 5} volumes, ${CLIENTS} clients, ${minutes.toFixed(1)} minutes; ${operations} operations, ${OPERATORS} at once; ` +
      `${times.faults.length} faults; ${(processes / minutes).toFixed(0)} processes a minute; the server at work for ${(processor / minutes / 600).toFixed(0)} % of one processor, ${(processor / requests).toFixed(1)} ms a request; ` +
      `memory ${early.toFixed(0)} MiB after a minute, ${late.toFixed(0)} at the end, ${most.toFixed(0)} at most; load of the machine before ${load?.toFixed(1)}`,
  );
  if (most > 120) missed.push(`memory: ${most.toFixed(0)} MiB`);
  if (settled.length > 0 && late > early * 1.1)
    missed.push(`memory grows: ${early.toFixed(0)} to ${late.toFixed(0)} MiB`);
  for (const text of missed) console.error(`missed: ${text}`);
  return missed.length === 0 ? 0 : 1;
}

function residentMiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** Of the server alone, without what it starts, in milliseconds (proc(5), fields 14 and 15). */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function lines(file: string): number {
  return Number(execFileSync('wc', ['-l', file], { encoding: 'utf8' }).split(' ')[0]);
}

function asInItsUnit(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _, ...rest } = process.env;
  return { ...rest, NODE_OPTIONS };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const isUp = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    await wait(100);
  }
  throw new Error('the server does not come up');
}
