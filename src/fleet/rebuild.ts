import { BenchError, VolumeError } from '../errors.js';
import { SilentError } from '../etcd/etcd.js';
import type { Runner } from '../host/exec.js';
import { fleetHost, remoteHost } from '../names.js';
import { type Fleet, readStanding, recordOwner } from '../ownership/ownership.js';
import { exec } from './exec.js';
import type { Inventory } from './inventory.js';
import { parsePrinted } from './pack.js';
import { refuseTaken, writeInventory } from './publish.js';
import type { HostResult } from './run-on.js';

/** What `bench fleet rebuild --json` prints. */
export interface Rebuilt {
  /** Hosts whose rows were written. */
  hosts: string[];
  /** Benches whose right was written down. */
  owners: number;
  /** Hosts that could not be read, with the reason. */
  failed: { host: string; because: string }[];
}

export interface RebuildRequest {
  hosts: readonly { name: string; address: string }[];
  parallel: number;
  timeoutMs: number;
  stop: AbortSignal;
}

/**
 * Reads hosts again by ssh and writes what they tell: etcd may have lost everything. Of each bench the host with the
 * highest epoch has the right to it. Whether a host is there it says itself, with its next run.
 */
export async function rebuild(fleet: Fleet, runner: Runner, request: RebuildRequest): Promise<Rebuilt> {
  const results: HostResult[] = [];
  await exec(runner, {
    ...request,
    here: fleet.config.name,
    argv: ['bench', 'inventory', '--json'],
    maxFail: Number.POSITIVE_INFINITY,
    onResult: (result) => results.push(result),
  });
  const rebuilt: Rebuilt = { hosts: [], owners: 0, failed: [] };
  const inventories: Inventory[] = [];
  for (const result of results) {
    try {
      const inventory = told(result);
      await refuseTaken(fleet, inventory);
      await writeInventory(fleet, inventory);
      inventories.push(inventory);
      rebuilt.hosts.push(inventory.host);
    } catch (error) {
      if (!(error instanceof BenchError) || error instanceof SilentError) throw error;
      rebuilt.failed.push({ host: result.host, because: error.message });
    }
  }
  rebuilt.owners = await recordOwners(fleet, inventories);
  rebuilt.hosts.sort();
  return rebuilt;
}

function told({ host, outcome, stdout, stderr }: HostResult): Inventory {
  if (outcome !== 'ok') throw new VolumeError('host-silent', `${outcome}: ${stderr.trim() || 'no answer'}`);
  const inventory = parsePrinted(host, stdout);
  const wrong = fleetHost(inventory.host) ?? remoteHost(inventory.address);
  if (wrong !== undefined)
    throw new VolumeError(
      'host-invalid',
      `it calls itself ${JSON.stringify(inventory.host)}, which ${wrong}`,
    );
  return inventory;
}

/** From the lowest epoch on: each that is higher is written over it. */
async function recordOwners(fleet: Fleet, inventories: readonly Inventory[]): Promise<number> {
  const rights = inventories.flatMap(({ host, benches }) =>
    benches.flatMap(({ name, lineage, epoch, usedBytes, supersededBy }) =>
      lineage === null || usedBytes === null || supersededBy !== null ? [] : [{ host, name, lineage, epoch }],
    ),
  );
  rights.sort((a, b) => a.epoch - b.epoch);
  for (const { host, name, lineage, epoch } of rights) {
    const standing = await readStanding(fleet, name, lineage);
    if (standing === undefined) continue;
    await recordOwner({ ...fleet, config: { ...fleet.config, name: host } }, standing, epoch);
  }
  return rights.length;
}
