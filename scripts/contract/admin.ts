/** The contract of `--json` of the commands for API and page. */
import * as z from 'zod';
import type AdminDisable from '../../src/commands/admin/disable.js';
import type AdminEnable from '../../src/commands/admin/enable.js';
import type AdminLogin from '../../src/commands/admin/login.js';
import type AdminServe from '../../src/commands/admin/serve.js';
import type AdminStatus from '../../src/commands/admin/status.js';
import type AdminTokenCreate from '../../src/commands/admin/token/create.js';
import type AdminTokenList from '../../src/commands/admin/token/list.js';
import type AdminTokenRevoke from '../../src/commands/admin/token/revoke.js';
import { object, path, plan, printedBy, text, time } from './parts.js';

const scope = z.enum(['read', 'operate', 'admin']);
const token = {
  id: text,
  name: text,
  scope,
  createdAt: time,
  expiresAt: time.nullable().meta({ description: 'null: until it is revoked' }),
  expired: z.boolean(),
};
const status = {
  enabled: z.boolean(),
  listening: z.boolean(),
  socket: path,
  address: text.nullable().meta({ description: 'where the page listens; null: it does not' }),
  tls: z.boolean(),
  hosts: z.array(text),
  running: z.boolean(),
  tokens: z.int().nonnegative(),
};
const { bench: _, ...steps } = plan;
const change = object({ ...steps, dryRun: z.boolean(), changed: z.boolean(), ...status });

/** By the command's id. */
export const admin = {
  'admin:disable': printedBy<typeof AdminDisable>()(change),
  'admin:enable': printedBy<typeof AdminEnable>()(change),
  'admin:login': printedBy<typeof AdminLogin>()(object({ url: z.url(), scope, expiresAt: time })),
  'admin:serve': printedBy<typeof AdminServe>()(object({ ended: z.literal(true) })),
  'admin:status': printedBy<typeof AdminStatus>()(object(status)),
  'admin:token:create': printedBy<typeof AdminTokenCreate>()(
    object({ token: text.meta({ description: 'shown this once' }), ...token }),
  ),
  'admin:token:list': printedBy<typeof AdminTokenList>()(object({ tokens: z.array(object(token)) })),
  'admin:token:revoke': printedBy<typeof AdminTokenRevoke>()(object(token)),
};
