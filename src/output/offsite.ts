import { humanSize } from '../config/size.js';
import type { CopyList, ListedCopy, PushPreview, PushResult } from '../offsite/offsite.js';
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
