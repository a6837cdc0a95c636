/** The contract of `--json` of keys of encrypted benches. */
import * as z from 'zod';
import type KeyExport from '../../src/commands/key/export.js';
import type KeyLoad from '../../src/commands/key/load.js';
import type KeyRotate from '../../src/commands/key/rotate.js';
import type KeyStatus from '../../src/commands/key/status.js';
import type KeyUnload from '../../src/commands/key/unload.js';
import { object, path, plan, printedBy, text } from './parts.js';

const fingerprint = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .meta({ description: 'which key it is; it says nothing about the key' });
const dryRun = object({ ...plan, dryRun: z.literal(true) });

export const keys = {
  'key:status': printedBy<typeof KeyStatus>()(
    object({
      bench: text,
      dataset: text,
      source: text.meta({ description: 'as bench.toml says it' }),
      stored: object({ path, present: z.boolean() }),
      loaded: z.boolean(),
      key: fingerprint.nullable(),
      inMemory: fingerprint.nullable(),
      encryptionRoot: text.meta({ description: 'the dataset that the key belongs to' }),
      sharedWith: z.array(text).meta({ description: 'what the same key opens' }),
      escrow: object({
        at: text,
        to: z.array(text).meta({ description: 'fingerprints of recipients, or passphrase' }),
        current: z.boolean().meta({ description: 'false: it is a copy of another key' }),
      }).nullable(),
      rotating: z.boolean().meta({ description: 'a rotation was cut off' }),
      unit: object({ name: text, enabled: z.boolean() }),
    }),
  ),
  'key:load': printedBy<typeof KeyLoad>()(
    object({
      bench: text,
      key: fingerprint,
      changed: z.boolean(),
      stored: z.boolean().meta({ description: 'it was put where bench.toml says' }),
      notes: z.array(text),
    }),
  ),
  'key:unload': printedBy<typeof KeyUnload>()(
    z.union([object({ bench: text, changed: z.boolean(), stopped: z.array(text) }), dryRun]),
  ),
  'key:rotate': printedBy<typeof KeyRotate>()(
    z.union([
      object({ bench: text, finished: z.boolean(), datasets: z.array(text), key: fingerprint.nullable() }),
      dryRun,
    ]),
  ),
  'key:export': printedBy<typeof KeyExport>()(
    object({ bench: text, path, key: fingerprint, datasets: z.array(text) }),
  ),
};
