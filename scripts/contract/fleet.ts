/** The contract of `--json` of the commands for many hosts. */
import * as z from 'zod';
import type FleetBenches from '../../src/commands/fleet/benches.js';
import type FleetExec from '../../src/commands/fleet/exec.js';
import type FleetForget from '../../src/commands/fleet/forget.js';
import type FleetHosts from '../../src/commands/fleet/hosts.js';
import type FleetInventory from '../../src/commands/fleet/inventory.js';
import type FleetLeave from '../../src/commands/fleet/leave.js';
import type FleetMove from '../../src/commands/fleet/move.js';
import type FleetPromote from '../../src/commands/fleet/promote.js';
import type FleetPublish from '../../src/commands/fleet/publish.js';
import type FleetRebuild from '../../src/commands/fleet/rebuild.js';
import type FleetSetup from '../../src/commands/fleet/setup.js';
import type FleetVolumes from '../../src/commands/fleet/volumes.js';
import type Inventory from '../../src/commands/inventory.js';
import { moved, promoted } from './copies.js';
import { benchState, bytes, object, plan, printedBy, text, time } from './parts.js';
import { volume } from './volumes.js';

const { bench: _, ...change } = plan;
const count = z.int().nonnegative();
const epoch = z.int().nonnegative();
const labels = z.record(text, text);
const seen = {
  host: text,
  present: z.boolean().meta({ description: 'whether the host has told of itself within its lease' }),
  seenAt: time,
};
const pool = {
  name: text,
  usedBytes: bytes,
  availableBytes: bytes,
  volumes: count.meta({ description: 'how many data volumes' }),
  provisionedBytes: bytes,
};
const bench = {
  name: text,
  pool: text.nullable(),
  dataset: text.nullable(),
  usedBytes: bytes.nullable(),
  quotaBytes: bytes.nullable(),
  instance: text.nullable(),
  port: z.int().nullable(),
  state: benchState,
  epoch,
  lineage: text.nullable().meta({ description: 'which bench of that name; null without copies' }),
  replicateTo: text.nullable(),
  supersededBy: text.nullable().meta({ description: 'the host that has taken it up' }),
};
const host = {
  version: z.literal(1),
  name: text,
  address: text,
  labels,
  machine: text,
  product: text,
  seenAt: time,
  inventoryAt: time,
  structure: text,
  generation: count,
  benches: count,
  volumes: count,
  copies: count,
  pools: z.array(object({ name: text, health: text })),
  present: z.boolean(),
};
const published = object({
  host: text,
  inventory: z.boolean().meta({ description: 'whether more than figures was written' }),
  benches: count,
  volumes: count,
  superseded: z.array(text),
});
const variable = z.union([text, z.number(), z.boolean(), z.array(text), labels]);

/** By the command's id. */
export const fleet = {
  inventory: printedBy<typeof Inventory>()(
    object({
      version: z.literal(1),
      host: text,
      address: text,
      labels,
      machine: text,
      product: text,
      takenAt: time,
      pools: z.array(object({ ...pool, health: text })),
      benches: z.array(object(bench)),
      volumes: z.array(object(volume)),
      copies: z.array(
        object({
          bench: text,
          dataset: text,
          lineage: text.nullable(),
          from: text.nullable(),
          epoch,
          usedBytes: bytes,
        }),
      ),
    }),
  ),
  'fleet:setup': printedBy<typeof FleetSetup>()(
    object({
      ...change,
      host: text,
      address: text,
      etcd: z.array(text),
      prefix: text,
      etcdVersion: text,
      etcdBytes: bytes,
      dryRun: z.boolean(),
      changed: z.boolean(),
      published: published.nullable(),
    }),
  ),
  'fleet:leave': printedBy<typeof FleetLeave>()(
    object({
      ...change,
      host: text,
      rowsLeft: text.nullable().meta({ description: 'why etcd has rows of this host still' }),
      dryRun: z.boolean(),
    }),
  ),
  'fleet:publish': printedBy<typeof FleetPublish>()(published),
  'fleet:hosts': printedBy<typeof FleetHosts>()(object({ hosts: z.array(object(host)) })),
  'fleet:benches': printedBy<typeof FleetBenches>()(
    object({
      benches: z.array(
        object({
          ...bench,
          ...seen,
          owner: text.nullable().meta({ description: 'the host that has the right to run it, by etcd' }),
          ownerEpoch: epoch.nullable(),
          copies: z.array(object({ host: text, present: z.boolean(), epoch, from: text.nullable() })),
        }),
      ),
    }),
  ),
  'fleet:volumes': printedBy<typeof FleetVolumes>()(
    object({ volumes: z.array(object({ ...volume, ...seen })) }),
  ),
  'fleet:forget': printedBy<typeof FleetForget>()(
    object({
      host: text,
      dryRun: z.boolean(),
      present: z.boolean(),
      owns: z.array(text).meta({ description: 'benches that it has the right to still' }),
    }),
  ),
  'fleet:exec': printedBy<typeof FleetExec>()(
    object({
      command: z.array(text),
      counts: object({
        ok: count,
        failed: count,
        unreachable: count,
        hung: count,
        interrupted: count,
        skipped: count,
      }),
      answers: z.array(
        object({
          hosts: z.array(text),
          outcome: z.enum(['ok', 'failed', 'unreachable', 'hung', 'interrupted', 'skipped']),
          exitCode: z.int().nullable(),
          stdout: text,
          stderr: text,
        }),
      ),
    }),
  ),
  'fleet:rebuild': printedBy<typeof FleetRebuild>()(
    object({
      hosts: z.array(text),
      owners: count,
      failed: z.array(object({ host: text, because: text })),
    }),
  ),
  'fleet:inventory': printedBy<typeof FleetInventory>()(
    z.union([
      z
        .object({
          _meta: object({ hostvars: z.record(text, z.record(text, variable)) }),
          all: object({ children: z.array(text) }),
        })
        .catchall(z.unknown()),
      z.record(text, variable),
    ]),
  ),
  'fleet:promote': printedBy<typeof FleetPromote>()(object({ ...promoted, host: text })),
  'fleet:move': printedBy<typeof FleetMove>()(
    z.union([
      object({ ...moved, from: text }),
      object({ bench: text, from: text, to: text, dryRun: z.literal(true) }),
    ]),
  ),
};
