import { parse } from 'smol-toml';
import { DEFAULTS } from '../config/config.js';
import type { ConfigChange } from '../config/edit.js';
import { formatSize } from '../config/size.js';

/** What a clone has in its bench.toml in place of its source's. */
export interface NewValues {
  name: string;
  pool: string;
  port: number;
  /** Of an encrypted source; undefined of one that is not. */
  key: string | undefined;
  /** Only where it was asked for. */
  quotaBytes: number | undefined;
}

/**
 * The changes that make a source's bench.toml the clone's: everything else stays to the byte. Keys that the source does
 * not set, or sets to an empty text, follow from the name and stay as they are. Pure.
 * @param text a valid bench.toml
 */
export function changesFor(text: string, { name, pool, port, key, quotaBytes }: NewValues): ConfigChange[] {
  const { mariadb = {}, volume = {} } = parse(text) as Record<string, Record<string, unknown>>;
  const changes: ConfigChange[] = [
    { key: 'bench.name', value: name },
    { key: 'mariadb.port', value: port },
  ];
  const follow = (key: string, present: unknown, value: string) => {
    if (present !== undefined && present !== '') changes.push({ key, value });
  };
  follow('mariadb.instance', mariadb.instance, name);
  follow('mariadb.data_dir', mariadb.data_dir, `/var/lib/mysql-${name}`);
  follow('mariadb.socket_path', mariadb.socket_path, `/run/mysqld/mysqld-${name}.sock`);
  // Else the clone's dataset would have to be its source's.
  follow('volume.name', volume.name, name);
  // A template may have come here with its pool under another name.
  if ((volume.pool ?? DEFAULTS.pool) !== pool) changes.push({ key: 'volume.pool', value: pool });
  // A name that is left out would follow from the bench's.
  if (key !== undefined && volume.key !== key) changes.push({ key: 'volume.key', value: key });
  if (quotaBytes !== undefined) changes.push({ key: 'volume.dataset.quota', value: formatSize(quotaBytes) });
  return changes;
}
