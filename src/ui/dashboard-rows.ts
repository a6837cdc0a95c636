import { humanSize } from '../config/size.js';
import { localless, statusLine } from '../output/columns.js';
import { growthLine, scheduleLine } from '../output/schedule.js';
import { bindText, isDatasetGone, mariaDbText } from '../output/text.js';
import type { Seen, Status } from '../status/status.js';
import type { PoolIo, Snapshot } from '../zfs/zfs.js';
import { BLANK, bar, cut, type Row, row, type Size, type Span, share, wrap } from './rows.js';
import { sparkline } from './sparkline.js';

/** A look takes a second or two; from here on it is said that there is no answer. In milliseconds. */
const SLOW_MS = 10_000;

/**
 * The whole screen, at most one line less than the terminal has: with all of them it would scroll. What is wrong has
 * precedence over the list of snapshots. Pure.
 * @param now milliseconds since 1970
 * @param startedAt the same, when the watching began
 */
export function dashboardRows(
  bench: string,
  seen: Seen,
  now: number,
  startedAt: number,
  { columns, rows }: Size,
): Row[] {
  const top = [header(bench, seen, now, startedAt, columns), BLANK];
  const volume =
    seen.status === undefined
      ? []
      : [...volumeRows(seen.status, seen.io, columns), ...growthRows(seen.status, seen.snapshots, columns)];
  const room = rows - 1 - top.length - volume.length;
  const troubles = troubleBlocks(seen, columns);
  // Three lines stay for the snapshots: how many there are, the latest, and that there are more.
  const kept = Math.min(3, 1 + seen.snapshots.length);
  const problems = cut(
    troubles,
    Math.max(0, room - 1 - kept),
    (left) => `… and ${left} more: bench volume status -b ${bench}`,
  );
  const beside = problems.length === 0 ? [] : [BLANK, ...problems];
  const snapshots = seen.status === undefined ? [] : snapshotRows(seen.snapshots, room - beside.length);
  return [...top, ...volume, ...snapshots, ...beside].slice(0, Math.max(1, rows - 1));
}

function header(bench: string, { readAt }: Seen, now: number, startedAt: number, columns: number): Row {
  const silentMs = now - (readAt ?? startedAt);
  const right: Span =
    silentMs > SLOW_MS
      ? { text: `no answer for ${Math.floor(silentMs / 1000)} s  q quits`, color: 'red' }
      : {
          text: `${readAt === undefined ? 'looking …' : `${clock(readAt)} UTC`}  q quits`,
          dim: true,
        };
  const left = `bench ${bench}`;
  const between = Math.max(2, columns - left.length - right.text.length);
  return [{ text: left, bold: true }, { text: ' '.repeat(between) }, right];
}

function clock(time: number): string {
  return new Date(time).toISOString().slice(11, 19);
}

function volumeRows(status: Status, io: PoolIo | undefined, columns: number): Row[] {
  const { pool, dataset, binds, mariadb } = status;
  const isImported = pool.health !== 'MISSING';
  const isThere = isImported && !isDatasetGone(status);
  const { usedBytes: used, quotaBytes: quota, reservationBytes: reservation } = dataset;
  const mounted = dataset.mounted ? '' : 'NOT MOUNTED  ';
  return [
    state('Pool', pool.name, isImported ? pool.health : 'NOT IMPORTED', pool.health === 'ONLINE'),
    ...(isImported && pool.sizeBytes > 0
      ? [gauge('space', pool.allocatedBytes, pool.sizeBytes, columns, true)]
      : []),
    state(
      'Dataset',
      dataset.name,
      isThere ? `${mounted}avail=${humanSize(dataset.availableBytes)}` : 'NOT THERE',
      isThere && dataset.mounted,
    ),
    ...(isThere && quota > 0 ? [gauge('quota', used, quota, columns, true)] : []),
    // To use more than what is guaranteed is no trouble.
    ...(isThere && reservation > 0 ? [gauge('reservation', used, reservation, columns, false)] : []),
    ...binds.map((bind) => row(bindText(bind), bind.mounted ? {} : { color: 'red' })),
    row(mariaDbText(mariadb), mariadb.active && mariadb.version !== null ? {} : { color: 'red' }),
    row(statusLine('IO', ioText(io), '')),
  ];
}

/** Snapshots that take themselves, how the bench grows, and how it has grown. */
function growthRows({ schedule, forecast }: Status, snapshots: readonly Snapshot[], columns: number): Row[] {
  const isWell =
    schedule?.active && schedule.last?.outcome !== 'failed' && schedule.last?.outcome !== 'killed';
  return [
    ...(schedule === null ? [] : [row(scheduleLine(schedule), isWell ? {} : { color: 'red' })]),
    ...growthLine(forecast).map((line) => row(line)),
    ...sizeRows(snapshots, columns),
  ];
}

/** What snapshots hold of the data, from the oldest to the newest. */
function sizeRows(snapshots: readonly Snapshot[], columns: number): Row[] {
  const sizes = snapshots.map(({ createdAt, referencedBytes }) => ({
    time: createdAt.getTime(),
    bytes: referencedBytes,
  }));
  const [newest, oldest] = [snapshots[0], snapshots.at(-1)];
  const line = sparkline(sizes, Math.min(48, columns - 45));
  if (line === undefined || newest === undefined || oldest === undefined) return [];
  const range = `${humanSize(oldest.referencedBytes)} to ${humanSize(newest.referencedBytes)}`;
  const since = `since ${localless(oldest.createdAt.toISOString()).slice(0, 10)}`;
  return [row(statusLine('Sizes', line, `  ${range}  ${since}`))];
}

function state(label: string, name: string, rest: string, isWell: boolean): Row {
  const before = statusLine(label, name, '|').slice(0, -1);
  return [{ text: before }, ...row(rest, { color: isWell ? 'green' : 'red' })];
}

const ALARM = 0.9;
const WARNING = 0.75;

function gauge(label: string, part: number, whole: number, columns: number, alarms: boolean): Row {
  const head = `  ${label}`.padEnd(15);
  const tail = `  ${humanSize(part)} of ${humanSize(whole)}`.padEnd(18);
  const percent = `${Math.floor(share(part, whole) * 100)}%`.padStart(4);
  const width = Math.max(10, columns - head.length - tail.length - percent.length - 3);
  const filled = share(part, whole);
  const color = !alarms ? 'cyan' : filled >= ALARM ? 'red' : filled >= WARNING ? 'yellow' : 'green';
  return [{ text: head }, { text: bar(part, whole, width), color }, { text: tail + percent }];
}

function ioText(io: PoolIo | undefined): string {
  if (io === undefined) return '-';
  const { readBytes, readOperations, writeBytes, writeOperations } = io;
  return (
    `read ${humanSize(readBytes)}/s (${readOperations} op/s)   ` +
    `write ${humanSize(writeBytes)}/s (${writeOperations} op/s)`
  );
}

function snapshotRows(snapshots: readonly Snapshot[], room: number): Row[] {
  const list = snapshots.map(({ tag, createdAt, usedBytes, note }) => [
    row(
      `  ${tag.padEnd(24)} ${localless(createdAt.toISOString())}  ${humanSize(usedBytes).padStart(6)}  ${note ?? ''}`,
    ),
  ]);
  return [
    row(statusLine('Snapshots', String(snapshots.length), '')),
    ...cut(list, room - 1, (left) => `  … and ${left} more`),
  ].slice(0, Math.max(0, room));
}

/** What is wrong, each with its mend; the cause before its consequences. */
function troubleBlocks({ status, failure }: Seen, columns: number): Row[][] {
  const problems = (status?.problems ?? []).map(({ code, message, fix }) =>
    code === 'kept-undo'
      ? trouble('Note: ', message, [fix], columns, {})
      : trouble('Problem: ', message, [`Mend: ${fix}`], columns, { color: 'red' }),
  );
  if (failure === undefined) return problems;
  const { message, suggestions, stderr } = failure;
  const said = stderr?.trim() ? [stderr.trim()] : [];
  const next = suggestions.map((suggestion) => `Next: ${suggestion}`);
  return [trouble('Problem: ', message, [...said, ...next], columns, { color: 'red' }), ...problems];
}

function trouble(
  label: string,
  message: string,
  below: readonly string[],
  columns: number,
  style: Omit<Span, 'text'>,
): Row[] {
  return [
    ...wrap(label + message, columns, '').map((line) => row(line, style)),
    ...below.flatMap((text) => wrap(text, columns, '  ')).map((line) => row(line)),
  ];
}
