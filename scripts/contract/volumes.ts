/** The contract of `--json` of the commands for data volumes. */
import * as z from 'zod';
import type VolumeAttach from '../../src/commands/volume/attach.js';
import type VolumeCreate from '../../src/commands/volume/create.js';
import type VolumeDelete from '../../src/commands/volume/delete.js';
import type VolumeDetach from '../../src/commands/volume/detach.js';
import type VolumeExport from '../../src/commands/volume/export.js';
import type VolumeImport from '../../src/commands/volume/import.js';
import type VolumeList from '../../src/commands/volume/list.js';
import type VolumeRename from '../../src/commands/volume/rename.js';
import type VolumeRepair from '../../src/commands/volume/repair.js';
import type VolumeResize from '../../src/commands/volume/resize.js';
import type VolumeShow from '../../src/commands/volume/show.js';
import { bytes, object, path, plan, printedBy, tag, text, time } from './parts.js';

const since = z.string().meta({ description: 'ISO 8601, UTC' });
const ofBench = {
  bench: text,
  path: text.meta({ description: 'below the directory of the bench' }),
  mode: z.enum(['rw', 'ro', 'overlay']),
  since,
  overlayBytes: bytes.optional(),
};
const ofMachine = { machine: text, drive: text, mode: z.enum(['rw', 'ro']), since };
export const volume = {
  id: text,
  name: text,
  pool: text,
  dataset: text,
  role: z.enum(['root', 'data', 'overlay', 'preserved']),
  kind: z.enum(['filesystem', 'block']),
  format: z.enum(['raw', 'ext4']).nullable(),
  shared: z.boolean(),
  encrypted: z.boolean().meta({ description: 'with a key of its own, or that of what it is a clone of' }),
  path: path.nullable(),
  device: path.nullable(),
  sizeBytes: bytes.meta({ description: 'bytes; 0 for a filesystem without a quota' }),
  usedBytes: bytes,
  reservedBytes: bytes,
  status: z.enum(['available', 'attached', 'incomplete']),
  description: text,
  labels: z.record(text, text),
  attachments: z.array(z.union([object(ofBench), object(ofMachine)])),
  createdAt: time,
  origin: text.nullable().meta({ description: 'the snapshot that it is a clone of' }),
};
/** Of the commands that change data volumes. */
const { bench: _, ...change } = {
  ...plan,
  dryRun: z.boolean(),
  changed: z.boolean(),
  volume: object(volume).nullable().meta({ description: 'as it is now; null where it is not there' }),
};
export const volumes = {
  'volume:attach': printedBy<typeof VolumeAttach>()(
    object({
      ...change,
      words: text.nullable().meta({ description: 'what the tool of --print is to be told' }),
    }),
  ),
  'volume:create': printedBy<typeof VolumeCreate>()(object(change)),
  'volume:delete': printedBy<typeof VolumeDelete>()(object(change)),
  'volume:detach': printedBy<typeof VolumeDetach>()(object(change)),
  'volume:export': printedBy<typeof VolumeExport>()(
    object({
      ...change,
      file: path,
      format: z.enum(['raw', 'qcow2']),
      snapshot: text.meta({ description: 'what was read' }),
      bytes: bytes.nullable().meta({ description: 'of the file; null where none was written' }),
    }),
  ),
  'volume:import': printedBy<typeof VolumeImport>()(
    object({
      ...change,
      source: object({
        file: path,
        kind: z.enum(['image', 'archive']),
        format: text,
        bytes: bytes.meta({ description: 'of the disk in the image, or of the files in the archive' }),
      }),
    }),
  ),
  'volume:list': printedBy<typeof VolumeList>()(
    object({
      volumes: z.array(object(volume)),
      pools: z.array(
        object({
          name: text,
          usedBytes: bytes,
          availableBytes: bytes,
          volumes: z.int().nonnegative().meta({ description: 'how many data volumes' }),
          provisionedBytes: bytes.meta({ description: 'what they may grow to together, in bytes' }),
        }),
      ),
    }),
  ),
  'volume:rename': printedBy<typeof VolumeRename>()(object(change)),
  'volume:repair': printedBy<typeof VolumeRepair>()(object(change)),
  'volume:resize': printedBy<typeof VolumeResize>()(object(change)),
  'volume:show': printedBy<typeof VolumeShow>()(
    object({
      ...volume,
      mounted: z.boolean(),
      keyLoaded: z.boolean().nullable().meta({ description: 'null: it is not encrypted' }),
      availableBytes: bytes,
      snapshots: z.array(
        object({ tag, createdAt: time, usedBytes: bytes, note: text.nullable(), clones: z.array(text) }),
      ),
      clones: z.array(text),
      history: z.array(
        z.union([object({ ...ofBench, until: since }), object({ ...ofMachine, until: since })]),
      ),
      damaged: z.array(text).meta({ description: 'properties that bench cannot read' }),
    }),
  ),
};
