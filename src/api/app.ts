import { defend } from './defence/chain.js';
import type { Rate } from './defence/rate.js';
import type { App, Deps, Env } from './define.js';
import { type Page, pageRoutes } from './page-files.js';
import { HttpError, problemOf } from './problem.js';
import { benchRoutes } from './routes/benches.js';
import { copyRoutes } from './routes/copies.js';
import { fleetRoutes } from './routes/fleet.js';
import { hostRoutes } from './routes/host.js';
import { offsiteRoutes } from './routes/offsite.js';
import { operationRoutes } from './routes/operations.js';
import { replicateRoutes } from './routes/replicate.js';
import { scheduleRoutes } from './routes/schedule.js';
import { sessionRoutes } from './routes/session.js';
import { snapshotRoutes } from './routes/snapshots.js';
import { volumeRoutes } from './routes/volumes.js';
import { type Context, HTTPException, OpenAPIHono } from './web.js';

export interface AppOptions {
  /** Names by which clients call this host, beside those of loopback. */
  hosts: readonly string[];
  page: Page;
  /** Only a test has another one. */
  rate?: Rate | undefined;
  /** The text of schemas/openapi.json. */
  openapi: string;
}

/** All that is answered: the page, the API, and what it is like. */
export function createApp(deps: Deps, { hosts, page, openapi, rate }: AppOptions): App {
  const app: App = new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(result.error.issues);
    },
  });
  app.onError((error, context) => answer(error, context));
  app.notFound((context) =>
    answer(new HttpError(404, 'route-missing', 'There is nothing here.', ['GET /v1/openapi.json']), context),
  );
  defend(app, deps, { hosts, rate });
  app.get('/v1/openapi.json', (context) =>
    context.body(openapi, 200, { 'Content-Type': 'application/json; charset=utf-8' }),
  );
  addRoutes(app, deps);
  pageRoutes(app, page);
  return app;
}

/** Those that stand in the OpenAPI document. */
export function addRoutes(app: App, deps: Deps): void {
  sessionRoutes(app, deps);
  benchRoutes(app, deps);
  snapshotRoutes(app, deps);
  copyRoutes(app, deps);
  offsiteRoutes(app, deps);
  replicateRoutes(app, deps);
  fleetRoutes(app, deps);
  scheduleRoutes(app, deps);
  volumeRoutes(app, deps);
  hostRoutes(app, deps);
  operationRoutes(app, deps);
}

function answer(error: Error, context: Context): Response {
  const problem = problemOf(error instanceof HTTPException ? malformed(error) : error);
  context.set('code', problem.code);
  const headers = error instanceof HttpError ? error.headers : {};
  return context.body(JSON.stringify(problem), problem.status as 400, {
    'Content-Type': 'application/problem+json; charset=utf-8',
    ...headers,
  });
}

function malformed({ status, message }: HTTPException): HttpError {
  return new HttpError(
    status,
    status === 400 ? 'request-malformed' : 'request-refused',
    message || 'Not possible.',
  );
}

function invalid(issues: readonly { path: readonly PropertyKey[]; message: string }[]): HttpError {
  const findings = issues.slice(0, 20).map(({ path, message }) => {
    const where = path.map(String).join('.');
    return where === '' ? message : `${where}: ${message}`;
  });
  return new HttpError(
    400,
    'request-invalid',
    `${findings.join('; ').slice(0, 2000)}. Nothing was changed.`,
    ['GET /v1/openapi.json says what is allowed.'],
  );
}
