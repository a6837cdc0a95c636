import * as z from 'zod/mini';
import type { Inventory } from './inventory.js';

/** What stands in etcd of a host, whether it is there or not. */
const HostRow = z.object({
  version: z.literal(1),
  name: z.string(),
  address: z.string(),
  labels: z.record(z.string(), z.string()),
  machine: z.string(),
  product: z.string(),
  /** ISO 8601, UTC: when it was heard of for the last time, and how its inventory was then. */
  seenAt: z.string(),
  inventoryAt: z.string(),
  /** Of the inventory, without its figures. */
  structure: z.string(),
  generation: z.int(),
  benches: z.int(),
  volumes: z.int(),
  copies: z.int(),
  pools: z.array(z.object({ name: z.string(), health: z.string() })),
});
export type HostRow = z.infer<typeof HostRow>;

/** Undefined for what this bench does not understand. */
export function parseHostRow(value: Uint8Array): HostRow | undefined {
  try {
    return HostRow.parse(JSON.parse(Buffer.from(value).toString('utf8')));
  } catch {
    return undefined;
  }
}

export function rowOf(
  inventory: Inventory,
  { structure, generation, inventoryAt }: Pick<HostRow, 'structure' | 'generation' | 'inventoryAt'>,
): HostRow {
  const { host, address, labels, machine, product, takenAt, pools } = inventory;
  return {
    ...{ version: 1, name: host, address, labels, machine, product, seenAt: takenAt },
    ...{ structure, generation, inventoryAt },
    benches: inventory.benches.length,
    volumes: inventory.volumes.length,
    copies: inventory.copies.length,
    pools: pools.map(({ name, health }) => ({ name, health })),
  };
}

/** Figures alone are told so often; anything else at once. */
const FIGURES_EVERY_MS = 15 * 60_000;

/** Whether the inventory has to be written again, or only that the host is there. Pure. */
export function isToBeWritten(
  before: Pick<HostRow, 'structure' | 'inventoryAt'> | undefined,
  structure: string,
  now: Date,
): boolean {
  if (before === undefined || before.structure !== structure) return true;
  const age = now.getTime() - Date.parse(before.inventoryAt);
  // A clock that went back makes it look as if it were of the future.
  return !(age >= 0 && age < FIGURES_EVERY_MS);
}
