import type { IncomingMessage } from 'node:http';
import type { App, Deps, Env } from '../define.js';
import { HttpError } from '../problem.js';
import type { Who } from '../scope.js';
import { bodyLimit, type Context } from '../web.js';
import { allowedHosts, foreignOrigin, hostName } from './hosts.js';
import { identify } from './identify.js';
import { FAILED_LOGINS, type Rate, RateLimit, REQUESTS } from './rate.js';
import { sameText } from './secrets.js';

/** How a request came in. */
export interface Door {
  via: 'unix' | 'tcp';
  isTls: boolean;
}

export type DoorEnv = Door & { incoming?: IncomingMessage };

export const MOST_BODY_BYTES = 64 * 1024;

const HEADERS: Readonly<Record<string, string>> = {
  // Nothing inline, nothing from elsewhere, nobody around it.
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=()',
};

export function doorOf(context: Context<Env>): DoorEnv {
  return context.env as unknown as DoorEnv;
}

/**
 * What stands before every route, in this order: for whom the request is (Host), where it comes from (Origin,
 * Sec-Fetch-Site), who sends it, whether his own page has sent it, how often, how much. The first that refuses ends it.
 */
export function defend(
  app: App,
  { paths, audit, readings }: Deps,
  { hosts, rate = REQUESTS }: { hosts: readonly string[]; rate?: Rate | undefined },
): void {
  const allowed = allowedHosts(hosts);
  const requests = new RateLimit(rate);
  const failures = new RateLimit(FAILED_LOGINS);

  app.use('*', async (context, next) => {
    const { isTls } = doorOf(context);
    await next();
    const { status } = context.res;
    for (const [name, value] of Object.entries(HEADERS)) context.res.headers.set(name, value);
    if (isTls) context.res.headers.set('Strict-Transport-Security', 'max-age=31536000');
    if (!context.res.headers.has('Cache-Control')) context.res.headers.set('Cache-Control', 'no-store');
    const { method, path } = context.req;
    const isLook = method === 'GET' || method === 'HEAD';
    if (isLook && status !== 401 && status !== 403 && status !== 429) return;
    const who = context.get('who')?.name ?? addressOf(context);
    const [operation, code] = [context.get('operation'), context.get('code')];
    audit({
      who,
      what: `${method} ${path}`.slice(0, 300),
      status,
      ...(operation === undefined ? {} : { operation }),
      ...(code === undefined ? {} : { code }),
    });
  });
  app.use('*', async (context, next) => {
    const name = hostName(context.req.header('host'));
    if (name === undefined || !allowed.has(name))
      throw new HttpError(403, 'host-not-allowed', 'The request is for a host that this server is not.', [
        'A name of this host: bench admin enable --host NAME',
      ]);
    const foreign = foreignOrigin({
      host: context.req.header('host'),
      origin: context.req.header('origin'),
      fetchSite: context.req.header('sec-fetch-site'),
      fetchMode: context.req.header('sec-fetch-mode'),
      forPage: context.req.method === 'GET' && !context.req.path.startsWith('/v1'),
      isTls: doorOf(context).isTls,
    });
    if (foreign !== undefined)
      throw new HttpError(403, 'origin-not-allowed', 'The request is not one of the own page.');
    await next();
  });
  app.use('/v1/*', async (context, next) => {
    const { via, isTls } = doorOf(context);
    const isLogin = context.req.method === 'POST' && context.req.path === '/v1/session';
    if (isLogin) {
      await next();
      if (context.res.status === 401) refuseOften(failures, addressOf(context));
      return;
    }
    const who = await identify(paths, {
      via,
      isTls,
      authorization: context.req.header('authorization'),
      cookie: context.req.header('cookie'),
    });
    if (who === undefined) {
      refuseOften(failures, addressOf(context));
      throw new HttpError(
        401,
        'login-needed',
        'This wants a session or a token.',
        ['For a browser: sudo bench admin login', 'For a program: sudo bench admin token create NAME'],
        { 'WWW-Authenticate': 'Bearer realm="bench"' },
      );
    }
    context.set('who', who);
    context.set('seen', readings.of(who.name));
    requireCsrf(context, who);
    refuseOften(requests, who.name);
    await next();
  });
  app.use(
    '/v1/*',
    bodyLimit({
      maxSize: MOST_BODY_BYTES,
      onError: () => {
        throw new HttpError(413, 'body-too-large', `A body has ${MOST_BODY_BYTES} bytes at most.`);
      },
    }),
  );
}

/** A page of somebody else's can have a browser send our cookie, but cannot read what has to come with it. */
function requireCsrf(context: Context<Env>, { by, csrf }: Who): void {
  if (by !== 'session' || ['GET', 'HEAD'].includes(context.req.method)) return;
  if (csrf !== undefined && sameText(context.req.header('x-csrf-token') ?? '', csrf)) return;
  throw new HttpError(403, 'csrf-token-wrong', 'A change of a session comes with its X-CSRF-Token.', [
    'It is in GET /v1/session.',
  ]);
}

function refuseOften(limit: RateLimit, name: string): void {
  const seconds = limit.take(name);
  if (seconds === undefined) return;
  throw new HttpError(429, 'too-often', `Too often: wait ${seconds} s.`, [], {
    'Retry-After': String(seconds),
  });
}

function addressOf(context: Context<Env>): string {
  return doorOf(context).incoming?.socket.remoteAddress ?? 'the unix socket';
}
