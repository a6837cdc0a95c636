import type { Guest } from '../../guest/guest.js';
import { quote } from '../../guest/ssh.js';
import { details, figure, largest, median, quantile, table } from '../figures.js';
import { type Timed, timedSuccess } from '../timed.js';
import {
  beginLongWrite,
  endOfLongWrite,
  latenciesOutside,
  latenciesWithin,
  startWriter,
  stopWriter,
} from '../writes/writes.js';
import { DATASET, SOCKET } from './comparison.js';

const LONG_WRITE_S = 6;
const OPERATOR = 'alice';
/** The read lock's worst write beside a long statement is to be at least so many times bench's. */
const LEAST_GAIN = 2;

interface Method {
  title: string;
  /** @param beforeLock shell commands for the moment before the lock is asked for */
  script(tag: string, beforeLock: string): string;
  /** Does other things before it asks for the lock, which no script can come between. */
  hasOwnStart: boolean;
}

const asOperator = (command: string) => `runuser -u ${OPERATOR} -- ${command}`;
const zfsSnapshot = (tag: string, quiesce: string) =>
  `sudo -n /usr/sbin/zfs snapshot -o bench:quiesce=${quiesce} ${DATASET}@${tag}`;

const NO_LOCK: Method = {
  title: '`sudo zfs snapshot`, no lock',
  script: (tag, beforeLock) => `${beforeLock}\n${asOperator(zfsSnapshot(tag, 'crash-consistent'))}`,
  hasOwnStart: false,
};

/** MariaDB's own client is the least that can hold a lock while something else runs. */
const READ_LOCK: Method = {
  title: '`FLUSH TABLES WITH READ LOCK` in `mariadb`, `sudo zfs snapshot`',
  script: (tag, beforeLock) => `
    coproc CLIENT { exec ${asOperator(`mariadb --socket=${SOCKET} --skip-column-names --unbuffered`)}; }
    client=$CLIENT_PID; exec {typed}>&"\${CLIENT[1]}" {told}<&"\${CLIENT[0]}"; eval "exec \${CLIENT[1]}>&-"
    echo 'SELECT 1;' >&$typed; read -r -u $told _
    ${beforeLock}
    echo ${quote(`FLUSH TABLES WITH READ LOCK;\n\\! ${zfsSnapshot(tag, 'read-lock')}\nUNLOCK TABLES;`)} >&$typed
    exec {typed}>&-; wait $client`,
  hasOwnStart: false,
};

const BENCH: Method = {
  title: '`bench volume snapshot`',
  script: (tag, beforeLock) =>
    `${beforeLock}\n${asOperator(`bench volume snapshot -b shop --tag ${tag} --json`)}`,
  hasOwnStart: true,
};

/** In the order in which they are tried in each run. */
export const METHODS = [NO_LOCK, READ_LOCK, BENCH];

/** What the runs of one method were like. */
interface Measured {
  method: Method;
  /** Worst write while the command ran, in milliseconds; one of each run. */
  idleMs: number[];
  besideMs: number[];
  /** The whole command, with nothing else running. */
  seconds: number[];
}

export interface SnapshotSpeed {
  measured: Measured[];
  /** 99 % of the writes while none of the methods ran, in milliseconds. */
  quietMs: number;
}

/** Lets a user of the host take snapshots, as docs/host.md has it: so bench goes through sudo as well. */
const MAKE_OPERATOR = `id ${OPERATOR} > /dev/null 2>&1 || useradd -m ${OPERATOR}
bench init -b shop --operator ${OPERATOR} > /dev/null
(umask 227; bench sudoers -b shop > /etc/sudoers.d/bench-shop)`;

/** The worst write during each method, with nothing else running and beside a statement that writes for 6 s. */
export async function compareSnapshots(guest: Guest, runs: number): Promise<SnapshotSpeed> {
  await timedSuccess(guest, MAKE_OPERATOR);
  // With pauses: writers at full speed would measure how the machine shares out its processors.
  await startWriter(guest, 'shop', {
    connections: 3,
    pauseMs: 20,
    count: Number.MAX_SAFE_INTEGER,
    change: 'insert',
    rows: 0,
  });
  const idle = METHODS.map((): Timed[] => []);
  const beside = METHODS.map((): Timed[] => []);
  for (let run = 0; run < runs; run += 1) {
    for (const [index, method] of METHODS.entries()) {
      const tag = `speed-${run}-${index}`;
      const alone = await timedSuccess(guest, method.script(tag, ''));
      idle[index]?.push(alone);
      beside[index]?.push(await besideLongWrite(guest, method, `${tag}-beside`, alone.seconds));
      await guest.sh('sleep 1');
    }
  }
  const writes = await stopWriter(guest);
  const [error] = writes.errors;
  if (error !== undefined) throw new Error(`a write failed: ${error.message}`);
  const worst = (spans: readonly Timed[] | undefined) =>
    (spans ?? []).map((span) => largest(latenciesWithin(writes, span)));
  return {
    measured: METHODS.map((method, index) => ({
      method,
      idleMs: worst(idle[index]),
      besideMs: worst(beside[index]),
      seconds: (idle[index] ?? []).map(({ seconds }) => seconds),
    })),
    quietMs: quantile(latenciesOutside(writes, [...idle.flat(), ...beside.flat()]), 0.99),
  };
}

/** A run in which the statement has at least 6 seconds to go when the lock is asked for. */
async function besideLongWrite(
  guest: Guest,
  method: Method,
  tag: string,
  ownSeconds: number,
): Promise<Timed> {
  // The start of a bench beside it may take longer than alone.
  const seconds = LONG_WRITE_S + (method.hasOwnStart ? Math.ceil(ownSeconds * 1.5) : 0);
  const run = await timedSuccess(guest, method.script(tag, beginLongWrite(seconds)));
  const endedMs = await endOfLongWrite(guest);
  if (method.hasOwnStart && endedMs < run.toMs)
    throw new Error(`the long statement ended ${figure(run.toMs - endedMs)} ms before bench`);
  return run;
}

export function snapshotFindings({ measured }: SnapshotSpeed): string[] {
  const besideOf = (wanted: Method) =>
    median(measured.find(({ method }) => method === wanted)?.besideMs ?? []);
  const [bench, lock] = [besideOf(BENCH), besideOf(READ_LOCK)];
  return bench * LEAST_GAIN < lock
    ? []
    : [
        `beside a writing statement of ${LONG_WRITE_S} s the worst write is ${figure(bench)} ms with bench, ${figure(lock)} ms with a read lock`,
      ];
}

export function snapshotReport({ measured, quietMs }: SnapshotSpeed): string {
  const figures = ({ idleMs, besideMs, seconds }: Measured) => [idleMs, besideMs, seconds].map(median);
  const [bench, lock] = [BENCH, READ_LOCK].map((wanted) =>
    figures(measured.find(({ method }) => method === wanted) as Measured),
  );
  const heads = [
    'median of the runs',
    'worst write, ms',
    `worst write beside a ${LONG_WRITE_S} s statement, ms`,
    'whole command, s',
  ];
  return `${table(heads, [
    ...measured.map((each) => [each.method.title, ...figures(each)]),
    [
      '**bench : read lock**',
      ...(bench ?? []).map((value, index) => `${figure(value / (lock?.[index] ?? Number.NaN))} : 1`),
    ],
  ])}

Three connections write a row every 20 ms (99 % of them within ${figure(quietMs)} ms while nothing else runs); the
worst write is the longest of those that were under way while the command ran, the start of its programs included. All
of it is done by an operator without root, so each of the three goes through sudo once. The statement beside it
(\`UPDATE … SLEEP\`, on another table) has at least ${LONG_WRITE_S} s to go when the lock is asked for: for bench it is longer by what
bench takes to start. The command is longer than the bare one because Node starts (see docs/performance.md), and
because bench makes sure of the dataset, its mounts, MariaDB's unit, sudo and the tag before it locks, and of the
snapshot afterwards; the writers do not wait for any of that.

${details(
  'Each run',
  table(
    heads.map((head, index) => (index === 0 ? '' : head)),
    measured.map(({ method, idleMs, besideMs, seconds }) => [
      method.title,
      ...[idleMs, besideMs, seconds].map((values) => values.map(figure).join('; ')),
    ]),
  ),
)}`;
}
