import { dirname } from 'node:path';
import { BenchError, InterruptedError, VolumeError } from '../errors.js';
import { formatArgv } from '../host/exec.js';
import { onOneLine, withoutNothingChanged } from '../printable.js';
import type { ExtractedFile, Place } from './files.js';

/** How far an extract has come when it fails. */
export interface SoFar {
  bench: string;
  tag: string;
  /** What of a database is in its place. */
  inPlace: readonly string[];
  files: readonly ExtractedFile[];
  /** Where other files were still to come. */
  rest: readonly Place[];
}

/**
 * What has come back stays in its place. So a failure after it is none that has changed nothing: it says what is there,
 * where what was there before is kept, and how the rest comes back without doing anything again. Pure.
 */
export function unfinished(error: unknown, { bench, tag, inPlace, files, rest }: SoFar): unknown {
  const there = [...inPlace, ...files.map(told)];
  if (there.length === 0) return error;
  const cause = error instanceof BenchError ? error : undefined;
  const why = error instanceof Error ? withoutNothingChanged(error.message) : String(error);
  const isInterrupted = error instanceof InterruptedError;
  const Failed = isInterrupted ? InterruptedError : VolumeError;
  return new Failed(
    isInterrupted ? error.code : 'extract-unfinished',
    `The extract is not finished: ${why} In its place is: ${there.join('; ')}.`,
    {
      ...cause?.details(),
      suggestions: [
        ...(cause?.suggestions ?? []),
        ...(rest.length === 0 ? [] : [`To bring back the rest: ${restCommand(bench, tag, rest)}`]),
      ],
      cause: error,
    },
  );
}

function told({ path, to, kept }: ExtractedFile): string {
  const before = kept === null ? '' : ` (what was there: ${onOneLine(kept)})`;
  return `${onOneLine(path)} at ${onOneLine(to)}${before}`;
}

function restCommand(bench: string, tag: string, rest: readonly Place[]): string {
  const [first] = rest;
  const where =
    first === undefined || first.aside !== undefined ? ['--in-place'] : ['--to', dirname(first.to)];
  const files = rest.flatMap(({ file }) => ['--file', file.path]);
  return formatArgv(['bench', 'volume', 'extract', tag, ...files, ...where, '-b', bench]);
}
