import * as z from 'zod/mini';
import { RefusedError } from '../errors.js';
import { EtcdFailure, SilentError } from './failures.js';

/** How etcd is reached. */
export interface EtcdAccess {
  /** `https://HOST:PORT` each. */
  endpoints: readonly string[];
  /** In PEM: who signs etcd's certificates, and what this host shows of itself. */
  ca: string;
  certificate: string;
  key: string;
  /** A user of etcd's, where its authentication is on. */
  user: string | undefined;
  password: string | undefined;
}

const Status = z.object({ leader: z.optional(z.string()), errors: z.optional(z.array(z.string())) });
const Token = z.object({ token: z.string() });

/** A member of etcd that has a leader, and with that most members. */
export interface Connection {
  ask: (path: string, body: unknown, deadlineMs: number) => Promise<unknown>;
  close: () => void;
}

/**
 * All members are asked at once; the first that has a leader is the one that is worked with.
 * @param deadlineMs until then one has to have answered, and let this host in
 * @throws SilentError; RefusedError `fleet-denies` where the user is not let in
 */
export async function connect(access: EtcdAccess, deadlineMs: number): Promise<Connection> {
  // Node's own client costs its start: only what asks etcd loads it.
  const { openTransport } = await import('./transport.js');
  const transport = openTransport(access);
  const until = performance.now() + deadlineMs;
  const left = () => Math.max(1, until - performance.now());
  const post = (endpoint: string, path: string, body: unknown, ms: number, token?: string) =>
    transport.post({ endpoint, path, body: JSON.stringify(body), ms, token });
  try {
    const endpoint = await firstWithLeader(access.endpoints, (each) =>
      post(each, '/v3/maintenance/status', {}, left()),
    );
    const token = await tokenOf(access, (body) => post(endpoint, '/v3/auth/authenticate', body, left()));
    return {
      ask: (path, body, ms) => post(endpoint, path, body, ms, token),
      close: transport.close,
    };
  } catch (error) {
    transport.close();
    throw error;
  }
}

async function firstWithLeader(
  endpoints: readonly string[],
  status: (endpoint: string) => Promise<unknown>,
): Promise<string> {
  const asked = endpoints.map(async (endpoint) => {
    const { leader = '0' } = Status.parse(await status(endpoint));
    if (leader === '0') throw new Error(`${endpoint} has no leader: most of its members are away`);
    return endpoint;
  });
  try {
    return await Promise.any(asked);
  } catch (error) {
    const reasons = (error as AggregateError).errors.flatMap((each) =>
      each instanceof SilentError ? each.reasons : [(each as Error).message],
    );
    throw new SilentError(reasons, error);
  }
}

async function tokenOf(
  { user, password }: EtcdAccess,
  authenticate: (body: unknown) => Promise<unknown>,
): Promise<string | undefined> {
  if (user === undefined) return undefined;
  try {
    return Token.parse(await authenticate({ name: user, password: password ?? '' })).token;
  } catch (error) {
    if (error instanceof EtcdFailure && /not enabled/.test(error.message)) return undefined;
    if (!(error instanceof EtcdFailure)) throw error;
    throw new RefusedError('fleet-denies', `etcd does not let the user ${user} in.`, {
      suggestions: ['[fleet] user and password in /etc/bench/host.toml', 'etcdctl user get, as its root'],
      cause: error,
    });
  }
}
