import type { Guest, RebootOptions } from '../../guest/guest.js';
import { quote } from '../../guest/ssh.js';
import { readJson } from '../contract.js';

/**
 * Runs bench in the guest with `--json` and returns what it printed. Fails for any exit code but the one expected, and
 * for output that is not as its schema says.
 */
export async function benchJson<T>(guest: Guest, args: readonly string[], exitCode = 0): Promise<T> {
  const result = await guest.run(['bench', ...args, '--json'], { check: false, timeoutMs: 280_000 });
  if (result.exitCode !== exitCode) {
    throw new Error(
      `bench ${args.join(' ')} ended with ${result.exitCode} instead of ${exitCode}\n${result.stdout}${result.stderr}`,
    );
  }
  return readJson<T>(args, exitCode, result.stdout);
}

/** What `--json` prints for a failure. */
export interface Failure {
  error: { code: string; message: string; command: string[]; stderr: string; suggestions: string[] };
}

/** One SQL script on a bench's instance; rows are lines, columns are separated by tabs. */
export async function sql(guest: Guest, instance: string, statements: string): Promise<string> {
  const socket = `/run/mysqld/mysqld-${instance}.sock`;
  const { stdout } = await guest.run(['mariadb', `--socket=${socket}`, '--batch', '--skip-column-names'], {
    input: statements,
  });
  return stdout.trim();
}

/** A database and files whose content can be told exactly: `contentOf` before and after is the same or not. */
export async function fillBench(guest: Guest, name: string, instance: string = name): Promise<void> {
  await sql(
    guest,
    instance,
    `CREATE DATABASE app; USE app; CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(100));
     INSERT INTO orders SELECT seq, CONCAT('order ', seq) FROM seq_1_to_5000;`,
  );
  await guest.sh(`cd /srv/benches/${quote(name)}/sites
    for i in $(seq 1 50); do head -c 20000 /dev/urandom > "file $i"; done; ln -s 'file 1' link; sync`);
}

/** Row count, a checksum over every row, and one over every file, as one text. */
export async function contentOf(guest: Guest, name: string, instance: string = name): Promise<string> {
  const rows = await sql(
    guest,
    instance,
    'SELECT COUNT(*) FROM app.orders; CHECKSUM TABLE app.orders EXTENDED;',
  );
  const { stdout } = await guest.sh(
    `cd /srv/benches/${quote(name)}/sites; find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum; readlink link`,
  );
  return `${rows}\n${stdout}`;
}

/** Restarts the machine and waits until systemd has started everything that it is going to start. */
export async function rebootFully(guest: Guest, options: RebootOptions = {}): Promise<void> {
  await guest.reboot(options);
  // Ends with 1 where a unit has failed, which the tests look at themselves.
  await guest.run(['systemctl', 'is-system-running', '--wait'], { check: false, timeoutMs: 280_000 });
}
