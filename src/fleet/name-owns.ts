import { RefusedError } from '../errors.js';
import { type Fleet, type Owner, readStanding } from '../ownership/ownership.js';
import type { HostRow } from './host-row.js';
import type { Inventory, InventoryBench } from './inventory.js';
import { ownerId, readHosts } from './read.js';

/**
 * A right is that of a name: under another one this host would lose it to itself, and its benches would not start again.
 * @throws RefusedError `fleet-name-owns`
 */
export async function refuseOwns(
  fleet: Fleet,
  me: Pick<Inventory, 'host' | 'machine'>,
  benches: readonly InventoryBench[],
): Promise<void> {
  const owners = new Map<string, Owner>();
  for (const { name: bench, lineage } of benches) {
    const standing = lineage === null ? undefined : await readStanding(fleet, bench, lineage);
    if (standing?.owner !== undefined) owners.set(ownerId(standing), standing.owner);
  }
  const owned = ownedBefore(me, benches, { owners, hosts: await readHosts(fleet) });
  const [first] = owned;
  if (first === undefined) return;
  const names = owned.map(({ bench }) => bench).join(', ');
  throw new RefusedError(
    'fleet-name-owns',
    `The fleet gives ${first.host} the right to run ${names}, with the epoch that this host has: that is what this host was called before. As ${me.host} it would lose the right, and not start it again. Nothing was changed.`,
    {
      suggestions: [
        `bench fleet setup --name ${first.host}`,
        `Only where ${first.host} is another machine, which runs it: once that one is in the fleet again (bench fleet hosts)`,
      ],
    },
  );
}

/** Rights of the benches of this host under another name, which no other machine has that is there. Pure. */
export function ownedBefore(
  me: Pick<Inventory, 'host' | 'machine'>,
  benches: readonly Pick<InventoryBench, 'name' | 'lineage' | 'epoch' | 'supersededBy'>[],
  fleet: {
    owners: ReadonlyMap<string, Owner>;
    hosts: readonly (Pick<HostRow, 'name' | 'machine'> & { present: boolean })[];
  },
): Owner[] {
  return benches.flatMap(({ name: bench, lineage, epoch, supersededBy }) => {
    const owner = lineage === null ? undefined : fleet.owners.get(ownerId({ bench, lineage }));
    if (owner === undefined || supersededBy !== null || owner.host === me.host) return [];
    const isThere = fleet.hosts.some(
      ({ name, machine, present }) => name === owner.host && present && machine !== me.machine,
    );
    return owner.epoch === epoch && !isThere ? [owner] : [];
  });
}
