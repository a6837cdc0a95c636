/** The contract of `--json` of dropping a bench. */
import * as z from 'zod';
import type Drop from '../../src/commands/drop.js';
import { bytes, object, plan, printedBy, tag, text } from './parts.js';

const dropped = {
  ...plan,
  dataset: text.nullable().meta({
    description: 'null: there is none, or none any more. Of a pool that is lost, as it is recorded',
  }),
  storage: z
    .enum(['destroyed', 'preserved', 'none', 'lost'])
    .meta({ description: 'lost: with its pool, which is nowhere to be seen (--forget)' }),
  preservedAs: text.nullable().meta({ description: 'the dataset that it is kept as' }),
  usedBytes: bytes.meta({ description: 'with snapshots, and what a restore has set aside' }),
  snapshots: z.array(tag).meta({ description: 'newest first; they go, or are kept, with the dataset' }),
  kept: text.nullable().meta({ description: 'the copy that a restore has set aside, which goes with it' }),
  volumes: z.array(
    object({
      name: text,
      becomes: z.enum(['available', 'attached']).meta({ description: 'attached: others have it, too' }),
      lostBytes: bytes.nullable().meta({ description: 'of its private copy; null where it has none' }),
    }),
  ),
  units: z.array(text).meta({ description: 'units of the bench that are stopped; they stay on the host' }),
};

export const drops = {
  drop: printedBy<typeof Drop>()(
    z.union([
      object({ ...dropped, changed: z.literal(true) }),
      object({ ...dropped, dryRun: z.literal(true) }),
    ]),
  ),
};
