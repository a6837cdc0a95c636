import type { SnapshotResult } from '../../src/snapshot/snapshot-orchestrator.js';
import { details, figure, largest, median, quantile, table } from '../figures.js';
import type { Part } from '../report.js';
import { latenciesOutside, latenciesWithin, type Span, type Writes } from '../writes/writes.js';

export const CONNECTIONS = 4;
/** Snapshots that are kept. */
export const KEPT = 5;
/** Growth of a median from the first to the last third of the snapshots, as a share, that is a finding. */
const TOLERATED_GROWTH = 0.1;

/** One run of bench beside the load. */
export interface Run extends Span {
  tag: string;
  /** Largest memory of the process, in MiB. */
  memoryMiB: number;
  /** Undefined where it has failed, and for the destruction of a snapshot. */
  taken?: SnapshotResult;
  failure?: string;
}

/** What bench leaves on the host, which must not become more with each snapshot. */
export interface Left {
  /** Bytes in /var/lib/bench/shop. */
  recordBytes: number;
  /** Connections to MariaDB. */
  connections: number;
  snapshots: number;
}

/** What happened. */
export interface Observed {
  minutes: number;
  snapshots: Run[];
  destroyed: Run[];
  writes: Writes;
  before: Left;
  after: Left;
  /** Moments of the lines that the system's journal was given by anybody but the kernel, in milliseconds since the epoch. */
  journal: number[];
  /** How many of all its lines name bench. */
  journalOfBench: number;
}

/** The values of the first and of the last third. */
function thirds<T>(values: readonly T[]): { first: T[]; last: T[] } {
  const count = Math.max(1, Math.floor(values.length / 3));
  return { first: values.slice(0, count), last: values.slice(-count) };
}

/** A figure that was taken at each snapshot, and how it has changed from the first third to the last. */
interface Growth {
  what: string;
  first: number;
  last: number;
  isTooMuch: boolean;
}

function growthOf(what: string, values: readonly number[]): Growth {
  const { first, last } = thirds(values);
  const [from, to] = [median(first), median(last)];
  return { what, first: from, last: to, isTooMuch: !(to <= from * (1 + TOLERATED_GROWTH)) };
}

function growths({ snapshots, before, after, journal }: Observed): Growth[] {
  const linesAt = ({ fromMs, toMs }: Span) => journal.filter((at) => at >= fromMs && at <= toMs).length;
  const exact = (what: string, first: number, last: number) => ({
    ...{ what, first, last },
    isTooMuch: last > first,
  });
  const lines = growthOf('lines of the journal during a snapshot, median', snapshots.map(linesAt));
  // A line that something else has written now and then is no growth.
  lines.isTooMuch &&= lines.last > lines.first + 1;
  return [
    growthOf(
      'largest memory of `bench volume snapshot`, MiB, median',
      snapshots.map(({ memoryMiB }) => memoryMiB),
    ),
    lines,
    exact('size of `/var/lib/bench/shop`, bytes', before.recordBytes, after.recordBytes),
    exact('connections to MariaDB', before.connections, after.connections),
  ];
}

function findings(observed: Observed, grown: readonly Growth[]): string[] {
  const { snapshots, destroyed, writes, after } = observed;
  return [
    ...writes.errors.map(({ atMs, message }) => `a write at ${new Date(atMs).toISOString()}: ${message}`),
    ...[...snapshots, ...destroyed].flatMap(({ failure }) => failure ?? []),
    ...snapshots.flatMap(({ tag, taken }) =>
      taken === undefined || taken.quiesce === 'backup-stage' ? [] : `${tag} was taken as ${taken.quiesce}`,
    ),
    ...grown
      .filter(({ isTooMuch }) => isTooMuch)
      .map(({ what, first, last }) => `${what} has grown from ${figure(first)} to ${figure(last)}`),
    ...(after.snapshots > KEPT ? [`${after.snapshots} snapshots are left instead of ${KEPT}`] : []),
  ];
}

/** The part of the report, with what is not as it should be. */
export function report(observed: Observed): Part {
  const { minutes, snapshots, destroyed, writes } = observed;
  const grown = growths(observed);
  const failures = findings(observed, grown);
  const held = snapshots.flatMap(({ taken }) => taken ?? []);
  const perSecond = writes.latencyMs.length / (lengthOf(writes) / 1000);
  const text = `${figure(minutes)} minutes with ${CONNECTIONS} connections that write as fast as they can, one committed row at a time:
${writes.latencyMs.length.toLocaleString('en-US')} writes, ${figure(perSecond)} a second, **${writes.errors.length} errors**. ${snapshots.length} snapshots, each begun
20 seconds after the one before, or as soon as that was done; ${destroyed.length} destroyed, the newest ${KEPT} kept; ${failures.length} findings.

${latencyTable(observed)}

The spans are those of the whole command, most of which is Node that starts and competes with the writers for the two
emulated processors. The lock was had after ${figure(median(held.map(({ lockWaitMs }) => lockWaitMs)))} ms and held for ${figure(median(held.map(({ lockHeldMs }) => lockHeldMs)))} ms (medians; at most
${figure(largest(held.map(({ lockWaitMs }) => lockWaitMs)))} ms and ${figure(largest(held.map(({ lockHeldMs }) => lockHeldMs)))} ms).

${table(
  ['', 'at first', 'in the end'],
  grown.map(({ what, first, last }) => [what, first, last]),
)}

Of memory and journal the first third of the snapshots and the last; bench has no process that stays. ${observed.journalOfBench} of the lines name bench.

${details('The worst write at each snapshot', perSnapshot(observed))}`;
  return { name: 'load', failures, text };
}

function lengthOf({ startedAtMs }: Writes): number {
  return largest(startedAtMs) - (startedAtMs[0] ?? 0);
}

function latencyTable({ snapshots, destroyed, writes }: Observed): string {
  const row = (what: string, latencies: readonly number[]) => [
    what,
    latencies.length.toLocaleString('en-US'),
    median(latencies),
    quantile(latencies, 0.99),
    largest(latencies),
  ];
  const within = (runs: readonly Span[]) => runs.flatMap((run) => latenciesWithin(writes, run));
  return table(
    ['latency of a write, ms', 'writes', 'median', '99 %', 'worst'],
    [
      row('while bench does nothing', latenciesOutside(writes, [...snapshots, ...destroyed])),
      row('during `bench volume snapshot`', within(snapshots)),
      row('during `bench volume destroy-snapshot`', within(destroyed)),
    ],
  );
}

function perSnapshot({ snapshots, writes }: Observed): string {
  const begun = snapshots[0]?.fromMs ?? 0;
  return table(
    [
      ...['snapshot', 'begun, s', 'command, s', 'lock had after, ms', 'held, ms'],
      ...['worst write, ms', 'memory, MiB'],
    ],
    snapshots.map((run) => [
      run.tag,
      (run.fromMs - begun) / 1000,
      (run.toMs - run.fromMs) / 1000,
      run.taken?.lockWaitMs ?? Number.NaN,
      run.taken?.lockHeldMs ?? Number.NaN,
      largest(latenciesWithin(writes, run)),
      run.memoryMiB,
    ]),
  );
}
