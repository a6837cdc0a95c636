import type { Guest } from '../../guest/guest.js';
import { sql } from '../../test/guest/product.js';
import { settle } from '../speed/bytes.js';

export const SMALL = 'small';
export const LARGE = 'large';
/** Of the database `filled`: what is brought back from a snapshot while the site works. */
export const PART_MB = 100;

const CHUNK_ROWS = 50_000;
const PORTS = { [SMALL]: 3307, [LARGE]: 3317 };

/** Rows of 1,000 bytes, about half of which compress. */
async function fill(guest: Guest, bench: string, table: string, megabytes: number): Promise<void> {
  await sql(
    guest,
    bench,
    `CREATE DATABASE IF NOT EXISTS filled;
     CREATE TABLE filled.${table} (id BIGINT AUTO_INCREMENT PRIMARY KEY, data BLOB)`,
  );
  for (let rows = megabytes * 1000; rows > 0; rows -= CHUNK_ROWS)
    await guest.run(['mariadb', `--socket=/run/mysqld/mysqld-${bench}.sock`, 'filled'], {
      input: `INSERT INTO ${table} (data) SELECT CONCAT(RANDOM_BYTES(490), REPEAT('order ', 80))
          FROM seq_1_to_${Math.min(rows, CHUNK_ROWS)}`,
      timeoutMs: 280_000,
    });
}

/** A new bench with so much in its database, which has come to rest. */
export async function makeBench(
  guest: Guest,
  bench: typeof SMALL | typeof LARGE,
  megabytes: number,
): Promise<void> {
  await guest.write(
    `/srv/benches/${bench}/bench.toml`,
    `[bench]\nname = "${bench}"\n[mariadb]\nport = ${PORTS[bench]}\n[volume]\nbacking = "device"\ndevice = "/dev/vdb"
[volume.dataset]\nquota = "15G"\nreservation = "1G"\n[snapshot]\nlock_timeout = "60s"\n`,
  );
  await guest.run(['bench', 'init', '-b', bench], { timeoutMs: 580_000 });
  await fill(guest, bench, 'part', Math.min(PART_MB, megabytes / 2));
  await fill(guest, bench, 'rest', megabytes - Math.min(PART_MB, megabytes / 2));
  await settle(guest, { instance: bench, pool: 'bench-pool', disk: 'vdb' });
}

/** Bytes that the files of its database take, before compression. */
export async function sizeOf(guest: Guest, bench: string): Promise<number> {
  const { stdout } = await guest.sh(`du -sb --apparent-size /var/lib/mysql-${bench} | cut -f1`, {
    timeoutMs: 280_000,
  });
  return Number(stdout);
}
