import { UsageError } from '../../errors.js';
import { type AdminPaths, tokensIn } from '../paths.js';
import type { Scope } from '../scope.js';
import { forget, hasEnded, issue, type Kept, listKept } from './secrets.js';

/** A token as it is listed: never its secret. */
export interface TokenJson {
  id: string;
  name: string;
  scope: Scope;
  createdAt: string;
  /** Null: until it is revoked. */
  expiresAt: string | null;
  expired: boolean;
}

/** What a token is called: it stands in the audit. */
export function tokenName(name: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9 _.@-]{0,62}$/.test(name)
    ? undefined
    : 'must start with a letter or digit, go on with letters, digits, blanks, "_", ".", "@" or "-", and be at most 63 characters long';
}

/**
 * Makes a token. Its secret is told this once.
 * @throws UsageError `token-name-invalid`
 */
export async function createToken(
  paths: AdminPaths,
  wanted: { name: string; scope: Scope; ttlMs?: number | undefined },
): Promise<{ token: string } & TokenJson> {
  const wrong = tokenName(wanted.name);
  if (wrong !== undefined)
    throw new UsageError(
      'token-name-invalid',
      `${JSON.stringify(wanted.name)} cannot name a token: it ${wrong}.`,
    );
  const { secret, kept } = await issue(tokensIn(paths), wanted);
  return { token: secret, ...tokenJson(kept, new Date()) };
}

export async function listTokens(paths: AdminPaths): Promise<{ tokens: TokenJson[] }> {
  const now = new Date();
  return { tokens: (await listKept(tokensIn(paths))).map((kept) => tokenJson(kept, now)) };
}

/**
 * From now on nobody gets in by it.
 * @param which id, or a name that only one token has
 * @throws UsageError `token-missing`, `token-ambiguous`
 */
export async function revokeToken(paths: AdminPaths, which: string): Promise<TokenJson> {
  const all = await listKept(tokensIn(paths));
  const found = all.filter(({ id, name }) => id === which || name === which);
  const [kept, other] = found.filter(({ id }) => id === which).concat(found);
  if (kept === undefined)
    throw new UsageError(
      'token-missing',
      `There is no token ${JSON.stringify(which)}. Nothing was changed.`,
      {
        suggestions: ['bench admin token list'],
      },
    );
  if (other !== undefined && other.id !== kept.id)
    throw new UsageError(
      'token-ambiguous',
      `Several tokens are named ${JSON.stringify(which)}. Nothing was changed.`,
      {
        suggestions: found.map(({ id, createdAt }) => `bench admin token revoke ${id} (made ${createdAt})`),
      },
    );
  await forget(tokensIn(paths), kept.id);
  return tokenJson(kept, new Date());
}

function tokenJson(kept: Kept, now: Date): TokenJson {
  const { id, name, scope, createdAt, expiresAt } = kept;
  return { id, name, scope, createdAt, expiresAt, expired: hasEnded(kept, now) };
}
