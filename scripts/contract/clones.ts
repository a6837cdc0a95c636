/** The contract of `--json` of clones and templates, and what other commands say of them. */
import * as z from 'zod';
import type CloneExtend from '../../src/commands/clone/extend.js';
import type ClonePromote from '../../src/commands/clone/promote.js';
import type CloneProtect from '../../src/commands/clone/protect.js';
import type CloneRelease from '../../src/commands/clone/release.js';
import type CloneReset from '../../src/commands/clone/reset.js';
import type CloneSweep from '../../src/commands/clone/sweep.js';
import type CloneUnprotect from '../../src/commands/clone/unprotect.js';
import type Clone from '../../src/commands/clone.js';
import type TemplateCreate from '../../src/commands/template/create.js';
import type TemplateDelete from '../../src/commands/template/delete.js';
import type TemplateListCommand from '../../src/commands/template/list.js';
import type TemplatePromote from '../../src/commands/template/promote.js';
import { bytes, milliseconds, object, path, plan, printedBy, tag, text, time } from './parts.js';

export const clone = object({
  source: text.meta({ description: 'the bench that it is a copy of' }),
  tag,
  template: text.nullable().meta({ description: 'the template that it was made from' }),
  state: z.enum(['unprepared', 'held', 'prepared', 'ready']),
  independent: z.boolean().meta({ description: 'promoted: it shares no blocks with its source any more' }),
  expiresAt: time.nullable(),
  protected: z.boolean(),
});
export const clonesOfBench = z
  .array(text)
  .meta({ description: 'benches by name, a template as "template NAME"' });

const cloned = {
  changed: z.boolean(),
  source: text,
  template: text.nullable(),
  tag,
  dataset: text,
  directory: path,
  instance: text,
  port: z.int().min(1).max(65535),
  socket: path,
};

const lifetime = object({ bench: text, changed: z.boolean(), clone: clone.nullable() });
const promotion = {
  dataset: text,
  origins: z.array(text).min(1).meta({ description: 'the datasets that depend on it now' }),
  tags: z.array(tag).min(1).meta({ description: 'snapshots that went over' }),
  steps: plan.steps,
};
const promoted = z.union([
  object({ ...promotion, dryRun: z.literal(true) }),
  object({ ...promotion, changed: z.literal(true) }),
]);
const template = object({
  name: text,
  dataset: text,
  whole: z.boolean().meta({ description: 'false: it was cut off while it was made, or renamed since' }),
  renamedFrom: z
    .nullable(text)
    .meta({ description: 'the name that it was made by, where its dataset was renamed since' }),
  source: text,
  tag: text,
  createdAt: time,
  usedBytes: bytes,
  referencedBytes: bytes,
  independent: z.boolean(),
  clones: z.array(text),
});
const swept = { dropped: z.array(text), kept: z.array(object({ bench: text, reason: text })) };

export const clones = {
  clone: printedBy<typeof Clone>()(
    z.union([object({ ...plan, ...cloned }), object({ ...plan, dryRun: z.literal(true) })]),
  ),
  'clone:extend': printedBy<typeof CloneExtend>()(lifetime),
  'clone:promote': printedBy<typeof ClonePromote>()(promoted),
  'clone:protect': printedBy<typeof CloneProtect>()(lifetime),
  'clone:release': printedBy<typeof CloneRelease>()(
    object({ bench: text, changed: z.boolean(), steps: plan.steps }),
  ),
  'clone:reset': printedBy<typeof CloneReset>()(
    object({
      bench: text,
      destroyed: z.array(tag),
      lostBytes: bytes,
      notes: z.array(text),
      durationMs: milliseconds,
    }),
  ),
  'clone:sweep': printedBy<typeof CloneSweep>()(
    z.union([object(swept), object({ ...swept, dryRun: z.literal(true) })]),
  ),
  'clone:unprotect': printedBy<typeof CloneUnprotect>()(lifetime),
  'template:create': printedBy<typeof TemplateCreate>()(
    z.union([object({ template }), object({ ...plan, dryRun: z.literal(true) })]),
  ),
  'template:delete': printedBy<typeof TemplateDelete>()(object({ template: text, dataset: text })),
  'template:list': printedBy<typeof TemplateListCommand>()(object({ templates: z.array(template) })),
  'template:promote': printedBy<typeof TemplatePromote>()(promoted),
};
