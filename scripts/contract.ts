/**
 * The contract of `--json`: what each command prints, and any failure. The types of the commands are the truth: `tsc`
 * fails here where a schema says something else than its command returns. zod is only used to write `schemas/`.
 */
import * as z from 'zod';
import type ConfigCheck from '../src/commands/config/check.js';
import type ConfigGet from '../src/commands/config/get.js';
import type ConfigSet from '../src/commands/config/set.js';
import type Init from '../src/commands/init.js';
import type List from '../src/commands/list.js';
import type New from '../src/commands/new.js';
import type Sudoers from '../src/commands/sudoers.js';
import type VolumeDestroySnapshot from '../src/commands/volume/destroy-snapshot.js';
import type VolumeDiscover from '../src/commands/volume/discover.js';
import type VolumeListSnapshots from '../src/commands/volume/list-snapshots.js';
import type VolumeRestoreSnapshot from '../src/commands/volume/restore-snapshot.js';
import type VolumeSet from '../src/commands/volume/set.js';
import type VolumeSnapshot from '../src/commands/volume/snapshot.js';
import type VolumeStatus from '../src/commands/volume/status.js';
import type VolumeUndoRestore from '../src/commands/volume/undo-restore.js';
import type { FailureJson } from '../src/output/failure.js';
import { admin } from './contract/admin.js';
import { clone, clones, clonesOfBench } from './contract/clones.js';
import { copies } from './contract/copies.js';
import { drops } from './contract/drops.js';
import { figures } from './contract/figures.js';
import { fleet } from './contract/fleet.js';
import { keys } from './contract/keys.js';
import { offsite } from './contract/offsite.js';
import {
  benchState,
  bytes,
  milliseconds,
  object,
  path,
  plan,
  printedBy,
  schemaOf,
  snapshotTaken,
  tag,
  text,
  time,
} from './contract/parts.js';

import { proofs, verdict } from './contract/proofs.js';
import { forecast, schedule, schedules } from './contract/schedules.js';
import { volumes } from './contract/volumes.js';

const tomlValue = z.union([text, z.number(), z.boolean(), z.array(text)]);

/** By the command's id, which is its path below src/commands. */
export const contract = {
  ...admin,
  ...clones,
  ...copies,
  ...drops,
  ...figures,
  ...fleet,
  ...keys,
  ...offsite,
  ...proofs,
  ...schedules,
  ...volumes,
  init: printedBy<typeof Init>()(
    z.union([
      object({ ...plan, changed: z.boolean() }),
      object({ ...plan, dryRun: z.literal(true) }),
      object({
        bench: text,
        changed: z.literal(false),
        skipped: z.literal('not-linux'),
        steps: z.array(z.never()).max(0),
      }),
    ]),
  ),
  list: printedBy<typeof List>()(
    object({
      benches: z.array(
        object({
          name: text,
          directory: path,
          pool: text.nullable(),
          dataset: text.nullable(),
          usedBytes: bytes.nullable(),
          quotaBytes: bytes.nullable(),
          instance: text.nullable(),
          unit: text.nullable(),
          port: z.int().nullable(),
          clone: clone.nullable(),
          clones: clonesOfBench,
          state: benchState,
          fullAt: time.nullable().meta({ description: 'quota or pool, if it goes on growing so' }),
        }),
      ),
    }),
  ),
  new: printedBy<typeof New>()(
    object({ name: text, directory: path, file: path, port: z.int().min(1).max(65535) }),
  ),
  sudoers: printedBy<typeof Sudoers>()(
    object({ bench: text, operators: z.array(text).min(1), fragment: text }),
  ),
  'config:check': printedBy<typeof ConfigCheck>()(object({ file: path, valid: z.literal(true) })),
  'config:get': printedBy<typeof ConfigGet>()(
    object({ file: path, values: z.record(text, tomlValue.nullable()) }),
  ),
  'config:set': printedBy<typeof ConfigSet>()(
    object({ file: path, key: text, value: tomlValue, changed: z.boolean() }),
  ),
  'volume:destroy-snapshot': printedBy<typeof VolumeDestroySnapshot>()(
    object({
      dataset: text,
      destroyed: z.array(tag).min(1),
      volumes: z
        .array(object({ dataset: text, tags: z.array(tag).min(1) }))
        .meta({ description: 'snapshots of volumes, taken at the same moments, which go with them' }),
      freedBytes: bytes,
    }),
  ),
  'volume:discover': printedBy<typeof VolumeDiscover>()(
    object({
      disks: z.array(
        object({
          path,
          stablePath: path.nullable(),
          sizeBytes: bytes,
          model: text.nullable(),
          serial: text.nullable(),
          transport: text.nullable(),
          qualifies: z.boolean(),
          reasons: z.array(z.string().regex(/^[a-z-]+: ./)).meta({ description: 'code: sentence' }),
        }),
      ),
      chosen: path.nullable(),
    }),
  ),
  'volume:list-snapshots': printedBy<typeof VolumeListSnapshots>()(
    object({
      dataset: text,
      snapshots: z.array(
        object({
          tag,
          name: text,
          createdAt: time,
          usedBytes: bytes,
          referencedBytes: bytes,
          quiesce: text.nullable(),
          note: text.nullable(),
          holds: z.array(text),
          clones: z.array(text),
          cloneEnds: z
            .array(object({ clone: text, expiresAt: time }))
            .meta({ description: 'clones that end by themselves' }),
          scheduled: z.boolean(),
          pinned: z.boolean(),
          verified: verdict.nullable().meta({ description: 'what the last proof of it has found' }),
        }),
      ),
    }),
  ),
  'volume:restore-snapshot': printedBy<typeof VolumeRestoreSnapshot>()(
    object({
      dataset: text,
      tag,
      destroyed: z.array(tag),
      lostBytes: bytes,
      kept: text
        .nullable()
        .meta({ description: 'the dataset in which everything is kept; null for a rollback' }),
      volumes: z.array(
        object({
          name: text,
          action: z.enum(['restored', 'left']),
          reason: text.nullable().meta({ description: 'why it is left as it is' }),
          destroys: z.array(tag),
          lostBytes: bytes,
        }),
      ),
      notes: z.array(text),
      durationMs: milliseconds,
    }),
  ),
  'volume:set': printedBy<typeof VolumeSet>()(
    object({
      dataset: text,
      quotaBytes: bytes,
      reservationBytes: bytes,
      usedBytes: bytes,
      changed: z.boolean(),
      notes: z.array(text),
    }),
  ),
  'volume:snapshot': printedBy<typeof VolumeSnapshot>()(object(snapshotTaken)),
  'volume:status': printedBy<typeof VolumeStatus>()(
    object({
      pool: object({
        name: text,
        health: text,
        sizeBytes: bytes,
        allocatedBytes: bytes,
        freeBytes: bytes,
        backing: object({ kind: z.enum(['device', 'image', 'auto']), path: path.nullable() }),
      }),
      dataset: object({
        name: text,
        mountpoint: text,
        mounted: z.boolean(),
        usedBytes: bytes,
        availableBytes: bytes,
        quotaBytes: bytes,
        reservationBytes: bytes,
      }),
      binds: z.array(object({ source: path, target: path, mounted: z.boolean(), inFstab: z.boolean() })),
      mariadb: object({
        instance: text,
        unit: text,
        active: z.boolean(),
        version: text.nullable(),
        socket: path,
      }),
      snapshots: object({
        count: z.int().nonnegative(),
        latest: object({ tag, createdAt: time }).nullable(),
      }),
      clone: clone.nullable(),
      clones: clonesOfBench,
      schedule: schedule.nullable(),
      forecast: forecast.nullable(),
      problems: z.array(object({ code: text, message: text, fix: text })),
    }),
  ),
  'volume:undo-restore': printedBy<typeof VolumeUndoRestore>()(
    object({
      dataset: text,
      keptAt: time.nullable(),
      discarded: z.boolean(),
      notes: z.array(text),
      durationMs: milliseconds,
    }),
  ),
};

/** What `--json` prints for any failure of any command. */
export const failure = schemaOf<FailureJson>()(
  object({
    error: object({
      code: z.string().regex(/^[a-z][a-z0-9-]*$/),
      message: z.string().min(1),
      command: z
        .array(text)
        .min(1)
        .nullable()
        .meta({ description: 'the argument list of the process that failed' }),
      stderr: text.nullable(),
      suggestions: z.array(text),
    }),
  }),
);
