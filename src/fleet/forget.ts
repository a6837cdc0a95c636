import { UsageError } from '../errors.js';
import type { Fleet } from '../ownership/ownership.js';
import { aliveKey, hostKey, inventoryPrefix } from './keys.js';
import { leaseOf } from './publish.js';
import { readHosts, readOwners } from './read.js';

/** What `bench fleet forget --json` prints. */
export interface Forgotten {
  host: string;
  dryRun: boolean;
  /** It has told of itself within its lease: it comes back by itself. */
  present: boolean;
  /** Benches that it has the right to still. */
  owns: string[];
}

/**
 * Takes the rows of a host out of the fleet, whatever has become of it. Rights to benches stay: a host that comes back
 * must find them as they were.
 * @throws UsageError `host-unknown`
 */
export async function forget(fleet: Fleet, host: string, dryRun: boolean): Promise<Forgotten> {
  const found = (await readHosts(fleet)).find(({ name }) => name === host);
  const owners = [...(await readOwners(fleet)).values()].filter((owner) => owner.host === host);
  if (found === undefined)
    throw new UsageError('host-unknown', `The fleet has no host ${host}. Nothing was changed.`, {
      suggestions: ['bench fleet hosts'],
    });
  if (!dryRun) await forgetRows(fleet, host);
  return { host, dryRun, present: found.present, owns: owners.map(({ bench }) => bench).sort() };
}

export async function forgetRows({ client, config: { prefix } }: Fleet, host: string): Promise<void> {
  await client.transact(
    [],
    [
      { remove: hostKey(prefix, host) },
      { remove: aliveKey(prefix, host) },
      { remove: inventoryPrefix(prefix, host), isPrefix: true },
    ],
  );
  await client.endLease(leaseOf(prefix, host));
}
