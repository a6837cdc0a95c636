import { setTimeout as sleep } from 'node:timers/promises';
import type { Guest } from '../guest/guest.js';
import { startGuest } from '../guest/start.js';
import { introduce } from '../guest/together.js';
import type { PromoteJson } from '../src/output/promote.js';
import type { CopyStatus } from '../src/replicate/replicate.js';
import { readJson } from '../test/contract.js';
import { benchJson } from '../test/guest/product.js';
import { makePool } from '../test/guest/replicate-support.js';
import { figure, largest, median, table } from './figures.js';
import type { Part } from './report.js';
import { timed, timedSuccess } from './timed.js';
import { startWriter } from './writes/writes.js';

const EVERY_MS = 10_000;
/** Seconds that a copy may be behind at a schedule of one minute: that, its delay, and a run that takes as long again. */
const MOST_LAG = 150;
const WRITES = { connections: 2, pauseMs: 100 };
const FIRST_QUERY = `until mariadb -S /run/mysqld/mysqld-shop.sock -e 'SELECT COUNT(*) FROM app.orders' > /dev/null 2>&1; do
  sleep 0.1; done`;

interface Found {
  looks: { lagSeconds: number; lagBytes: number }[];
  failedRuns: string[];
  lostSeconds: number;
  promoteSeconds: number;
  restartSeconds: number;
}

/**
 * How far a copy on another host is behind its bench, which is written to meanwhile; what the loss of the bench's host costs
 * then; and how long it takes until the copy answers.
 */
export async function anotherHost({ minutes }: { minutes: number }): Promise<Part> {
  const started: Guest[] = [];
  const start = async (label: string, options: Parameters<typeof startGuest>[0]) => {
    const guest = await startGuest({ ...options, label });
    started.push(guest);
    return guest;
  };
  try {
    const a = await start('a', { image: 'bench' });
    const b = await start('b', { image: 'product', disks: [{ size: '20G' }] });
    await introduce({ a, b });
    return report(await observe(a, b, minutes), minutes);
  } finally {
    await Promise.all(started.map((guest) => guest.stop()));
  }
}

async function observe(a: Guest, b: Guest, minutes: number): Promise<Found> {
  await makePool(b);
  await a.sh(`bench replicate setup b -b shop --as a --schedule '*:0/1' --yes; bench replicate run -b shop`, {
    timeoutMs: 280_000,
  });
  await startWriter(a, 'shop', { ...WRITES, count: Number.MAX_SAFE_INTEGER, change: 'insert', rows: 0 });
  const looks: Found['looks'] = [];
  const failedRuns: string[] = [];
  for (const until = performance.now() + minutes * 60_000; performance.now() < until; await sleep(EVERY_MS)) {
    const { lagSeconds, lagBytes, last } = await benchJson<CopyStatus>(a, [
      ...['replicate', 'status', '-b', 'shop', '--local'],
    ]);
    looks.push({ lagSeconds: lagSeconds ?? Number.NaN, lagBytes: lagBytes ?? Number.NaN });
    if (last?.outcome === 'failed') failedRuns.push(last.error?.message ?? 'a run has failed');
    console.log(`behind: ${figure(lagSeconds ?? Number.NaN)} s, ${lagBytes} bytes`);
  }
  const cutAt = Date.now();
  await a.powerCut();
  const promoted = await timed(b, `bench promote shop --yes --json; ${FIRST_QUERY}`);
  const { createdAt } = readJson<PromoteJson>(['promote', 'shop'], promoted.exitCode, promoted.stdout);
  const restart = await timedSuccess(b, `systemctl restart mariadb@shop; ${FIRST_QUERY}`);
  return {
    looks,
    failedRuns,
    lostSeconds: (cutAt - Date.parse(createdAt ?? '')) / 1000,
    promoteSeconds: promoted.seconds,
    restartSeconds: restart.seconds,
  };
}

function report(found: Found, minutes: number): Part {
  const { looks, failedRuns, lostSeconds, promoteSeconds, restartSeconds } = found;
  const [seconds, bytes] = [
    looks.map(({ lagSeconds }) => lagSeconds),
    looks.map(({ lagBytes }) => lagBytes / 1024 ** 2),
  ];
  const most = largest(seconds);
  const failures = [...new Set(failedRuns)];
  if (most > MOST_LAG || seconds.some(Number.isNaN))
    failures.push(`the copy was ${figure(most)} s behind, at a schedule of one minute`);
  if (!(lostSeconds < MOST_LAG)) failures.push(`a power cut has lost ${figure(lostSeconds)} s`);
  return {
    name: 'another host',
    text: `${figure(minutes)} minutes of ${WRITES.connections} connections that insert a row each ${WRITES.pauseMs} ms, and a copy that is
due each minute (\`schedule = "*:0/1"\`); looked at every ${EVERY_MS / 1000} s, ${looks.length} times. Then the power of the bench's host is cut.

${table(
  ['', 'median', 'most'],
  [
    ['the copy is behind, in seconds', median(seconds), most],
    ['the same, in MiB', median(bytes), largest(bytes)],
    ['what the power cut has lost, in seconds', lostSeconds, ''],
    [
      'from `bench promote` to the first query, × of a restart of the same MariaDB',
      promoteSeconds / restartSeconds,
      '',
    ],
  ],
)}`,
    failures,
  };
}
