import type { Fleet } from '../ownership/ownership.js';
import type { InventoryBench, InventoryCopy } from './inventory.js';
import { parseInventory } from './pack.js';
import { type FleetHost, ownerId, readHosts, readInventories, readOwners } from './read.js';
import { globbed } from './select.js';

/** A bench of one host, as that has told of it. */
export interface FleetBench extends InventoryBench {
  host: string;
  /** Whether the host is there. */
  present: boolean;
  seenAt: string;
  /** The host that has the right to run it, by etcd; null where it never had a copy. */
  owner: string | null;
  ownerEpoch: number | null;
  /** Hosts that have a copy of it. */
  copies: { host: string; present: boolean; epoch: number; from: string | null }[];
}

export interface BenchFilter {
  limit?: string | undefined;
  /** Names, or patterns with `*` and `?`. */
  names?: readonly string[];
  state?: string | undefined;
  /** In its name, its dataset, and the names of hosts. */
  search?: string | undefined;
}

/** The benches of the fleet by name and host: those of hosts that are not there, too. */
export async function readBenches(fleet: Fleet, filter: BenchFilter): Promise<FleetBench[]> {
  const hosts = await readHosts(fleet);
  const limited = new Set((await readHosts(fleet, filter.limit)).map(({ name }) => name));
  const byName = new Map(hosts.map((host) => [host.name, host]));
  const owners = await readOwners(fleet);
  const benches: Omit<FleetBench, 'copies'>[] = [];
  const copies: { host: FleetHost; copy: InventoryCopy }[] = [];
  for await (const { host: name, text } of readInventories(fleet, new Set(byName.keys()))) {
    const host = byName.get(name);
    if (host === undefined) continue;
    const inventory = parseInventory(name, text);
    copies.push(...inventory.copies.map((copy) => ({ host, copy })));
    if (!limited.has(name)) continue;
    for (const bench of inventory.benches) {
      const owner =
        bench.lineage === null
          ? undefined
          : owners.get(ownerId({ bench: bench.name, lineage: bench.lineage }));
      benches.push({
        ...bench,
        host: name,
        present: host.present,
        seenAt: host.seenAt,
        owner: owner?.host ?? null,
        ownerEpoch: owner?.epoch ?? null,
      });
    }
  }
  return benches
    .filter((bench) => isWanted(bench, filter))
    .sort((a, b) => compare(a.name, b.name) || compare(a.host, b.host))
    .map((bench) => ({ ...bench, copies: copiesOf(bench, copies) }));
}

/** By its lineage; by its name where the copy was sent before there was one. Pure. */
export function copiesOf(
  { name, lineage, host }: Pick<FleetBench, 'name' | 'lineage' | 'host'>,
  copies: readonly { host: Pick<FleetHost, 'name' | 'present'>; copy: InventoryCopy }[],
): FleetBench['copies'] {
  return copies
    .filter(({ copy, host: there }) => {
      const isSame = copy.lineage === null || lineage === null || copy.lineage === lineage;
      return copy.bench === name && isSame && there.name !== host;
    })
    .map(({ host: there, copy: { epoch, from } }) => ({
      host: there.name,
      present: there.present,
      epoch,
      from,
    }));
}

function isWanted(bench: Omit<FleetBench, 'copies'>, { names = [], state, search }: BenchFilter): boolean {
  if (names.length > 0 && !names.some((name) => globbed(name).test(bench.name))) return false;
  if (state !== undefined && bench.state !== state) return false;
  const text = [bench.name, bench.dataset, bench.host, bench.owner, bench.replicateTo].join('\n');
  return search === undefined || text.toLowerCase().includes(search.toLowerCase());
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
