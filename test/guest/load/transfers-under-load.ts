import { fileURLToPath } from 'node:url';
import type { Guest } from '../../../guest/guest.js';
import { corruptionIn } from '../../../src/mariadb/mariadb.js';
import { bundleForGuest } from './bundle.js';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const TRAIL = '/srv/benches/shop/sites/bank';

/** Starts transfers.ts in the guest, on the bench `shop`, and returns when the first transfers are confirmed. */
export async function startTransfers(guest: Guest, connections: number): Promise<void> {
  await guest.write('/root/load/transfers.mjs', await bundleForGuest(here('transfers.ts')));
  await guest.push(here('check-clone.sh'), '/root/load/check-clone.sh');
  // Nice, because bench, emulated, would take a minute beside it to start; the server that serves it is not.
  await guest.sh(`nice node /root/load/transfers.mjs /run/mysqld/mysqld-shop.sock ${TRAIL} ${connections} \
      > /tmp/transfers.log 2>&1 < /dev/null & echo $! > /tmp/transfers.pid
    until [ -s ${TRAIL}/done ]; do kill -0 $! || { cat /tmp/transfers.log; exit 9; }; sleep 0.2; done`);
}

/** Ends them in order; returns how many there were. Fails where the program had failed. */
export async function stopTransfers(guest: Guest): Promise<number> {
  const { stdout } = await guest.sh(`pid=$(cat /tmp/transfers.pid); kill -TERM $pid
    tail --pid=$pid -f /dev/null; cat /tmp/transfers.log`);
  if (!/^\d+\n$/.test(stdout)) throw new Error(`the load failed:\n${stdout}`);
  return Number(stdout);
}

export interface Checked {
  /** What is wrong, a line each. */
  findings: string[];
  /** Transfers in the snapshot. */
  transfers: number;
}

/** Starts MariaDB on a clone of the snapshot and compares what is in it (check-clone.sh), its log included. */
export async function checkClone(guest: Guest, snapshot: string, filesOf?: string): Promise<Checked> {
  const { stdout } = await guest.run(
    ['bash', '/root/load/check-clone.sh', snapshot, ...(filesOf === undefined ? [] : [filesOf])],
    { timeoutMs: 280_000 },
  );
  const findings = stdout.trim().split('\n');
  const transfers = Number(findings.pop());
  return { findings: [...findings, ...corruptionIn(await guest.read('/tmp/clone.log'))], transfers };
}
