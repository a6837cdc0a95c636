import type { Layout } from '../bench/bench.js';
import type { Command } from '../host/exec.js';
import { transientService } from '../host/transient.js';
import type { ScratchNames } from './names.js';

const MIB = 1024 ** 2;
/** Enough for a server whose caches are small. Nothing of it is taken from the live one's. */
const MEMORY_BYTES = 1024 * MIB;
/** For its recovery: as much of the redo log as one has, on a disk that others use first. */
const START_SECONDS = 2 * 3600;
/** From then on: `CHECK TABLE EXTENDED` of some hundred gigabytes. */
const RUN_SECONDS = 24 * 3600;
const STOP_SECONDS = 120;

/** Accounts of the copy alone, made at its start; both are let in by the operating system's root. */
export const ROOT_ACCOUNT = 'root';
/** May read tables and nothing else: no file of the host either. */
export const READER_ACCOUNT = 'bench_verify';

/**
 * What the server runs before it lets anybody in. Whatever the accounts of the snapshot are, root of the host gets in:
 * they are changed on the copy only.
 */
export const ACCOUNTS_SQL = `CREATE OR REPLACE USER '${ROOT_ACCOUNT}'@'localhost' IDENTIFIED VIA unix_socket;
GRANT ALL PRIVILEGES ON *.* TO '${ROOT_ACCOUNT}'@'localhost' WITH GRANT OPTION;
CREATE OR REPLACE USER '${READER_ACCOUNT}'@'localhost' IDENTIFIED VIA unix_socket AS 'root';
GRANT SELECT, SHOW VIEW, EXECUTE ON *.* TO '${READER_ACCOUNT}'@'localhost';
`;

/**
 * The start of MariaDB on the mounted clone, as a unit that systemd ends by itself should bench not. Pure.
 *
 * It has the settings of the instance, since page size, undo tablespaces, engines and keys have to be those that the
 * files were made with; what would reach out of the copy is overridden. It sees the copy where the live files are, and
 * not those: so a setting with an absolute path means the copy, too. Everything else of the host is read-only to it.
 * What it may use of processor, disk and memory is little, and the kernel ends it before anything else.
 */
export function startServer(
  names: ScratchNames,
  layout: Layout,
  instance: string,
  initFile: string,
): Command {
  const { benches, mariadb } = layout.parts;
  return transientService({
    unit: names.unit,
    description: `MariaDB on a copy of a snapshot of ${layout.dataset}`,
    timeoutMs: (START_SECONDS + STOP_SECONDS) * 1000,
    properties: {
      User: 'mysql',
      Group: 'mysql',
      UMask: '007',
      LimitNOFILE: '32768',
      PrivateNetwork: 'yes',
      PrivateTmp: 'yes',
      PrivateDevices: 'yes',
      NoNewPrivileges: 'yes',
      ProtectSystem: 'strict',
      MemoryMax: String(MEMORY_BYTES),
      OOMScoreAdjust: '1000',
      Nice: '19',
      CPUSchedulingPolicy: 'idle',
      CPUWeight: '1',
      IOSchedulingClass: 'idle',
      IOWeight: '1',
      TimeoutStartSec: String(START_SECONDS),
      RuntimeMaxSec: String(RUN_SECONDS),
      TimeoutStopSec: String(STOP_SECONDS),
    },
    binds: [
      { source: names.volume, target: layout.mountpoint },
      { source: `${names.volume}/${benches.name}`, target: benches.target },
      { source: `${names.volume}/${mariadb.name}`, target: mariadb.target },
    ],
    writable: [names.runtime, names.volume, layout.mountpoint, mariadb.target],
    // The sockets of the servers that live.
    hidden: ['/run/mysqld'],
    argv: ['mariadbd', ...serverOptions(names, mariadb.target, instance, initFile)],
  });
}

function serverOptions(
  names: ScratchNames,
  dataDir: string,
  instance: string,
  initFile: string,
): readonly string[] {
  return [
    // Has to come first.
    `--defaults-group-suffix=.${instance}`,
    `--datadir=${dataDir}`,
    `--socket=${names.socketPath}`,
    `--pid-file=${names.runtime}/mariadb.pid`,
    `--tmpdir=${names.temporary}`,
    `--init-file=${initFile}`,
    '--skip-networking',
    '--skip-name-resolve',
    // To the journal, where the other logs of this unit are.
    '--skip-log-error',
    '--general-log=0',
    '--slow-query-log=0',
    // It must not act as the original.
    '--skip-log-bin',
    '--skip-slave-start',
    '--event-scheduler=OFF',
    '--loose-wsrep-on=OFF',
    // Little memory, and nothing that a copy is kept warm for.
    '--innodb-buffer-pool-size=268435456',
    '--loose-innodb-buffer-pool-size-max=268435456',
    '--innodb-buffer-pool-load-at-startup=OFF',
    '--innodb-buffer-pool-dump-at-shutdown=OFF',
    '--innodb-log-buffer-size=16777216',
    '--key-buffer-size=16777216',
    '--aria-pagecache-buffer-size=33554432',
    '--query-cache-size=0',
    // What the live server gives a statement is no measure for one that reads whole tables when nobody else wants to.
    '--max-statement-time=0',
    // Its words are read: a limit is told from damage by them.
    '--lc-messages=en_US',
    '--max-connections=20',
    '--performance-schema=OFF',
    // The widest row that any server can have.
    '--max-allowed-packet=1073741824',
    // It is thrown away: what is not written yet need not be.
    '--innodb-fast-shutdown=2',
  ];
}
