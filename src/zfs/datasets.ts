import type { Runner } from '../host/exec.js';
import { CLONE_COLUMNS, type CloneMarks, parseCloneMarks } from './clone-marks.js';
import { zfsList } from './list.js';
import { MARK } from './marks.js';
import { bytes, optional, rows } from './rows.js';

export interface Dataset {
  name: string;
  usedBytes: number;
  availableBytes: number;
  /** 0 where there is none. */
  quotaBytes: number;
  /** 0 where there is none. */
  reservationBytes: number;
  mounted: boolean;
  mountpoint: string;
  /** The bench this dataset belongs to by its own mark; undefined where it is not ours. */
  bench: string | undefined;
  /** `on`; with `noauto` it is not mounted at boot, with `off` not at all. */
  canmount: string;
  /** The dataset whose key has to be loaded first; undefined where none is needed, or it is. */
  lockedBy: string | undefined;
  /** The dataset that its key belongs to, itself or the one that it was cloned from; left out where it is not encrypted. */
  encryptionRoot?: string;
  createdAt: Date;
  /** `<dataset>@<tag>`; left out where it has none of its own. */
  newestSnapshot?: string;
  /** The snapshot, `<dataset>@<tag>`, whose blocks it shares; undefined for what is no clone, or was promoted. */
  origin: string | undefined;
  /** Of a bench that `bench clone` has made, promoted or not. */
  clone: CloneMarks | undefined;
}

const DATASET_COLUMNS = [
  'name',
  'used',
  'available',
  'quota',
  'reservation',
  'mounted',
  'mountpoint',
  MARK.bench,
  'canmount',
  'keystatus',
  'encryptionroot',
  'creation',
  // In no manual, and in every OpenZFS from 0.7 to 2.4: to list snapshots in order to find it takes time for each.
  'prevsnap',
  'origin',
  ...CLONE_COLUMNS,
] as const;

/**
 * A pool's root dataset and the filesystems directly below it, by one `zfs list`.
 * @returns nothing where the pool is not imported
 */
export function listDatasets(runner: Runner, pool: string): Promise<Dataset[]> {
  return zfsList(
    runner,
    ['-t', 'filesystem', '-d', '1', '-o', DATASET_COLUMNS.join(','), pool],
    parseDatasets,
  );
}

/** The same, with more properties of each: dataset → property → value as `zfs list -p` prints it. */
export async function listDatasetsWith(
  runner: Runner,
  pool: string,
  more: readonly string[],
): Promise<{ datasets: Dataset[]; properties: Map<string, Record<string, string>> }> {
  const columns = [...DATASET_COLUMNS, ...more];
  const argv = ['-t', 'filesystem', '-d', '1', '-o', columns.join(','), pool];
  const found = await zfsList(runner, argv, (stdout) => rows(stdout, columns, 'zfs list'));
  const own = found.map((fields) => fields.slice(0, DATASET_COLUMNS.length).join('\t'));
  const values = (fields: readonly string[]) =>
    Object.fromEntries(more.map((name, index) => [name, fields[DATASET_COLUMNS.length + index] ?? '']));
  return {
    datasets: parseDatasets(own.join('\n')),
    properties: new Map(found.map((fields) => [fields[0] ?? '', values(fields)])),
  };
}

/** The same for several pools by one process; a pool that is not imported is passed over. */
export async function listBenchDatasets(runner: Runner, pools: readonly string[]): Promise<Dataset[]> {
  const { stdout } = await runner.run({
    argv: [
      'zfs',
      'list',
      '-H',
      '-p',
      '-t',
      'filesystem',
      '-d',
      '1',
      '-o',
      DATASET_COLUMNS.join(','),
      ...pools,
    ],
    // 1 where one of them does not exist; the others are printed all the same.
    okExitCodes: [0, 1],
  });
  return parseDatasets(stdout);
}

/** One dataset; undefined where there is none. */
export async function findDataset(runner: Runner, name: string): Promise<Dataset | undefined> {
  return (
    await zfsList(runner, ['-t', 'filesystem', '-o', DATASET_COLUMNS.join(','), name], parseDatasets)
  )[0];
}

export function parseDatasets(stdout: string): Dataset[] {
  return rows(stdout, DATASET_COLUMNS, 'zfs list').map((columns) => {
    const [
      name,
      used,
      available,
      quota,
      reservation,
      mounted,
      mountpoint,
      bench,
      canmount,
      key,
      root,
      creation,
      newest,
      origin,
      ...clone
    ] = columns;
    return {
      name,
      usedBytes: bytes(used),
      availableBytes: bytes(available),
      quotaBytes: bytes(quota),
      reservationBytes: bytes(reservation),
      mounted: mounted === 'yes',
      mountpoint,
      bench: optional(bench),
      canmount,
      lockedBy: key === 'unavailable' ? root : undefined,
      ...(optional(root) === undefined ? {} : { encryptionRoot: root }),
      createdAt: new Date(bytes(creation) * 1000),
      // A clone without a snapshot names the one that it was made from.
      ...(newest.startsWith(`${name}@`) ? { newestSnapshot: newest } : {}),
      origin: optional(origin),
      clone: parseCloneMarks(clone),
    };
  });
}
