import { resolve } from 'node:path';
import { utcStamp } from '../bench/bench.js';
import { UsageError } from '../errors.js';
import type { Into } from './database.js';

/** As the command line has it. */
export interface ExtractFlags {
  file: readonly string[];
  site: string | undefined;
  database: string | undefined;
  table: readonly string[];
  to: string | undefined;
  'in-place': boolean;
  dump: string | undefined;
  as: string | undefined;
  replace: boolean;
}

/** What is to come back, and where to. */
export interface ExtractRequest {
  tag: string;
  /** Paths, or a site whose directory comes back. */
  files: readonly string[];
  site: string | undefined;
  database: string | undefined;
  tables: readonly string[];
  /** A directory; undefined for the place that it had. */
  to: string | undefined;
  into: Into;
  /** When it was asked for, in the names of what is kept: what was shown before is what is done. */
  stamp: string;
}

/**
 * Judges what was asked for. Pure.
 * @param cwd what relative paths of the host begin at
 * @throws UsageError `wrong-usage`
 */
export function parseRequest(
  tag: string,
  flags: ExtractFlags,
  cwd: string,
  stamp: string = utcStamp(new Date()),
): ExtractRequest {
  const { file, site, database, table, to, dump, as, replace } = flags;
  const inPlace = flags['in-place'];
  const kinds = [file.length > 0, site !== undefined, database !== undefined].filter(Boolean).length;
  if (kinds !== 1) throw wrong('Say what comes back: one of --file, --site and --database.');
  const hasFiles = database === undefined;
  if (hasFiles && (to === undefined) === !inPlace)
    throw wrong('Say where files come back to: --to DIR, or --in-place.');
  if (!hasFiles && (to !== undefined || inPlace)) throw wrong('--to and --in-place are for files.');
  if (table.length > 0 && database === undefined) throw wrong('--table needs the --database that it is in.');
  if (file.length > 0 && (dump !== undefined || as !== undefined || replace))
    throw wrong('--dump, --as and --replace are for a database.');
  if ([dump !== undefined, as !== undefined, replace].filter(Boolean).length > 1)
    throw wrong('One of --dump, --as and --replace.');
  const isReplaced = replace || (site !== undefined && inPlace && dump === undefined && as === undefined);
  return {
    tag,
    files: file,
    site,
    database,
    tables: [...new Set(table)],
    to: to === undefined ? undefined : resolve(cwd, to),
    into: isReplaced
      ? { kind: 'replace' }
      : dump !== undefined
        ? { kind: 'dump', file: resolve(cwd, dump) }
        : { kind: 'as', name: as ?? '' },
    stamp,
  };
}

function wrong(message: string): UsageError {
  return new UsageError('wrong-usage', `${message} Nothing was changed.`, {
    suggestions: ['Add --help to see the flags and arguments of this command.'],
  });
}

const LONGEST_NAME = 64;

/**
 * The database that another one is loaded as: `<database>__<tag>` where none is named.
 * @throws UsageError `name-invalid`
 */
export function targetName(database: string, tag: string, wanted: string): string {
  const name = wanted === '' ? `${database}__${tag.replace(/[^A-Za-z0-9_-]/g, '_')}` : wanted;
  const isFit = [...name].length <= LONGEST_NAME && !/[\0/\\]|^\s|\s$/.test(name);
  if (isFit && name !== database) return name;
  throw new UsageError(
    'name-invalid',
    `${JSON.stringify(name)} cannot be the name of the database that is made: it needs at most ${LONGEST_NAME} characters, none of "/" and "\\\\", and to differ from ${database}. Nothing was changed.`,
    { suggestions: ['Choose one: --as NAME'] },
  );
}
