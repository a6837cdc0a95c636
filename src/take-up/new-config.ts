import { parse } from 'smol-toml';
import type { BenchConfig } from '../config/config.js';
import type { ConfigChange } from '../config/edit.js';
import { formatSize } from '../config/size.js';
import { attachmentOf, isBenchAttachment, type Registry } from '../registry/registry.js';

/**
 * The changes that make the bench.toml of a kept volume that of the bench that takes it up: its name, its instance with
 * port and paths, and the sizes that it asks for. Everything else stays as it was kept. Pure.
 * @param text the kept bench.toml, which is valid
 * @param pool that the kept volume lies in
 */
export function takeUpChanges(text: string, wanted: BenchConfig, pool: string): ConfigChange[] {
  const kept = parse(text) as Record<string, Record<string, unknown> | undefined>;
  const changes: ConfigChange[] = [
    { key: 'bench.name', value: wanted.name },
    { key: 'mariadb.port', value: wanted.mariadb.port },
  ];
  const { instance, dataDir, socketPath } = wanted.mariadb;
  /** What is said is said anew; what follows from the rest by itself need not be. */
  const say = (table: string, key: string, value: string, byDefault: string) => {
    const said = kept[table]?.[key];
    if ((said === undefined && value === byDefault) || said === value) return;
    changes.push({ key: `${table}.${key}`, value });
  };
  say('mariadb', 'instance', instance, wanted.name);
  say('mariadb', 'data_dir', dataDir, `/var/lib/mysql-${instance}`);
  say('mariadb', 'socket_path', socketPath, `/run/mysqld/mysqld-${instance}.sock`);
  say('volume', 'pool', pool, 'bench-pool');
  say('volume', 'name', leafOf(wanted.volume.dataset), wanted.name);
  const { quotaBytes, reservationBytes } = wanted.volume;
  if (quotaBytes !== undefined) changes.push({ key: 'volume.dataset.quota', value: formatSize(quotaBytes) });
  if (reservationBytes !== undefined)
    changes.push({ key: 'volume.dataset.reservation', value: formatSize(reservationBytes) });
  return changes;
}

export function leafOf(dataset: string): string {
  return dataset.slice(dataset.lastIndexOf('/') + 1);
}

/**
 * The volumes that the bench had and cannot have again now, each with the reason: they are gone, or others have them.
 * Pure.
 */
export function lostVolumes(
  { name: bench, volumes: wanted }: BenchConfig,
  { volumes }: Registry,
): { name: string; because: string }[] {
  return wanted.flatMap(({ name, mode }) => {
    const volume = volumes.find((each) => each.role === 'data' && each.name === name);
    if (volume === undefined) return [{ name, because: 'there is none by that name any more' }];
    const own = attachmentOf(volume, { bench });
    const others = volume.attachments.filter((each) => each !== own);
    const inTheWay = volume.shared ? [] : others.filter((each) => mode === 'rw' || each.mode === 'rw');
    const [first] = inTheWay;
    if (first === undefined) return [];
    return [{ name, because: `${isBenchAttachment(first) ? first.bench : first.machine} has it by now` }];
  });
}
