import { createHash } from 'node:crypto';
import type { BenchConfig } from '../config/config.js';
import type { FleetConfig } from '../config/host-fleet.js';
import type { Runner } from '../host/exec.js';
import type { Audit } from './defence/audit.js';
import { sameText } from './defence/secrets.js';
import type { OperationRequest } from './operations/operation.js';
import type { Operations } from './operations/operations.js';
import type { AdminPaths } from './paths.js';
import { HttpError } from './problem.js';
import type { Readings, Seen } from './readings.js';
import { Operation, Problem } from './schemas.js';
import { allows, type Scope, type Who } from './scope.js';
import { type Context, createRoute, type OpenAPIHono, type RouteConfig, z } from './web.js';

/** What routes work with. */
export interface Deps {
  runner: Runner;
  readings: Readings;
  operations: Operations;
  paths: AdminPaths;
  audit: Audit;
  openBench: (name: string) => Promise<BenchConfig>;
  /** Undefined where this host is in no fleet. */
  fleet: () => Promise<FleetConfig | undefined>;
  host: string;
  version: string;
}

/** What is known of a request by the time a route sees it. */
export type Env = { Variables: { who: Who; seen: Seen; operation?: string; code?: string } };
export type App = OpenAPIHono<Env>;

/** A schema of ours, or that of what a command prints: see {@link printed}. */
type Answer = z.ZodType | { $ref: string } | { anyOf: object[] };

/** What `bench COMMAND --json` prints, by its id: the published schema of it (schemas/). */
export function printed(command: string): { $ref: string } {
  return { $ref: `#/components/schemas/${command.replaceAll(':', '-')}` };
}

/** Or null, where there is no such thing: that is an answer, and no failure. */
export function orNull(schema: { $ref: string }): { anyOf: object[] } {
  return { anyOf: [schema, { type: 'null' }] };
}

type Parsed<T extends z.ZodType | undefined> = T extends z.ZodType ? z.infer<T> : undefined;

export interface Asked<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  who: Who;
  /** What was looked at a moment ago, for who only looks: what a change is held against is looked at anew. */
  seen: Seen;
  context: Context<Env>;
}

interface Common<P, Q> {
  path: string;
  summary: string;
  scope: Scope;
  params?: P;
  query?: Q;
}

const failures = {
  '4XX': { description: 'Not done', content: { 'application/problem+json': { schema: Problem } } },
  '5XX': { description: 'Failed', content: { 'application/problem+json': { schema: Problem } } },
};

/** A route that only looks. */
export function read<
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
>(
  app: App,
  route: Common<P, Q> & {
    answers: Answer;
    /** What of the answer a change is held against (If-Match); default all of it. */
    identity?: (answer: unknown) => unknown;
    look: (asked: Asked<Parsed<P>, Parsed<Q>, undefined>) => Promise<unknown>;
  },
): void {
  const { path, summary, scope, params, query, answers, look, identity = (answer) => answer } = route;
  const config = createRoute({
    method: 'get',
    path,
    summary,
    description: `Scope: ${scope}`,
    request: request(params, query),
    responses: {
      200: { description: 'As it is', content: { 'application/json': { schema: answers } } },
      ...failures,
    },
  } as unknown as RouteConfig);
  app.openapi(
    config as never,
    (async (context: Context<Env>) => {
      requireScope(context.get('who'), scope);
      const answer = (await look(asked(context))) as object | null;
      const { text, tag } = rendered(answer, identity);
      context.header('ETag', tag);
      return context.body(text, 200, { 'Content-Type': 'application/json' });
    }) as never,
  );
}

const texts = new WeakMap<object, { text: string; tag: string }>();

/** What many are answered with is made a text once: a list of a thousand volumes is half a megabyte. */
function rendered(
  answer: object | null,
  identity: (answer: unknown) => unknown,
): { text: string; tag: string } {
  const known = answer === null ? undefined : texts.get(answer);
  if (known !== undefined) return known;
  const made = { text: JSON.stringify(answer), tag: etag(identity(answer)) };
  if (answer !== null) texts.set(answer, made);
  return made;
}

/** A route that changes something: it answers with an operation, or refuses. */
export function change<
  P extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
>(
  app: App,
  deps: Deps,
  route: Common<P, Q> & {
    method: 'post' | 'put' | 'patch' | 'delete';
    body?: B;
    /** The name that has to be repeated as `confirm`, in the body or in the query; undefined where none has to. */
    repeats?: (asked: Asked<Parsed<P>, Parsed<Q>, Parsed<B>>) => string | undefined;
    /** What of things as they are If-Match is held against. */
    current?: (asked: Asked<Parsed<P>, Parsed<Q>, Parsed<B>>) => Promise<unknown>;
    plan: (asked: Asked<Parsed<P>, Parsed<Q>, Parsed<B>>) => Promise<OperationRequest> | OperationRequest;
  },
): void {
  const { method, path, summary, scope, params, query, body, repeats, current, plan } = route;
  const config = createRoute({
    method,
    path,
    summary,
    description: `Scope: ${scope}${repeats === undefined ? '' : '. Destroys: the name is repeated as `confirm`'}`,
    request: {
      ...request(params, query),
      headers: current === undefined ? Keyed : Matched,
      ...(body === undefined
        ? {}
        : { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      202: {
        description: 'Begun',
        headers: z.object({ Location: z.string().meta({ description: '/v1/operations/{id}' }) }),
        content: { 'application/json': { schema: Operation } },
      },
      ...failures,
    },
  } as unknown as RouteConfig);
  app.openapi(
    config as never,
    (async (context: Context<Env>) => {
      const who = context.get('who');
      requireScope(who, scope);
      const request = asked<Parsed<P>, Parsed<Q>, Parsed<B>>(context);
      requireRepeated(request, repeats?.(request));
      const key = context.req.header('idempotency-key');
      const digest = digestOf([method, context.req.path, request.query, request.body]);
      // Held against what is there only where it was not begun before: a client that has not heard the answer asks again.
      const planned = async () => {
        await requireMatch(context, current === undefined ? undefined : () => current(request));
        return plan(request);
      };
      const { operation, isReplay } = await deps.operations.begin(planned, {
        who: who.name,
        key,
        digest,
        isHeld: context.req.header('if-match') !== undefined,
      });
      context.set('operation', operation.id);
      context.header('Location', `/v1/operations/${operation.id}`);
      if (isReplay) context.header('Idempotency-Replayed', 'true');
      return context.json(operation, 202);
    }) as never,
  );
}

const Keyed = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/)
    .optional()
    .meta({ description: 'The same request with the same key is begun once' }),
});
const Matched = Keyed.extend({
  'if-match': z.string().max(200).optional().meta({ description: 'The ETag of what is changed: else 412' }),
});

function request(params: z.ZodType | undefined, query: z.ZodType | undefined) {
  return { ...(params === undefined ? {} : { params }), ...(query === undefined ? {} : { query }) };
}

function asked<P, Q, B>(context: Context<Env>): Asked<P, Q, B> {
  // What zod has made of each; a route that wants none has none.
  const valid = (target: string) => (context.req as { valid: (of: string) => unknown }).valid(target);
  return {
    params: valid('param') as P,
    query: valid('query') as Q,
    body: valid('json') as B,
    who: context.get('who'),
    seen: context.get('seen'),
    context,
  };
}

export function requireScope(who: Who, needed: Scope): void {
  if (allows(who.scope, needed)) return;
  throw new HttpError(
    403,
    'scope-too-small',
    `${who.name} has the scope ${who.scope}; this wants ${needed}.`,
    [`bench admin token create NAME --scope ${needed}`],
  );
}

function requireRepeated({ query, body }: Asked<unknown, unknown, unknown>, name: string | undefined): void {
  if (name === undefined) return;
  const confirmed = [body, query].map((part) => (part as { confirm?: unknown } | undefined)?.confirm);
  const given = confirmed.find((value) => typeof value === 'string');
  if (typeof given === 'string' && sameText(given, name)) return;
  throw new HttpError(
    400,
    'not-confirmed',
    `This takes something away: repeat ${JSON.stringify(name)} as "confirm".`,
  );
}

async function requireMatch(
  context: Context<Env>,
  current: (() => Promise<unknown>) | undefined,
): Promise<void> {
  const wanted = context.req.header('if-match');
  if (wanted === undefined || wanted === '*') return;
  const now = current === undefined ? undefined : etag(await current());
  if (now === wanted) return;
  const headers: Record<string, string> = now === undefined ? {} : { ETag: now };
  throw new HttpError(
    412,
    'changed-meanwhile',
    'It is not as it was when you looked at it. Nothing was changed.',
    ['Look at it again, and decide again.'],
    headers,
  );
}

function etag(value: unknown): string {
  return `"${digestOf(value).slice(0, 32)}"`;
}

function digestOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value ?? null))
    .digest('hex');
}
