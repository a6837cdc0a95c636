import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What programs have read of a dataset and written to it since it was mounted: logical bytes, not those on the disks. */
export interface DatasetIo {
  dataset: string;
  reads: number;
  readBytes: number;
  writes: number;
  writtenBytes: number;
}

/** One file a dataset that is in use, written by the kernel: no process, and no pool is asked. */
const KSTAT = '/proc/spl/kstat/zfs';

/** The counters of all datasets in these pools. One that goes meanwhile is passed over. */
export async function readDatasetIo(
  pools: readonly string[],
  directory: string = KSTAT,
): Promise<DatasetIo[]> {
  const found: DatasetIo[] = [];
  for (const pool of pools) {
    const names = await readdir(join(directory, pool)).catch(() => []);
    for (const name of names) {
      if (!name.startsWith('objset-')) continue;
      const text = await readFile(join(directory, pool, name), 'utf8').catch(() => '');
      const io = parseObjset(text);
      if (io !== undefined) found.push(io);
    }
  }
  return found.sort((a, b) => (a.dataset < b.dataset ? -1 : 1));
}

/** `name type data` in columns; the name of a dataset may hold blanks. Undefined for what is none. */
export function parseObjset(text: string): DatasetIo | undefined {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^(\S+)\s+\d+\s+(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, value);
  }
  const dataset = fields.get('dataset_name');
  if (dataset === undefined) return undefined;
  const count = (name: string) => Number(fields.get(name) ?? 0);
  return {
    dataset,
    reads: count('reads'),
    readBytes: count('nread'),
    writes: count('writes'),
    writtenBytes: count('nwritten'),
  };
}
