import type { Guest } from '../../guest/guest.js';
import { sql } from '../../test/guest/product.js';
import { timedSuccess } from '../timed.js';
import { finishWriter, startWriter, type WriterOrder } from '../writes/writes.js';
import { type Comparison, DATASET } from './comparison.js';

/** An instance and the disk below it. */
export interface Place {
  instance: string;
  pool: string;
  /** As in /sys/block. */
  disk: string;
}

const OURS: Place = { instance: 'shop', pool: 'bench-pool', disk: 'vdb' };
const PLAIN: Place = { instance: 'plain', pool: 'plain-pool', disk: 'vdc' };
const CONNECTIONS = 4;
const ROWS = 50_000;

/**
 * A pool with ZFS's own properties and an instance with MariaDB's. The one exception is ashift: the emulated disk calls
 * its sectors 512 bytes, which no disk of today has.
 */
const MAKE_PLAIN = `zpool create -o ashift=12 plain-pool /dev/vdc
install -d -o mysql -g mysql -m 700 /plain-pool/mysql
cat > /etc/mysql/mariadb.conf.d/90-plain.cnf <<'CNF'
[mariadbd.plain]
datadir = /plain-pool/mysql
socket = /run/mysqld/mysqld-plain.sock
port = 3308
CNF
runuser -u mysql -- mariadb-install-db --defaults-group-suffix=.plain --datadir=/plain-pool/mysql --rpm \\
  --auth-root-authentication-method=socket --auth-root-socket-user=mysql --skip-test-db > /dev/null
systemctl start mariadb@plain`;

/** Everything that is only in memory goes to the disk: the server's changed pages, and then ZFS's transactions. */
export async function settle(guest: Guest, { instance, pool }: Place): Promise<void> {
  // As fast as it can: what is flushed is the same.
  await sql(
    guest,
    instance,
    'SET GLOBAL innodb_io_capacity_max = 20000, innodb_io_capacity = 20000, innodb_max_dirty_pages_pct = 0',
  );
  await guest.sh(
    `until [ "$(mariadb --socket=/run/mysqld/mysqld-${instance}.sock -Ne \
      "SELECT variable_value FROM information_schema.GLOBAL_STATUS WHERE variable_name = 'INNODB_BUFFER_POOL_PAGES_DIRTY'")" = 0 ]
    do sleep 0.2; done; zpool sync ${pool}`,
    { timeoutMs: 580_000 },
  );
  await sql(
    guest,
    instance,
    'SET GLOBAL innodb_max_dirty_pages_pct = DEFAULT, innodb_io_capacity = DEFAULT, innodb_io_capacity_max = DEFAULT',
  );
}

/** Bytes that the kernel has written to the disk, partitions included (Documentation/block/stat.rst: 512 each). */
async function bytesWritten(guest: Guest, { disk }: Place): Promise<number> {
  const fields = (await guest.read(`/sys/block/${disk}/stat`)).trim().split(/\s+/);
  return Number(fields[6]) * 512;
}

/** Bytes that reach the disk for these writes, until everything is in its place. */
export async function bytesOfWrites(guest: Guest, place: Place, order: WriterOrder): Promise<number> {
  await settle(guest, place);
  const before = await bytesWritten(guest, place);
  await startWriter(guest, place.instance, order);
  const { latencyMs, errors } = await finishWriter(guest);
  if (errors.length > 0) throw new Error(`a write failed: ${errors[0]?.message}`);
  if (latencyMs.length !== order.count) throw new Error(`${latencyMs.length} of ${order.count} writes`);
  await settle(guest, place);
  return (await bytesWritten(guest, place)) - before;
}

/** Bytes that reach the disk for each committed transaction. */
async function bytesPerTransaction(guest: Guest, place: Place, order: WriterOrder): Promise<number> {
  // Makes the tables, which is not counted.
  await bytesOfWrites(guest, place, { ...order, count: CONNECTIONS });
  return (await bytesOfWrites(guest, place, order)) / order.count;
}

/**
 * The same writers on bench's dataset and instance and on defaults, in turns, on disks of the same size; on bench's a
 * second time with direct I/O, as `volume.dataset.direct_io` sets it.
 */
export async function compareBytes(guest: Guest, runs: number, count: number): Promise<Comparison[]> {
  await timedSuccess(guest, MAKE_PLAIN);
  const compare = async (
    what: string,
    change: WriterOrder['change'],
    most: { byDefault: number; direct: number },
  ): Promise<Comparison[]> => {
    const order = { connections: CONNECTIONS, pauseMs: 0, count, change, rows: ROWS };
    const [bench, direct, bare]: [number[], number[], number[]] = [[], [], []];
    for (let run = 0; run < runs; run += 1) {
      bench.push(await bytesPerTransaction(guest, OURS, order));
      await guest.run(['zfs', 'set', 'direct=always', DATASET]);
      direct.push(await bytesPerTransaction(guest, OURS, order));
      await guest.run(['zfs', 'set', 'direct=disabled', DATASET]);
      bare.push(await bytesPerTransaction(guest, PLAIN, order));
    }
    return [
      { what, bench, bare, most: most.byDefault },
      { what: 'the same with `direct_io = true`', bench: direct, bare, most: most.direct },
    ];
  };
  return [
    // Runs differ by a tenth: the goals are 1 and 0.5 with direct I/O. Without it pages go to the intent log as well, so
    // that bench writes more than the defaults (docs/decisions/bytes.md).
    ...(await compare('row of 1 KB inserted at the end, bytes', 'insert', { byDefault: 1.6, direct: 1.1 })),
    ...(await compare(
      `row of 1 KB changed, anywhere among ${ROWS.toLocaleString('en-US')}, bytes`,
      'update',
      { byDefault: 0.9, direct: 0.55 },
    )),
  ];
}
