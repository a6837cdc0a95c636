import type { Guest } from '../../guest/guest.js';
import { timedSuccess } from '../timed.js';
import type { Place } from './bytes.js';
import type { Variant } from './bytes-variants.js';

export const PLACE: Place = { instance: 'study', pool: 'study-pool', disk: 'vdb' };
export const DATASET = 'study-pool/data';
export const DATA = '/study-pool/data/mysql';
const CNF = '/etc/mysql/mariadb.conf.d/90-study.cnf';

/** A fresh pool, dataset and server in the place of those that were there. */
export async function layOut(
  guest: Guest,
  { properties, options, redoRecordsize, module }: Variant,
): Promise<void> {
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
${parameters
  .map(
    ([name, value]) => `echo ${value} > /sys/module/zfs/parameters/${name}
echo options zfs ${name}=${value} > /etc/modprobe.d/study.conf`,
  )
  .join('\n')}
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
