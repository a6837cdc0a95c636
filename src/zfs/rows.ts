import { BenchError } from '../errors.js';
import { onOneLine } from '../printable.js';

/** One row with these columns. */
export type Row<Columns extends readonly string[]> = { [Index in keyof Columns]: string };

/**
 * The rows of `zfs list -H -o` with these columns.
 * @throws BenchError `unexpected-output` for a row of another number
 */
export function rows<Columns extends readonly string[]>(
  stdout: string,
  columns: Columns,
  command: string,
): Row<Columns>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split('\t');
      if (fields.length !== columns.length) {
        throw new BenchError(
          'unexpected-output',
          `${command} printed ${fields.length} columns instead of ${columns.length}: ${onOneLine(line)}`,
        );
      }
      return fields as Row<Columns>;
    });
}

/** A number as `-p` prints it; `-` and `none` are zero. */
export function bytes(field: string): number {
  if (field === '-' || field === 'none') return 0;
  if (!/^\d+$/.test(field))
    throw new BenchError('unexpected-output', `zfs printed '${onOneLine(field)}' where a number belongs`);
  return Number(field);
}

/** Undefined for a property that is not set. */
export function optional(field: string): string | undefined {
  return field === '-' ? undefined : field;
}
