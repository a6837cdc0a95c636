import { humanSize } from '../config/size.js';
import type {
  CopyList,
  CopyPruneResult,
  ListedCopy,
  OffsiteStatus,
  PushPreview,
  PushResult,
  RestoreResult,
  VerifyCopyResult,
} from '../offsite/offsite.js';
import { onOneLine } from '../printable.js';
import { localless } from './columns.js';
import { table } from './table.js';

export function pushText(result: PushResult): string {
  const { bench, id, kind, because, resumed, streamBytes, sentBytes, storedBytes, durationMs } = result;
  const what = kind === 'full' ? 'Full copy' : 'Copy of what has changed';
  const sent = resumed ? `, ${humanSize(sentBytes)} of them in this run` : '';
  return [
    `${what} of ${bench}: ${id}`,
    ...(because === null ? [] : [`  ${because}`]),
    `  ${humanSize(streamBytes)} of data, stored as ${humanSize(storedBytes)}${sent}, in ${(durationMs / 1000).toFixed(1)} s`,
    ...leftOut(result.volumesLeftOut),
  ].join('\n');
}

export function pushPreviewText(preview: PushPreview): string {
  const { bench, url, kind, because, snapshot, base, resumes, streamBytes, volumesLeftOut } = preview;
  const what = kind === 'full' ? 'a full copy' : `what has changed since ${base}`;
  return [
    `To copy of ${bench} to ${url}: ${what}`,
    ...(because === null ? [] : [`  ${because}`]),
    `  ${snapshot === null ? 'of a consistent snapshot that is taken first' : `of ${snapshot}`}`,
    ...(streamBytes === null ? [] : [`  about ${humanSize(streamBytes)}`]),
    ...(resumes ? ['  Goes on where an earlier one was cut off.'] : []),
    ...leftOut(volumesLeftOut),
    'Nothing was changed.',
  ].join('\n');
}

function leftOut(volumes: readonly string[]): string[] {
  if (volumes.length === 0) return [];
  return [`  NOT in it: the data volumes ${volumes.map(onOneLine).join(', ')}`];
}

/** A line a copy; increments stand below what they build on. */
export function copiesText({ bench, url, copies, damaged, unfinished, storedBytes }: CopyList): string {
  const lines = [`Copies of ${bench} in ${url}: ${copies.length} (${humanSize(storedBytes)})`];
  if (copies.length > 0)
    lines.push(table([['SNAPSHOT OF (UTC)', 'KIND', 'STORED', 'STATE', 'COPY'], ...copies.map(rowOf)]));
  for (const { id, message } of damaged) lines.push(`DAMAGED ${id}: ${onOneLine(message)}`);
  if (unfinished.length > 0) lines.push(`Unfinished, and no copies: ${unfinished.map(onOneLine).join(', ')}`);
  return lines.join('\n');
}

function rowOf({ createdAt, kind, storedBytes, state, verified, id }: ListedCopy): string[] {
  const proven =
    verified === null ? '' : verified.verdict === 'ok' ? `, verified (${verified.level})` : ', BAD';
  return [
    localless(createdAt),
    kind === 'full' ? 'full' : '+ increment',
    humanSize(storedBytes),
    `${state === 'whole' ? 'whole' : 'BROKEN: what it builds on is missing'}${proven}`,
    id,
  ];
}

/** Each copy with what keeps it; then what went, or would. */
export function copyPruneText({
  bench,
  url,
  dryRun,
  copies,
  pruned,
  removed,
  refused,
  freedBytes,
}: CopyPruneResult): string {
  const rows = copies.map(({ id, createdAt, keptBy }) => [
    localless(createdAt),
    keptBy.length > 0 ? keptBy.join(', ') : pruned.includes(id) ? (dryRun ? 'would go' : 'deleted') : 'stays',
    id,
  ]);
  return [
    `Copies of ${bench} in ${url}`,
    ...(rows.length === 0 ? ['  none'] : [table([['SNAPSHOT OF (UTC)', 'KEPT BY', 'COPY'], ...rows])]),
    ...(removed.length === 0
      ? []
      : [`Never whole, and ${dryRun ? 'would go' : 'deleted'}: ${removed.join(', ')}`]),
    ...refused.map(({ id, message }) => `${id} stays: ${onOneLine(message)}`),
    `${dryRun ? 'To delete' : 'Deleted'}: ${pruned.length} of ${copies.length} (${humanSize(freedBytes)})`,
  ].join('\n');
}

export function verifyCopyText({ level, copies, tables, answers, durationMs }: VerifyCopyResult): string {
  const how = {
    head: 'every part is there',
    hash: 'every part is what was uploaded',
    stream: 'the stream is what was sent, and can be read',
    boot: `MariaDB started on it: ${tables} tables checked, ${answers} answers as expected`,
  }[level];
  const rest = copies.slice(0, -1).map(({ id }) => `  builds on ${id}`);
  return [
    `Verified ${copies.at(-1)?.id} in ${(durationMs / 1000).toFixed(1)} s: ${how}`,
    ...rest.reverse(),
  ].join('\n');
}

export function restoreCopyText(result: RestoreResult): string {
  const { copies, dataset, name, snapshot, streamBytes, dryRun, volumesLeftOut } = result;
  const many = copies.length === 1 ? 'one full copy' : `a full copy and ${copies.length - 1} increments`;
  return [
    `${dryRun ? 'To bring back' : 'Brought back'}: ${snapshot.tag} of ${localless(snapshot.createdAt)} UTC from ${many} (${humanSize(streamBytes)}), as ${dataset}`,
    ...leftOut(volumesLeftOut),
    dryRun ? 'Nothing was changed.' : `To make a bench of it: bench init -b ${name} --from-volume ${name}`,
  ].join('\n');
}

export function offsiteStatusText(status: OffsiteStatus): string {
  const { bench, url, schedule, active, nextAt, last, copy, unfinished, held } = status;
  const runs = schedule === null ? 'by hand' : `${onOneLine(schedule)}${active ? '' : '  TIMER NOT RUNNING'}`;
  return [
    `${bench}  ${url}  ${runs}`,
    `  copy   ${copy === null ? 'none yet' : `of ${localless(copy.createdAt)} UTC, ${copy.kind}, ${humanSize(copy.storedBytes)}`}`,
    `  last   ${last === null ? 'none yet' : lastPushText(last)}`,
    ...(unfinished === null
      ? []
      : [`  begun  ${unfinished.id}, ${unfinished.parts} parts: the next push goes on`]),
    `  next   ${nextAt === null ? '-' : `${localless(nextAt)} UTC`}`,
    ...held.map(
      ({ tag, usedBytes }) =>
        `  holds  ${onOneLine(tag)} (${humanSize(usedBytes)}), which the next copy builds on`,
    ),
  ].join('\n');
}

function lastPushText({ startedAt, outcome, error }: NonNullable<OffsiteStatus['last']>): string {
  const went = {
    done: 'well',
    failed: `FAILED: ${onOneLine(error?.message ?? '')}`,
    running: 'under way',
    killed: 'ENDED IN THE MIDDLE',
  }[outcome];
  return `${localless(startedAt)} UTC  ${went}`;
}
