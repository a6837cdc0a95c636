import { type Fleet, type Owner, ownersPrefix, parseOwner } from '../ownership/ownership.js';
import { type HostRow, parseHostRow } from './host-row.js';
import { alivePrefix, hostsPrefix, inventoryPrefix, parseChunkKey } from './keys.js';
import { unpackedText } from './pack.js';
import { selected } from './select.js';

/** A host as the fleet knows it. */
export interface FleetHost extends HostRow {
  /** It has told of itself within its lease. */
  present: boolean;
}

/** The hosts of the fleet, by name. Those that are not there stay in it until somebody forgets them. */
export async function readHosts({ client, config: { prefix } }: Fleet, limit?: string): Promise<FleetHost[]> {
  const alive = new Set<string>();
  for await (const page of client.list(alivePrefix(prefix)))
    for (const { key } of page) alive.add(key.slice(alivePrefix(prefix).length));
  const hosts: FleetHost[] = [];
  for await (const page of client.list(hostsPrefix(prefix)))
    for (const { value } of page) {
      const row = parseHostRow(value);
      if (row !== undefined) hosts.push({ ...row, present: alive.has(row.name) });
    }
  return selected(hosts, limit);
}

/**
 * What these hosts have published, one after the other as a text: of several thousands of volumes most are not looked
 * for, and are never parsed. A host whose newest parts are not whole yet is read by those of before.
 */
export async function* readInventories(
  { client, config: { prefix } }: Fleet,
  hosts: ReadonlySet<string>,
): AsyncGenerator<{ host: string; text: string }> {
  let host: string | undefined;
  let generation = '';
  let parts: Uint8Array[] = [];
  let whole: Uint8Array[] | undefined;
  const told = function* () {
    if (host !== undefined && whole !== undefined) yield { host, text: unpackedText(host, whole) };
  };
  for await (const page of client.list(inventoryPrefix(prefix))) {
    for (const { key, value } of page) {
      const name = parseChunkKey(prefix, key);
      if (name === undefined || !hosts.has(name.host)) continue;
      if (name.host !== host) {
        yield* told();
        [host, generation, whole] = [name.host, '', undefined];
      }
      if (name.generation !== generation) [generation, parts] = [name.generation, []];
      parts.push(value);
      if (parts.length === name.parts) whole = parts;
    }
  }
  yield* told();
}

/** Who has the right to which bench: `<bench>/<lineage>` → that. */
export async function readOwners({ client, config: { prefix } }: Fleet): Promise<Map<string, Owner>> {
  const owners = new Map<string, Owner>();
  for await (const page of client.list(ownersPrefix(prefix)))
    for (const { key, value } of page) {
      const owner = parseOwner(key, value);
      owners.set(ownerId(owner), owner);
    }
  return owners;
}

export function ownerId({ bench, lineage }: { bench: string; lineage: string }): string {
  return `${bench}/${lineage}`;
}
