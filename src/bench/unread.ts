import type { BenchConfig } from '../config/config.js';
import { RefusedError } from '../errors.js';

/**
 * Where only the record of a bench could be read, because its volume is not mounted, nothing is known of what its bench.toml
 * says beyond that: it is not taken for saying nothing.
 * @throws RefusedError `config-unread`
 */
export function refuseUnread({ fromRecord, file, name }: BenchConfig, table: string): void {
  if (fromRecord !== true) return;
  throw new RefusedError(
    'config-unread',
    `${file} lies in the volume of ${name}, which is not mounted: what it says of ${table} is not known. Nothing was changed.`,
    { suggestions: [`bench volume status -b ${name} says what is missing, and how to mend it`] },
  );
}
