import { doorOf } from '../defence/chain.js';
import { cookieName, cookieOf, noCookie, SESSION_MS, sessionCookie } from '../defence/identify.js';
import { csrfOf, forget, issue, lookUp, sweep, useUp } from '../defence/secrets.js';
import { type App, type Deps, type Env, read } from '../define.js';
import { loginsIn, sessionsIn } from '../paths.js';
import { HttpError } from '../problem.js';
import { Problem, Session } from '../schemas.js';
import { type Context, createRoute, type RouteConfig, z } from '../web.js';

const failures = {
  '4XX': { description: 'Not done', content: { 'application/problem+json': { schema: Problem } } },
};

export function sessionRoutes(app: App, deps: Deps): void {
  const { paths, host, version } = deps;
  read(app, {
    path: '/v1/session',
    summary: 'Who I am',
    scope: 'read',
    answers: Session,
    look: async ({ who }) => ({ who: who.name, scope: who.scope, csrf: who.csrf ?? null, host, version }),
  });
  const login = createRoute({
    method: 'post',
    path: '/v1/session',
    summary: 'Log in with the code of `bench admin login`, which counts once and for a minute',
    request: {
      body: {
        required: true,
        content: { 'application/json': { schema: z.strictObject({ code: z.string().max(200) }) } },
      },
    },
    responses: {
      200: { description: 'In, with a cookie', content: { 'application/json': { schema: Session } } },
      ...failures,
    },
  } as RouteConfig);
  app.openapi(
    login as never,
    (async (context: Context<Env>) => {
      const { code } = (context.req as unknown as { valid: (of: string) => { code: string } }).valid('json');
      const login = await useUp(loginsIn(paths), code);
      if (login === undefined)
        throw new HttpError(
          401,
          'login-invalid',
          'This address was used before, or is older than a minute.',
          ['A new one: sudo bench admin login'],
        );
      await sweep(loginsIn(paths));
      await sweep(sessionsIn(paths));
      const { name, scope } = login;
      const { secret, kept } = await issue(sessionsIn(paths), { name, scope, ttlMs: SESSION_MS });
      context.set('who', { name: `session of ${name} (${kept.id})`, scope, by: 'session' });
      context.header('Set-Cookie', sessionCookie(secret, doorOf(context).isTls));
      return context.json(
        { who: `session of ${name} (${kept.id})`, scope, csrf: csrfOf(secret), host, version },
        200,
      );
    }) as never,
  );
  const logout = createRoute({
    method: 'delete',
    path: '/v1/session',
    summary: 'Log out',
    responses: { 204: { description: 'Out' }, ...failures },
  } as RouteConfig);
  app.openapi(
    logout as never,
    (async (context: Context<Env>) => {
      const { isTls } = doorOf(context);
      const secret = cookieOf(context.req.header('cookie'), cookieName(isTls));
      const session = secret === undefined ? undefined : await lookUp(sessionsIn(paths), secret);
      if (session !== undefined) await forget(sessionsIn(paths), session.id);
      context.header('Set-Cookie', noCookie(isTls));
      return context.body(null, 204);
    }) as never,
  );
}
