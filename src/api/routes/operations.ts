import { type App, type Deps, type Env, read, requireScope } from '../define.js';
import { hasEnded } from '../operations/operation.js';
import { HttpError } from '../problem.js';
import { Operation, OperationList, Problem } from '../schemas.js';
import { eventStream } from '../stream.js';
import { type Context, createRoute, type RouteConfig, z } from '../web.js';

const ofOperation = z.object({
  id: z.string().regex(/^[a-z0-9]{10,40}$/),
});

export function operationRoutes(app: App, deps: Deps): void {
  const { operations } = deps;
  read(app, {
    path: '/v1/operations',
    summary: 'What was begun since the host has started, the newest first',
    scope: 'read',
    query: z.strictObject({ state: z.enum(['running', 'ended']).optional() }),
    answers: OperationList,
    look: async ({ query: { state } }) => {
      const all = await operations.list();
      return {
        operations: all.filter((each) => state === undefined || hasEnded(each) === (state === 'ended')),
      };
    },
  });
  read(app, {
    path: '/v1/operations/{id}',
    summary: 'How something goes that was begun, or how it ended',
    scope: 'read',
    params: ofOperation,
    answers: Operation,
    look: ({ params }) => requireOperation(deps, params.id),
  });
  const events = createRoute({
    method: 'get',
    path: '/v1/operations/{id}/events',
    summary: 'Its steps as they happen (server-sent events), and its end; goes on behind Last-Event-ID',
    description: 'Scope: read',
    request: { params: ofOperation },
    responses: {
      200: {
        description: '`step`, one for each event; `end`, the operation as it has ended',
        content: { 'text/event-stream': { schema: z.string() } },
      },
      '4XX': { description: 'Not done', content: { 'application/problem+json': { schema: Problem } } },
      '5XX': { description: 'Failed', content: { 'application/problem+json': { schema: Problem } } },
    },
  } as RouteConfig);
  app.openapi(
    events as never,
    (async (context: Context<Env>) => {
      requireScope(context.get('who'), 'read');
      const { id } = (context.req as unknown as { valid: (of: string) => { id: string } }).valid('param');
      await requireOperation(deps, id);
      const last = Number(context.req.header('last-event-id') ?? 0);
      const from = Number.isSafeInteger(last) && last > 0 ? last : 0;
      return eventStream(operations, id, from);
    }) as never,
  );
}

async function requireOperation({ operations }: Deps, id: string) {
  const operation = await operations.read(id);
  if (operation === undefined)
    throw new HttpError(404, 'operation-missing', `There is no operation ${id}, or it ended long ago.`, [
      'GET /v1/operations',
    ]);
  return operation;
}
