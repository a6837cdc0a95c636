import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { LOGIN_MS } from './defence/identify.js';
import { issue } from './defence/secrets.js';
import { ADMIN_PATHS, type AdminPaths, loginsIn } from './paths.js';
import type { Scope } from './scope.js';
import { readAdmin } from './units/enable.js';

export interface Login {
  /** Good once. Behind the `#`, so that a browser sends it nowhere and no log holds it. */
  url: string;
  scope: Scope;
  expiresAt: string;
}

/**
 * An address by which a browser gets in.
 * @param user who has asked for it: he stands in the audit
 * @param address where the page is, if not where `bench admin enable` has put it
 * @throws RefusedError `page-not-enabled`
 */
export async function makeLogin(
  runner: Runner,
  { scope, user, address }: { scope: Scope; user: string; address?: string | undefined },
  paths: AdminPaths = ADMIN_PATHS,
): Promise<Login> {
  const base = address ?? (await pageAddress(runner));
  const { secret, kept } = await issue(loginsIn(paths), { name: user, scope, ttlMs: LOGIN_MS });
  return { url: `${base}/#login=${secret}`, scope, expiresAt: kept.expiresAt ?? '' };
}

async function pageAddress(runner: Runner): Promise<string> {
  const { address, tls, hosts } = await readAdmin(runner);
  if (address === null)
    throw new RefusedError(
      'page-not-enabled',
      'Nothing listens for browsers on this host. Nothing was changed.',
      {
        suggestions: ['sudo bench admin enable --listen 127.0.0.1:8443'],
      },
    );
  const [host] = hosts;
  const port = address.slice(address.lastIndexOf(':'));
  return `${tls ? 'https' : 'http'}://${tls && host !== undefined ? `${host}${port}` : address}`;
}
