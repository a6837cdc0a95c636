import { otherBenches } from '../bench/bench.js';
import { RefusedError } from '../errors.js';
import { listeningPorts } from '../host/ports.js';

const LARGEST_PORT = 65_535;

/**
 * The first port behind its source's that no bench has claimed, be it mounted or not, and nobody listens on.
 * @throws RefusedError `no-free-port`
 */
export async function freePortAfter(port: number, clone: string): Promise<number> {
  const taken = new Set(await listeningPorts());
  for (const { mariadb } of await otherBenches(clone)) taken.add(mariadb.port);
  for (let candidate = port + 1; candidate <= LARGEST_PORT; candidate += 1)
    if (!taken.has(candidate)) return candidate;
  throw new RefusedError('no-free-port', `No port behind ${port} is free. Nothing was changed.`, {
    suggestions: ['Name one: --port N'],
  });
}

/** @throws RefusedError `port-taken` for one that was asked for */
export async function refuseTakenPort(port: number, clone: string): Promise<void> {
  const other = (await otherBenches(clone)).find(({ mariadb }) => mariadb.port === port);
  const isOpen = other === undefined && (await listeningPorts()).has(port);
  if (other === undefined && !isOpen) return;
  const whose = other === undefined ? 'is in use by another program' : `belongs to the bench ${other.name}`;
  throw new RefusedError('port-taken', `Port ${port} ${whose}. Nothing was changed.`, {
    suggestions: ['Leave --port out: the next free one is taken.'],
  });
}
