/**
 * `npm run perf`: what a command costs as a whole process, as a multiple of what Node itself costs. It measures the
 * built product, on any Linux machine: `zfs`, `zpool` and `systemctl` are stubs that print what the real ones printed
 * for a bench (test/fixtures/bench-volume), and MariaDB is a socket that greets as MariaDB did. Everything is started
 * in turns, so that a machine which is busy for a while is so for all of them alike; on
 * one that is always busy the processor's time is what to compare.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stubs } from './stubs.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const fixtures = join(root, 'test/fixtures/bench-volume');
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });

// It costs Node more than Node itself does, which flatters every multiple; a server has it unset.
delete process.env.NODE_EXTRA_CA_CERTS;

/** A goal that is missed by more than this is a failure. */
const TOLERANCE = 1.1;

interface Case {
  name: string;
  argv: string[];
  env?: Record<string, string>;
  /** What it may cost, as a multiple of Node. */
  goal?: number;
}

/** Processor time of all processes that we have started and that have ended, in milliseconds (proc(5), 16 and 17). */
function processorTime(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

function milliseconds({ argv, env }: Case): Promise<number> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0] as string, argv.slice(1), {
      cwd: '/',
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(performance.now() - begun);
      else reject(new Error(`${argv.join(' ')} ended with ${code}`));
    });
  });
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle - 1)] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

/** The names of what costs too much. */
async function measure(cases: readonly Case[], rounds: number): Promise<string[]> {
  const times = cases.map((): number[] => []);
  const worked = cases.map(() => 0);
  // The first round only fills the page cache.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, one] of cases.entries()) {
      const before = processorTime();
      const taken = await milliseconds(one);
      if (round === 0) continue;
      times[index]?.push(taken);
      worked[index] = (worked[index] ?? 0) + processorTime() - before;
    }
  }
  const sorted = times.map((all) => all.sort((a, b) => a - b));
  const [bare = []] = sorted;
  console.log(
    `${'median of '.concat(String(rounds), ' rounds, ms').padEnd(46)}  median     min x median    x min   x cpu`,
  );
  const missed: string[] = [];
  for (const [index, one] of cases.entries()) {
    const all = sorted[index] ?? [];
    const [least = 0] = all;
    const cells = [median(all).toFixed(1), least.toFixed(1)].map((cell) => cell.padStart(8));
    const ratios = [
      median(all) / median(bare),
      least / (bare[0] ?? 1),
      (worked[index] ?? 0) / (worked[0] ?? 1),
    ];
    const shown = ratios.map((ratio) => ratio.toFixed(2).padStart(9));
    const goal = one.goal === undefined ? '' : `  (goal ${one.goal})`;
    console.log(`${one.name.padEnd(46)}${cells.join('')}${shown.join('')}${goal}`);
    const [, ...judged] = ratios;
    // What a machine is busy with besides makes one of them worse, and both only by chance.
    if (one.goal !== undefined && Math.min(...judged) > one.goal * TOLERANCE) missed.push(one.name.trim());
  }
  return missed;
}

const directory = mkdtempSync(join(tmpdir(), 'bench-perf-'));
// MariaDB says this to whoever connects, and OK (an OK packet) to whoever then logs in.
const greeting = Buffer.from(readFileSync(join(fixtures, 'mariadb-greeting.hex'), 'utf8').trim(), 'hex');
const welcome = Buffer.from([7, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0]);
const server = createServer((socket) => {
  socket.on('error', () => {}).write(greeting);
  socket.once('data', () => socket.write(welcome));
});
try {
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  const programs = Object.entries(stubs());
  for (const [program, text] of programs) writeFileSync(join(bin, program), text, { mode: 0o755 });
  const socket = join(directory, 'mariadb.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const benches = (name: string, socketPath: string) => {
    const file = join(directory, name, 'shop/bench.toml');
    cpSync(join(fixtures, 'bench.toml'), file, { recursive: true });
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('[mariadb]', `[mariadb]\nsocket_path = "${socketPath}"`));
    return { PATH: `${bin}:${process.env.PATH}`, BENCHES_ROOT: join(directory, name), NO_COLOR: '1' };
  };
  const answered = benches('answered', socket);
  const silent = benches('silent', join(directory, 'nobody.sock'));
  const bench = [process.execPath, join(root, 'bin/run.cjs')];
  const missed = await measure(
    [
      { name: 'node -e 0', argv: [process.execPath, '-e', '0'] },
      { name: 'bench --version', argv: [...bench, '--version'], goal: 2 },
      {
        name: 'bench volume list-snapshots -b shop',
        argv: [...bench, 'volume', 'list-snapshots', '-b', 'shop'],
        goal: 2.8,
        env: answered,
      },
      {
        name: 'bench volume status -b shop',
        argv: [...bench, 'volume', 'status', '-b', 'shop'],
        goal: 3.5,
        env: answered,
      },
      {
        name: "  the same, nobody on MariaDB's socket",
        argv: [...bench, 'volume', 'status', '-b', 'shop'],
        env: silent,
      },
      ...programs.map(([program]) => ({
        name: `  the stub ${program}`,
        argv: [program, 'list'],
        env: answered,
      })),
    ],
    Number(values.rounds),
  );
  if (missed.length > 0) {
    console.error(`above its goal by more than a tenth: ${missed.join(', ')}`);
    process.exitCode = 1;
  }
} finally {
  server.close();
  rmSync(directory, { recursive: true });
}
