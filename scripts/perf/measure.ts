import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A goal that is missed by more than this is a failure. */
const TOLERANCE = 1.1;
/** Of a command, at its most. */
const MOST_MIB = 60;

export interface Case {
  name: string;
  argv: string[];
  env?: Record<string, string>;
  /** What it may cost, as a multiple of the first case. */
  goal?: number;
}

interface Run {
  /** Milliseconds. */
  wall: number;
  processor: number;
  code: number | null;
  stderr: string;
}

/** Of all processes that we have started and that have ended, in milliseconds (proc(5), fields 16 and 17). */
function processorTime(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

function run({ argv, env }: Case, node: readonly string[] = []): Promise<Run> {
  const [program = '', ...args] = argv;
  const before = processorTime();
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...(program === process.execPath ? node : []), ...args], {
      cwd: '/',
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ wall: performance.now() - begun, processor: processorTime() - before, code, stderr }),
    );
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle - 1)] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Prints the table of times.
 * @returns what costs too much. A process' own processor time is counted in hundredths of a second, so it is the medians
 * of fives, whose mean is finer, that are compared.
 */
export async function measureTimes(cases: readonly Case[], rounds: number): Promise<string[]> {
  const runs = cases.map((): Run[] => []);
  // The first round only fills the page cache.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, one] of cases.entries()) {
      const taken = await run(one);
      if (taken.code !== 0)
        throw new Error(`${one.argv.join(' ')} ended with ${taken.code}: ${taken.stderr}`);
      if (round > 0) runs[index]?.push(taken);
    }
  }
  const figures = runs.map((all) => {
    const walls = all.map(({ wall }) => wall);
    const groups = Array.from({ length: Math.ceil(all.length / 5) }, (_, group) =>
      mean(all.slice(group * 5, group * 5 + 5).map(({ processor }) => processor)),
    );
    return [median(walls), Math.min(...walls), median(groups), Math.min(...groups)] as const;
  });
  const [bare] = figures;
  if (bare === undefined) return [];
  console.log(
    `${`${rounds} rounds in turns`.padEnd(42)}  ms, median   least     wall, median    least    processor, median    least   goal`,
  );
  const missed: string[] = [];
  for (const [index, { name, goal }] of cases.entries()) {
    const own = figures[index] ?? bare;
    const [wall, leastWall, processor, leastProcessor] = own.map((value, at) => value / (bare[at] ?? 1));
    const cells = [
      [own[0].toFixed(1), 12],
      [own[1].toFixed(1), 8],
      [wall?.toFixed(2), 17],
      [leastWall?.toFixed(2), 9],
      [processor?.toFixed(2), 21],
      [leastProcessor?.toFixed(2), 9],
      [goal?.toFixed(1) ?? '', 7],
    ] as const;
    console.log(name.padEnd(42) + cells.map(([text, width]) => String(text).padStart(width)).join(''));
    if (goal === undefined) continue;
    for (const [what, value = 0] of [
      ['time', wall],
      ["processor's time", processor],
    ] as const) {
      if (value > goal * TOLERANCE)
        missed.push(`${name.trim()}: ${what} ${value.toFixed(2)} ×, goal ${goal} ×`);
    }
  }
  return missed;
}

/** Prints the table of memory: the most that a process has had, without those that it starts. */
export async function measureMemory(cases: readonly Case[]): Promise<string[]> {
  const tells = fileURLToPath(new URL('tell-memory.cjs', import.meta.url));
  const missed: string[] = [];
  console.log(`\n${'most memory, MiB'.padEnd(62)}  exit code`);
  for (const one of cases) {
    const { code, stderr } = await run(one, ['--require', tells]);
    const mib = Number(/^memory (\d+)$/m.exec(stderr)?.[1]) / 1024;
    console.log(`${one.name.padEnd(56)}${mib.toFixed(1).padStart(6)}${String(code).padStart(11)}`);
    if (!(mib <= MOST_MIB)) missed.push(`${one.name}: ${mib.toFixed(1)} MiB, at most ${MOST_MIB}`);
  }
  return missed;
}
