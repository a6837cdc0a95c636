import { createHash } from 'node:crypto';
import { noteSuperseded } from '../bench/bench.js';
import { RefusedError } from '../errors.js';
import type { Operation } from '../etcd/etcd.js';
import type { Runner } from '../host/exec.js';
import { type Fleet, readStanding, recordOwner, requireLineage } from '../ownership/ownership.js';
import { hostOf } from '../replicate/replicate.js';
import { type HostRow, isToBeWritten, parseHostRow, rowOf } from './host-row.js';
import { type Inventory, type InventoryBench, takeInventory } from './inventory.js';
import { aliveKey, chunkKey, hostKey, inventoryPrefix } from './keys.js';
import { packed, structureOf } from './pack.js';

/** What `bench fleet publish --json` prints. */
export interface Published {
  host: string;
  /** Whether the inventory was written again, or only that the host is there. */
  inventory: boolean;
  benches: number;
  volumes: number;
  /** Benches that another host has the right to, which was noted: nothing starts them here. */
  superseded: string[];
}

/** Two runs of the timer may be missed; in seconds. */
export const LEASE_SECONDS = 720;
/** Of 128 operations that etcd takes at once, and 1.5 MiB. */
const CHUNKS_AT_ONCE = 6;

/**
 * Tells the fleet what is on this host, under its lease, and which benches it has the right to.
 * @throws SilentError; RefusedError `fleet-name-taken`
 */
export async function publish(fleet: Fleet, runner: Runner, product: string): Promise<Published> {
  const inventory = await takeInventory(runner, fleet.config, product);
  await refuseTaken(fleet, inventory);
  for (const bench of inventory.benches) await nameLineage(runner, bench);
  const lease = leaseOf(fleet.config.prefix, inventory.host);
  await fleet.client.keepLease(lease, LEASE_SECONDS);
  const isWritten = await writeInventory(fleet, inventory, [
    { put: aliveKey(fleet.config.prefix, inventory.host), value: inventory.takenAt, lease },
  ]);
  const superseded: string[] = [];
  for (const bench of inventory.benches) {
    const owner = await recordRight(fleet, bench);
    if (owner === undefined) continue;
    superseded.push(bench.name);
    await noteSuperseded(bench.name, {
      epoch: owner.epoch,
      by: bench.replicateTo === null ? owner.host : hostOf(bench.replicateTo),
    });
  }
  return {
    host: inventory.host,
    inventory: isWritten,
    benches: inventory.benches.length,
    volumes: inventory.volumes.length,
    superseded,
  };
}

/** Only benches that have copies elsewhere can be taken up elsewhere. */
async function nameLineage(runner: Runner, bench: InventoryBench): Promise<void> {
  const { dataset, usedBytes, replicateTo, lineage } = bench;
  if (dataset === null || usedBytes === null || replicateTo === null) return;
  bench.lineage = lineage ?? (await requireLineage(runner, dataset));
}

async function recordRight(fleet: Fleet, bench: InventoryBench) {
  const { name, usedBytes, epoch, lineage, supersededBy } = bench;
  if (lineage === null || usedBytes === null || supersededBy !== null) return undefined;
  const standing = await readStanding(fleet, name, lineage);
  if (standing === undefined) return undefined;
  return recordOwner(fleet, standing, epoch).catch((error) => {
    // Started or taken up at this moment: the next run sees what came of it.
    if (error instanceof RefusedError && error.code === 'owner-changed') return undefined;
    throw error;
  });
}

/**
 * Writes what a host tells of itself: the parts first, then the row that names them, then those of before go.
 * @param beside goes with the row
 * @returns whether the parts were written
 */
export async function writeInventory(
  { client, config: { prefix } }: Fleet,
  inventory: Inventory,
  beside: readonly Operation[] = [],
): Promise<boolean> {
  const { host, takenAt } = inventory;
  const found = await client.get(hostKey(prefix, host));
  const before = found === undefined ? undefined : parseHostRow(found.value);
  const structure = structureOf(inventory);
  const isNew = isToBeWritten(before, structure, new Date(takenAt));
  const generation =
    isNew || before === undefined
      ? Math.max(Date.parse(takenAt), (before?.generation ?? 0) + 1)
      : before.generation;
  if (isNew) await writeParts(client, prefix, inventory, generation);
  const inventoryAt = isNew || before === undefined ? takenAt : before.inventoryAt;
  const row = rowOf(inventory, { structure, generation, inventoryAt });
  await client.transact([], [{ put: hostKey(prefix, host), value: JSON.stringify(row) }, ...beside]);
  if (isNew) await removeOlder(client, prefix, host, generation);
  return isNew;
}

async function writeParts(
  client: Fleet['client'],
  prefix: string,
  inventory: Inventory,
  generation: number,
): Promise<void> {
  const parts = packed(inventory);
  const operations = parts.map((value, part): Operation => {
    const name = { host: inventory.host, generation, part, parts: parts.length };
    return { put: chunkKey(prefix, name), value };
  });
  for (let at = 0; at < operations.length; at += CHUNKS_AT_ONCE)
    await client.transact([], operations.slice(at, at + CHUNKS_AT_ONCE));
}

async function removeOlder(
  client: Fleet['client'],
  prefix: string,
  host: string,
  generation: number,
): Promise<void> {
  const newest = `${inventoryPrefix(prefix, host)}${String(generation).padStart(15, '0')}/`;
  const old = new Set<string>();
  for await (const page of client.list(inventoryPrefix(prefix, host)))
    for (const { key } of page) if (key < newest) old.add(key.slice(0, key.lastIndexOf('/') + 1));
  if (old.size > 0)
    await client.transact(
      [],
      [...old].slice(0, 100).map((remove): Operation => ({ remove, isPrefix: true })),
    );
}

/** Two machines of one name would overwrite each other in turns. */
export async function refuseTaken(
  { client, config: { prefix } }: Fleet,
  { host, machine }: Pick<Inventory, 'host' | 'machine'>,
): Promise<HostRow | undefined> {
  const found = await client.get(hostKey(prefix, host));
  const row = found === undefined ? undefined : parseHostRow(found.value);
  if (row === undefined || row.machine === machine) return row;
  throw new RefusedError(
    'fleet-name-taken',
    `The fleet has another host ${host} (${row.address}, seen ${row.seenAt}). Nothing was changed.`,
    {
      suggestions: [
        `If that one is gone for good: bench fleet forget ${host}`,
        'Else call this host something else: bench fleet setup --name NAME',
      ],
    },
  );
}

/** Always the same one of a host, so that it needs no memory of it. */
export function leaseOf(prefix: string, host: string): string {
  const digest = createHash('sha256').update(`${prefix}\n${host}`).digest();
  return String(digest.readBigUInt64BE() >> 1n || 1n);
}
