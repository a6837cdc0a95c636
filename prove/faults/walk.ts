import { fileURLToPath } from 'node:url';
import type { Guest } from '../../guest/guest.js';
import { quote } from '../../guest/ssh.js';
import { fingerprint, truth } from './truth.js';

export const FAULTS = [
  'killed-before',
  'killed-during',
  'killed-after',
  'fails',
  'hangs',
  'rubbish',
] as const;
export type Fault = (typeof FAULTS)[number];

/** One command of bench that changes something, and how to tell that it has lost nothing. */
export interface Operation {
  /** As the report has it. */
  title: string;
  /** What is typed after `bench`. */
  argv: readonly string[];
  /** What is typed after a run of it was cut off, where that is something else. */
  again?: readonly string[];
  /** Exit codes of its own, beside those that every command has, and which of them means that it is over. */
  exits?: readonly number[];
  bench: string;
  /**
   * `each`: after each fault the command is repeated in peace and the start brought back. `chain`: for commands that
   * take long; the repetition meets the next fault, until one comes to its end in peace.
   */
  cases: 'each' | 'chain';
  /** Brings back what the command starts from. */
  prepare(guest: Guest): Promise<void>;
  /** Throws where something has been lost; asked after each fault. */
  intact(guest: Guest): Promise<void>;
  /** Throws where the command, which says that it has succeeded, has not. */
  done(guest: Guest): Promise<void>;
  /** The error of a repetition which only finds that all is done. */
  doneAlready?: string;
  /** Whether it has come to its end although it was killed; for what a repetition would do again, or take back. */
  isOver?(guest: Guest): Promise<boolean>;
}

/** One run that met a fault, and what came of it. */
export interface Case {
  operation: string;
  fault: Fault;
  point: string;
  /** Undefined for a run that was killed. */
  exitCode: number | undefined;
  seconds: number;
  /** What was found wrong; nothing is as it should be. */
  wrong: string[];
}

export interface WalkOptions {
  /** Which of the faults of each point are tried; all by default. */
  chosen?: (point: string, fault: Fault) => boolean;
  /** Told of each case as it is over. */
  onCase?: (done: Case) => void;
}

const FOLDER = '/root/faults';
/** A walk that comes this far goes round in circles. */
const MOST_RUNS = 3000;

interface Run {
  exitCode: number | undefined;
  output: string;
  hit: { fault: Fault; point: string } | undefined;
  points: string[];
}

/** Carries out the operation again and again until each fault has been met at each of its points. */
export async function walk(guest: Guest, operation: Operation, options: WalkOptions = {}): Promise<Case[]> {
  await prepareWalk(guest);
  const tried = new Set<string>();
  const cases: Case[] = [];
  let hitsOfCycle = 0;
  // Something of it is under way: it is not begun anew.
  let isCut = false;
  await operation.prepare(guest);
  // Points that are left out must not cost a run each: those of a run in peace, and then those that each run comes to.
  const learn = ({ points }: Run) => {
    for (const point of points)
      for (const fault of FAULTS)
        if (options.chosen?.(point, fault) === false) tried.add(`${fault} ${point}`);
  };
  if (options.chosen) learn(await runInPeace(guest, operation));
  for (let runs = 0; runs < MOST_RUNS; runs += 1) {
    const before = await fingerprint(guest, operation.bench);
    const started = performance.now();
    const run = await runOnce(guest, operation, { tried, isCut });
    const seconds = (performance.now() - started) / 1000;
    learn(run);
    if (run.hit === undefined) {
      await requireDone(guest, operation, run);
      // What a command has done is not done again: faults of it that were still to come need another start.
      if (hitsOfCycle === 0) return cases;
      hitsOfCycle = 0;
      isCut = false;
      await operation.prepare(guest);
      continue;
    }
    const { fault, point } = run.hit;
    if (tried.has(`${fault} ${point}`)) continue;
    hitsOfCycle += 1;
    tried.add(`${fault} ${point}`);
    const wrong = await judge(guest, operation, run, before);
    if (operation.cases === 'each') wrong.push(...(await repeat(guest, operation)));
    const isOver = run.exitCode === 0 || (await operation.isOver?.(guest)) === true;
    isCut = operation.cases === 'chain' && !isOver;
    if (!isCut) await operation.prepare(guest);
    const done = { operation: operation.title, fault, point, exitCode: run.exitCode, seconds, wrong };
    cases.push(done);
    options.onCase?.(done);
  }
  throw new Error(`bench ${operation.argv.join(' ')} never came to an end`);
}

/** Puts into the guest what runs need. */
export async function prepareWalk(guest: Guest): Promise<void> {
  await guest.push(fileURLToPath(new URL('inject.mjs', import.meta.url)), `${FOLDER}/inject.mjs`);
}

/** One run without a fault, after which all is again as it was before. */
async function runInPeace(guest: Guest, operation: Operation): Promise<Run> {
  const run = await runOnce(guest, operation, { faults: [] });
  await requireDone(guest, operation, run);
  await operation.prepare(guest);
  return run;
}

async function requireDone(guest: Guest, operation: Operation, run: Run): Promise<void> {
  const isOver =
    run.exitCode === 0 || operation.exits?.includes(run.exitCode ?? 0) || isDoneAlready(operation, run);
  if (!isOver)
    throw new Error(`bench ${operation.argv.join(' ')} in peace ended with ${run.exitCode}\n${run.output}`);
  await operation.done(guest);
  await operation.intact(guest);
}

function isDoneAlready({ doneAlready }: Operation, { exitCode, output }: Run): boolean {
  return (exitCode === 2 || exitCode === 3) && doneAlready !== undefined && output.includes(doneAlready);
}

interface RunOptions {
  /** Faults that are over. */
  tried?: ReadonlySet<string>;
  /** Those that may happen. */
  faults?: readonly Fault[];
  /** Whether an earlier run was cut off. */
  isCut?: boolean;
}

async function runOnce(
  guest: Guest,
  { argv, again, bench }: Operation,
  { tried = new Set(), faults = FAULTS, isCut = false }: RunOptions,
): Promise<Run> {
  const typed = isCut ? (again ?? argv) : argv;
  await guest.write(`${FOLDER}/tried`, [...tried].join('\0'));
  const traffic = JSON.stringify({ folder: FOLDER, faults });
  const { stdout } = await guest.sh(
    `cd ${FOLDER}; rm -f hit points; touch hit points
    NODE_OPTIONS=--import=${FOLDER}/inject.mjs FAULTS=${quote(traffic)} \
      bench ${typed.map(quote).join(' ')} > out 2>&1 < /dev/null && code=0 || code=$?
    # What a killed run has started has its lock until it is over.
    if [ -e /var/lib/bench/${bench}/lock ]; then flock -w 100 /var/lib/bench/${bench}/lock true; fi
    printf '%s\\0' $code; cat hit; printf '\\0'; base64 -w0 points; printf '\\0'; cat out`,
    { timeoutMs: 580_000 },
  );
  const [code, hit = '', points = '', ...output] = stdout.split('\0');
  const space = hit.indexOf(' ');
  return {
    // 128 + 9
    exitCode: code === '137' ? undefined : Number(code),
    output: output.join('\0'),
    hit: hit === '' ? undefined : { fault: hit.slice(0, space) as Fault, point: hit.slice(space + 1) },
    points: Buffer.from(points, 'base64').toString().split('\0').filter(Boolean),
  };
}

/** What is wrong with how a run has taken its fault. */
async function judge(guest: Guest, operation: Operation, run: Run, before: string): Promise<string[]> {
  const wrong: string[] = [];
  const { exitCode, output, hit } = run;
  const wasKilled = hit?.fault.startsWith('killed') === true;
  if (wasKilled !== (exitCode === undefined)) wrong.push(`ended with ${exitCode}: ${output}`);
  if (
    exitCode !== undefined &&
    ![0, 1, 3, 4, ...(operation.exits ?? [])].includes(exitCode) &&
    !isDoneAlready(operation, run)
  )
    wrong.push(`exit code ${exitCode} for a failure of the host: ${output}`);
  if (/^ +at .*:\d+:\d+\)?$/m.test(output)) wrong.push(`a stack trace: ${output}`);
  if (exitCode === 0) await collect(wrong, 'it said that it was done', () => operation.done(guest));
  if (exitCode === 3 || exitCode === 4) {
    const after = await fingerprint(guest, operation.bench);
    if (after !== before) wrong.push(`exit code ${exitCode}, but something was changed: ${output}\n${after}`);
  }
  await collect(wrong, 'lost', () => operation.intact(guest));
  wrong.push(...(await truth(guest, operation.bench)));
  return wrong;
}

/** The command once more, in peace; a moment later where something of the run before is still at work. */
export async function repeat(guest: Guest, operation: Operation): Promise<string[]> {
  const wrong: string[] = [];
  let run: Run;
  do run = await runOnce(guest, operation, { faults: [], isCut: true });
  while (run.exitCode === 4);
  if (run.exitCode !== 0 && !operation.exits?.includes(run.exitCode ?? 0) && !isDoneAlready(operation, run))
    wrong.push(`repeated it ended with ${run.exitCode}: ${run.output}`);
  await collect(wrong, 'repeated', () => operation.done(guest));
  await collect(wrong, 'lost after the repetition', () => operation.intact(guest));
  return wrong;
}

export async function collect(wrong: string[], what: string, look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    wrong.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
