/**
 * `npx tsx prove/speed/bytes-study.ts`: how many bytes reach the disk for each committed transaction, with each setting
 * of ZFS and MariaDB by itself, in one guest. docs/decisions/bytes.md holds what it has found. Counting does not depend
 * on what the machine is busy with besides, but on how many transactions ZFS's five seconds bring together.
 *
 *     --only REGEX   some of the variants
 *     --count N      transactions of each run, 3000 unless told
 *     --runs N       of each variant, in turns; 2 unless told
 */
import { parseArgs } from 'node:util';
import type { Guest } from '../../guest/guest.js';
import { startGuest } from '../../guest/start.js';
import { figure, median, table } from '../figures.js';
import type { WriterOrder } from '../writes/writes.js';
import { bytesOfWrites, settle } from './bytes.js';
import { DEFAULTS, VARIANTS, type Variant } from './bytes-variants.js';
import { DATASET, layOut, PLACE } from './lay-out.js';

const ROWS = 50_000;
const CHANGES = ['insert', 'update'] as const;

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    count: { type: 'string', default: '3000' },
    runs: { type: 'string', default: '2' },
  },
});

/** What ZFS and MariaDB have counted since they began, by name. */
type Counters = Record<string, number>;

interface Row {
  variant: string;
  change: (typeof CHANGES)[number];
  /** Of each transaction, on the disk. */
  bytes: number;
  /** Of each transaction. */
  counted: Counters;
}

const STATUS = [
  'INNODB_OS_LOG_WRITTEN',
  'INNODB_OS_LOG_FSYNCS',
  'INNODB_PAGES_WRITTEN',
  'INNODB_DBLWR_PAGES_WRITTEN',
  'INNODB_DATA_FSYNCS',
];

async function counters(guest: Guest): Promise<Counters> {
  const { stdout } = await guest.sh(
    `cat $(grep -l 'dataset_name.*${DATASET}$' /proc/spl/kstat/zfs/${PLACE.pool}/objset-*) \
      | awk '$1 ~ /^(zil_|nwritten)/ { print $1, $3 }'
    tail -n 1 /proc/spl/kstat/zfs/${PLACE.pool}/txgs | awk '{ print "txgs", $1 }'
    mariadb --socket=/run/mysqld/mysqld-${PLACE.instance}.sock -Ne "SELECT LOWER(variable_name), variable_value
      FROM information_schema.GLOBAL_STATUS WHERE variable_name IN ('${STATUS.join("','")}')"`,
  );
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/) as [string, string])
      .map(([name, value]) => [name, Number(value)]),
  );
}

async function measure(guest: Guest, variant: Variant, change: Row['change']): Promise<Row> {
  const count = Number(flags.count);
  const order: WriterOrder = { connections: 4, pauseMs: 0, count, change, rows: ROWS };
  // Makes the tables, and warms the server.
  await bytesOfWrites(guest, PLACE, { ...order, count: 4 });
  const before = await counters(guest);
  const bytes = (await bytesOfWrites(guest, PLACE, order)) / count;
  const after = await counters(guest);
  const counted = Object.entries(after).map(([name, value]): [string, number] => [
    name,
    (value - (before[name] ?? 0)) / (name === 'txgs' ? 1 : count),
  ]);
  return { variant: variant.name, change, bytes, counted: Object.fromEntries(counted) };
}

function report(rows: readonly Row[], names: readonly string[]): string {
  const of = (name: string, change: Row['change'], value: (row: Row) => number) =>
    median(rows.filter((row) => row.variant === name && row.change === change).map(value));
  const cells = (name: string) =>
    CHANGES.flatMap((change) => {
      const bytes = of(name, change, (row) => row.bytes);
      const log = of(name, change, (row) => row.counted.zil_itx_metaslab_normal_write ?? Number.NaN);
      return [
        figure(bytes),
        `${figure(bytes / of(DEFAULTS.name, change, (row) => row.bytes))} ×`,
        figure(log),
        figure(of(name, change, (row) => row.counted.innodb_pages_written ?? Number.NaN)),
      ];
    });
  const heads = CHANGES.flatMap((change) => [
    `${change}, bytes`,
    'of the defaults',
    'to the intent log',
    'pages',
  ]);
  return table(
    ['a transaction', ...heads],
    names.map((name) => [name, ...cells(name)]),
  );
}

const only = new RegExp(flags.only);
const chosen = VARIANTS.filter((variant) => variant === DEFAULTS || only.test(variant.name));
const guest = await startGuest({ image: 'base', disks: [{ size: '20G' }], label: 'bytes-study' });
const rows: Row[] = [];
try {
  for (let run = 0; run < Number(flags.runs); run += 1) {
    for (const variant of chosen) {
      await layOut(guest, variant);
      for (const change of CHANGES) {
        const row = await measure(guest, variant, change);
        rows.push(row);
        console.log(JSON.stringify(row));
      }
      await settle(guest, PLACE);
    }
  }
  console.log(
    report(
      rows,
      chosen.map(({ name }) => name),
    ),
  );
} finally {
  await guest.stop();
}
