import { fileURLToPath } from 'node:url';
import type { Guest } from '../../guest/guest.js';
import { quote } from '../../guest/ssh.js';
import { bundleForGuest } from '../../test/guest/load/bundle.js';

/** What the writer (writer.ts) is to do. */
export interface WriterOrder {
  connections: number;
  /** Between two writes of a connection; 0 writes as fast as it goes. */
  pauseMs: number;
  /** All connections together; then the writer ends by itself. */
  count: number;
  /** `insert`: rows at the end of a table. `update`: rows anywhere in a table of `rows` rows, a kilobyte each. */
  change: 'insert' | 'update';
  rows: number;
}

/** What the writer has done. The lists belong together; times in milliseconds, since the epoch by the guest's clock. */
export interface Writes {
  errors: { atMs: number; message: string }[];
  startedAtMs: number[];
  latencyMs: number[];
  worker: number[];
}

/** A span of the guest's clock, in milliseconds since the epoch. */
export interface Span {
  fromMs: number;
  toMs: number;
}

const FOLDER = '/root/writes';
const PROGRAM = fileURLToPath(new URL('writer.ts', import.meta.url));

/** Starts the writer on the instance, and returns when its tables are there and it writes. */
export async function startWriter(guest: Guest, instance: string, order: WriterOrder): Promise<void> {
  await guest.write(`${FOLDER}/writer.mjs`, await bundleForGuest(PROGRAM));
  // Nice, because what is measured beside it would otherwise wait for a processor; the server that serves it is not.
  await guest.sh(
    `cd ${FOLDER}; nice node writer.mjs /run/mysqld/mysqld-${instance}.sock ${quote(JSON.stringify(order))} \
      > out 2> said < /dev/null & echo $! > ${FOLDER}/pid
    until grep -q ready ${FOLDER}/said; do kill -0 $! || { cat ${FOLDER}/said; exit 9; }; sleep 0.2; done`,
    { timeoutMs: 280_000 },
  );
}

/** Has the writer end, after the writes that are under way, and returns what it has done. */
export async function stopWriter(guest: Guest): Promise<Writes> {
  await guest.sh(`kill -TERM $(cat ${FOLDER}/pid)`, { check: false });
  return finishWriter(guest);
}

/** Waits until the writer has done its order. */
export async function finishWriter(guest: Guest): Promise<Writes> {
  const { stdout } = await guest.sh(
    `tail --pid=$(cat ${FOLDER}/pid) -f /dev/null; cat ${FOLDER}/out; [ -s ${FOLDER}/out ] || cat ${FOLDER}/said`,
    { timeoutMs: 580_000 },
  );
  if (!stdout.startsWith('{')) throw new Error(`the writer failed:\n${stdout}`);
  return JSON.parse(stdout) as Writes;
}

/** Shell commands, for the guest, that have the writer run one writing statement of so many seconds beside the others. */
export function beginLongWrite(seconds: number): string {
  return `rm -f ${FOLDER}/slow-ended; echo ${seconds} > ${FOLDER}/slow; kill -USR2 $(cat ${FOLDER}/pid); sleep 0.5`;
}

/** Waits for that statement; the moment at which it ended, in milliseconds since the epoch by the guest's clock. */
export async function endOfLongWrite(guest: Guest): Promise<number> {
  const { stdout } = await guest.sh(
    `until [ -s ${FOLDER}/slow-ended ]; do sleep 0.2; done; cat ${FOLDER}/slow-ended`,
    { timeoutMs: 280_000 },
  );
  return Number(stdout);
}

/** Latencies, in milliseconds, of the writes that were under way at some moment of the span. */
export function latenciesWithin({ startedAtMs, latencyMs }: Writes, { fromMs, toMs }: Span): number[] {
  return latencyMs.filter((latency, index) => {
    const started = startedAtMs[index] as number;
    return started < toMs && started + latency > fromMs;
  });
}

/** Latencies, in milliseconds, of the writes that none of the spans has touched. */
export function latenciesOutside({ startedAtMs, latencyMs }: Writes, spans: readonly Span[]): number[] {
  return latencyMs.filter((latency, index) => {
    const started = startedAtMs[index] as number;
    return spans.every(({ fromMs, toMs }) => started >= toMs || started + latency <= fromMs);
  });
}
