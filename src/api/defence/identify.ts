import { type AdminPaths, sessionsIn, tokensIn } from '../paths.js';
import type { Who } from '../scope.js';
import { csrfOf, lookUp } from './secrets.js';

/** Half a day: who works at night logs in once. In milliseconds. */
export const SESSION_MS = 12 * 60 * 60_000;
/** The address that `bench admin login` prints is good for so long, and once. In milliseconds. */
export const LOGIN_MS = 60_000;

/** With TLS the browser itself sees to it that only this host sets it (RFC 6265bis, "__Host-"). */
export function cookieName(isTls: boolean): string {
  return isTls ? '__Host-bench_session' : 'bench_session';
}

export function sessionCookie(secret: string, isTls: boolean): string {
  return `${cookieName(isTls)}=${secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${SESSION_MS / 1000}${isTls ? '; Secure' : ''}`;
}

export function noCookie(isTls: boolean): string {
  return `${cookieName(isTls)}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0${isTls ? '; Secure' : ''}`;
}

/** The value of one cookie; undefined where it is not sent. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  const pair = (header ?? '').split(/; */).find((each) => each.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}

/** What a request says of who sends it. */
export interface Credentials {
  via: 'unix' | 'tcp';
  isTls: boolean;
  authorization: string | undefined;
  cookie: string | undefined;
}

/**
 * Who asks. Who may open the socket is let in as he is: the file's own permissions have judged him. Everybody else has a
 * token or a session, from this host as well; a token that is none is nobody, also at the socket.
 */
export async function identify(paths: AdminPaths, credentials: Credentials): Promise<Who | undefined> {
  const { via, isTls, authorization, cookie } = credentials;
  if (authorization !== undefined) {
    const [, secret] = /^Bearer ([A-Za-z0-9_-]{1,200})$/i.exec(authorization) ?? [];
    const token = secret === undefined ? undefined : await lookUp(tokensIn(paths), secret);
    return token && { name: `token ${token.name} (${token.id})`, scope: token.scope, by: 'token' };
  }
  if (via === 'unix') return { name: 'the unix socket', scope: 'admin', by: 'socket' };
  const secret = cookieOf(cookie, cookieName(isTls));
  const session = secret === undefined ? undefined : await lookUp(sessionsIn(paths), secret);
  if (secret === undefined || session === undefined) return undefined;
  return {
    name: `session of ${session.name} (${session.id})`,
    scope: session.scope,
    by: 'session',
    csrf: csrfOf(secret),
  };
}
