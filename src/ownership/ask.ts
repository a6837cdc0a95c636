import { readFleet } from '../config/host-config.js';
import { BenchError } from '../errors.js';
import { SilentError } from '../etcd/etcd.js';
import { type Fleet, openFleet } from './fleet-of-host.js';

/** What came of asking etcd, where it is not the only thing that counts. */
export type Asked<T> =
  | { state: 'none' }
  /** Nobody has answered, or this host was not let in. */
  | { state: 'silent'; because: string; rule: 'always' | 'answered' }
  | { state: 'answered'; rule: 'always' | 'answered'; value: T };

/**
 * Asks the fleet of this host, if it is in one. What cannot be asked is an answer, too; what the work itself refuses is
 * thrown on.
 */
export async function askFleet<T>(work: (fleet: Fleet) => Promise<T>): Promise<Asked<T>> {
  let rule: 'always' | 'answered' = 'always';
  let fleet: Fleet;
  try {
    const config = await readFleet();
    if (config === undefined) return { state: 'none' };
    rule = config.start;
    fleet = await openFleet(config);
  } catch (error) {
    if (error instanceof BenchError) return { state: 'silent', because: error.message, rule };
    throw error;
  }
  try {
    return { state: 'answered', rule, value: await work(fleet) };
  } catch (error) {
    if (error instanceof SilentError) return { state: 'silent', because: error.message, rule };
    throw error;
  } finally {
    fleet.client.close();
  }
}
