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
import { timedSuccess } from '../timed.js';
import type { WriterOrder } from '../writes/writes.js';
import { bytesOfWrites, type Place, settle } from './bytes.js';
import { DEFAULTS, VARIANTS, type Variant } from './bytes-variants.js';

const PLACE: Place = { instance: 'study', pool: 'study-pool', disk: 'vdb' };
const DATASET = 'study-pool/data';
const DATA = '/study-pool/data/mysql';
const CNF = '/etc/mysql/mariadb.conf.d/90-study.cnf';
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

/** A fresh pool, dataset and server. */
async function make(guest: Guest, { properties, options, redoRecordsize, module }: Variant): Promise<void> {
  const own = Object.entries(properties).map(([key, value]) => `-o ${key}=${value}`);
  const parameters = Object.entries({ zfs_immediate_write_sz: '32768', ...module });
  await guest.write(
    CNF,
    `[mariadbd.study]
datadir = ${DATA}
socket = /run/mysqld/mysqld-study.sock
port = 3309
${options.join('\n')}
`,
  );
  await timedSuccess(
    guest,
    `systemctl stop mariadb@study 2> /dev/null || true
if zpool list study-pool > /dev/null 2>&1; then zpool destroy study-pool; fi
wipefs -aq /dev/vdb1 /dev/vdb9 /dev/vdb 2> /dev/null || true
${parameters.map(([name, value]) => `echo ${value} > /sys/module/zfs/parameters/${name}`).join('\n')}
zpool create -o ashift=12 study-pool /dev/vdb
zfs create ${own.join(' ')} ${DATASET}
install -d -o mysql -g mysql -m 700 ${DATA}
runuser -u mysql -- mariadb-install-db --defaults-group-suffix=.study --datadir=${DATA} --rpm \\
  --auth-root-authentication-method=socket --auth-root-socket-user=mysql --skip-test-db > /dev/null
${redoRecordsize === undefined ? '' : renewRedo(redoRecordsize, properties.recordsize ?? '128K')}
systemctl start mariadb@study`,
  );
}

/** The server is down, and has been ended cleanly: its redo log may be moved, and a copy is a file of its own. */
function renewRedo(recordsize: string, afterwards: string): string {
  return `zfs set recordsize=${recordsize} ${DATASET}
cp -p --sparse=never ${DATA}/ib_logfile0 ${DATA}/copied; mv ${DATA}/copied ${DATA}/ib_logfile0
zfs set recordsize=${afterwards} ${DATASET}`;
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
      await make(guest, variant);
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
