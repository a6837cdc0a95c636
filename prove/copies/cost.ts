import type { Guest } from '../../guest/guest.js';
import { sql } from '../../test/guest/product.js';
import { timedSuccess } from '../timed.js';
import { LARGE, SMALL } from './lay-out.js';

/** Seconds until a MariaDB of its own answers; one figure of each run. */
export interface Costs {
  small: number[];
  large: number[];
  /** A copy of the files of the large one, and a start on it. */
  copied: number[];
}

const COPY = 'copied';

/**
 * What somebody types who has no clones: a copy of the same moment on a dataset with the same properties, and a server on
 * it. No block is shared: `--reflink=never`, for cp(1) would ask ZFS to clone them.
 */
const BY_HAND = `zfs snapshot bench-pool/${LARGE}@${COPY}
zfs create $(zfs get -H -o property,value recordsize,compression,atime,xattr,acltype,direct bench-pool/${LARGE} | awk '{ print "-o " $1 "=" $2 }') bench-pool/${COPY}
cp -a --reflink=never /bench-pool/${LARGE}/.zfs/snapshot/${COPY}/mariadb /bench-pool/${COPY}/
sed -e 's/mariadbd\\.${LARGE}/mariadbd.${COPY}/' -e 's/mysqld-${LARGE}/mysqld-${COPY}/g' -e 's/mysql-${LARGE}/mysql-${COPY}/g' -e 's/port = .*/port = 3399/' \\
  -e 's#^datadir = .*#datadir = /bench-pool/${COPY}/mariadb#' /etc/mysql/mariadb.conf.d/*${LARGE}*.cnf > /etc/mysql/mariadb.conf.d/99-${COPY}.cnf
systemctl start mariadb@${COPY}
until mariadb-admin --socket=/run/mysqld/mysqld-${COPY}.sock ping > /dev/null 2>&1; do sleep 0.2; done`;

const CLEAR = `systemctl stop mariadb@${COPY}; zfs destroy -r bench-pool/${COPY}; zfs destroy bench-pool/${LARGE}@${COPY}
rm -f /etc/mysql/mariadb.conf.d/99-${COPY}.cnf; zpool sync`;

const COUNT = 'SELECT COUNT(*) FROM filled.part';

/** Clones of both benches and plain copies of the large one, in turns; each is asked for its rows and dropped again. */
export async function compareCosts(guest: Guest, runs: number): Promise<Costs> {
  const costs: Costs = { small: [], large: [], copied: [] };
  const clone = async (bench: string): Promise<number> => {
    const { seconds } = await timedSuccess(guest, `bench clone ${bench} tried > /dev/null`);
    await requireRows(guest, bench, 'tried');
    await guest.run(['bench', 'drop', 'tried', '--yes'], { timeoutMs: 280_000 });
    await guest.run(['zpool', 'sync'], { timeoutMs: 280_000 });
    return seconds;
  };
  // What nobody has run yet is read from the disk.
  await clone(SMALL);
  for (let run = 0; run < runs; run += 1) {
    costs.small.push(await clone(SMALL));
    costs.large.push(await clone(LARGE));
    costs.copied.push((await timedSuccess(guest, BY_HAND)).seconds);
    await requireRows(guest, LARGE, COPY);
    await guest.survey(CLEAR, { timeoutMs: 280_000 });
  }
  return costs;
}

async function requireRows(guest: Guest, bench: string, copy: string): Promise<void> {
  const [wanted, found] = [await sql(guest, bench, COUNT), await sql(guest, copy, COUNT)];
  if (found !== wanted) throw new Error(`${copy} has ${found} rows of ${bench} instead of ${wanted}`);
}
