import type { Guest } from '../../guest/guest.js';
import { sql } from '../../test/guest/product.js';
import { quantile } from '../figures.js';
import { type Timed, timedSuccess } from '../timed.js';
import { latenciesOutside, latenciesWithin, startWriter, stopWriter } from '../writes/writes.js';
import { LARGE } from './lay-out.js';

/** What a site feels of a command beside it, in milliseconds of a committed row. */
export interface Beside {
  command: string;
  seconds: number[];
  writes: number;
  medianMs: number;
  p99Ms: number;
}

type Latencies = Omit<Beside, 'command' | 'seconds'>;

export interface LiveSite {
  idle: Latencies;
  /** Beside any program at all that gives way: in a machine of one processor nothing beside it can cost less. */
  floor: Latencies;
  /** Beside a clone that is made and destroyed by hand, which is what ZFS itself costs. */
  plain: Latencies;
  processors: number;
  commands: Beside[];
}

const TAG = 'proven';
const IDLE_SECONDS = 60;
const CONNECTIONS = 3;
const PAUSE_MS = 20;

const FLOOR = 'for i in $(seq 20); do nice -n 19 bench --version; done > /dev/null';
/** Makes a clone and destroys it, as often as a proof takes long. */
const PLAIN = `for i in $(seq 5); do zfs clone -o canmount=off bench-pool/${LARGE}@${TAG} bench-pool/plain; zfs destroy bench-pool/plain; done`;
/** Typed behind `bench volume`; each may be run again and again. */
const COMMANDS = [
  `verify ${TAG} --quick`,
  `verify ${TAG}`,
  `extract ${TAG} --database filled --table part --as back`,
  `extract ${TAG} --database filled --table part --dump /root/part.sql`,
];

/** Writers on the live bench, and beside them what uses a snapshot of it, in turns with nothing at all. */
export async function measureSite(guest: Guest, runs: number): Promise<LiveSite> {
  await guest.run(['bench', 'volume', 'snapshot', '-b', LARGE, '--tag', TAG]);
  await startWriter(guest, LARGE, {
    connections: CONNECTIONS,
    pauseMs: PAUSE_MS,
    count: Number.MAX_SAFE_INTEGER,
    change: 'insert',
    rows: 0,
  });
  const spans = COMMANDS.map((): Timed[] => []);
  const quiet: Timed[] = [];
  const floor: Timed[] = [];
  const plain: Timed[] = [];
  for (let run = 0; run < runs; run += 1) {
    quiet.push(await timedSuccess(guest, `sleep ${IDLE_SECONDS}`));
    floor.push(await timedSuccess(guest, FLOOR));
    plain.push(await timedSuccess(guest, PLAIN));
    for (const [index, command] of COMMANDS.entries()) {
      spans[index]?.push(await timedSuccess(guest, `bench volume ${command} -b ${LARGE} > /dev/null`));
      await guest.run(['rm', '-f', '/root/part.sql']);
      await sql(guest, LARGE, 'DROP DATABASE IF EXISTS back');
      await guest.sh('zpool sync; sleep 2', { timeoutMs: 280_000 });
    }
  }
  const writes = await stopWriter(guest);
  const [error] = writes.errors;
  if (error !== undefined) throw new Error(`a write failed: ${error.message}`);
  const told = (latencies: readonly number[]) => ({
    writes: latencies.length,
    medianMs: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  });
  const within = (each: readonly Timed[]) => each.flatMap((span) => latenciesWithin(writes, span));
  // Only while nothing ran, and not what comes between.
  const idle = quiet.flatMap((span) => latenciesWithin(writes, span));
  if (latenciesOutside(writes, [...spans.flat(), ...floor, ...plain]).length < idle.length)
    throw new Error('spans that overlap');
  return {
    idle: told(idle),
    floor: told(within(floor)),
    plain: told(within(plain)),
    processors: Number((await guest.run(['nproc'])).stdout),
    commands: COMMANDS.map((command, index) => ({
      command,
      seconds: (spans[index] ?? []).map(({ seconds }) => seconds),
      ...told(within(spans[index] ?? [])),
    })),
  };
}
