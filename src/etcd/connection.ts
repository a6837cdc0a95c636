import type { Agent, RequestOptions } from 'node:https';
import * as z from 'zod/mini';
import { RefusedError, VolumeError } from '../errors.js';
import { onOneLine } from '../printable.js';

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

/** Nobody has answered in time: what is only of this host goes on. Exit 1. */
export class SilentError extends VolumeError {
  constructor(
    /** One for each member. */
    readonly reasons: readonly string[],
    cause?: unknown,
  ) {
    super('fleet-silent', `etcd does not answer: ${reasons.map(onOneLine).join('; ')}.`, {
      suggestions: [
        'What is only of this host goes on without it: bench list, bench volume status',
        'On the hosts of etcd: systemctl status etcd',
      ],
      cause,
    });
  }
}

const Failure = z.object({ code: z.int(), message: z.string() });
const Status = z.object({ leader: z.optional(z.string()), errors: z.optional(z.array(z.string())) });
const Token = z.object({ token: z.string() });

/** What etcd has answered that is no success. */
export class EtcdFailure extends VolumeError {
  constructor(
    /** gRPC's. */
    readonly grpc: number,
    message: string,
  ) {
    super('fleet-failed', `etcd says: ${onOneLine(message.slice(0, 300))}`, {
      suggestions: ['etcdctl endpoint status, with the same certificate'],
    });
  }
}

/** gRPC's codes that say that a member has nobody to agree with: unavailable, deadline exceeded. */
const SILENT_CODES: readonly number[] = [4, 14];
const LARGEST_ANSWER = 256 * 1024 * 1024;

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
  const { Agent, request } = await import('node:https');
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 8,
    ca: access.ca,
    cert: access.certificate,
    key: access.key,
  });
  const until = performance.now() + deadlineMs;
  const left = () => Math.max(1, until - performance.now());
  const post = (endpoint: string, path: string, body: unknown, ms: number, token?: string) =>
    send(request, agent, { endpoint, path, body: JSON.stringify(body), ms, token });
  try {
    const endpoint = await firstWithLeader(access.endpoints, (each) =>
      post(each, '/v3/maintenance/status', {}, left()),
    );
    const token = await tokenOf(access, (body) => post(endpoint, '/v3/auth/authenticate', body, left()));
    return {
      ask: (path, body, ms) => post(endpoint, path, body, ms, token),
      close: () => agent.destroy(),
    };
  } catch (error) {
    agent.destroy();
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

interface Sending {
  endpoint: string;
  path: string;
  body: string;
  ms: number;
  token: string | undefined;
}

function send(
  request: typeof import('node:https').request,
  agent: Agent,
  { endpoint, path, body, ms, token }: Sending,
): Promise<unknown> {
  const options: RequestOptions = {
    method: 'POST',
    agent,
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(token === undefined ? {} : { authorization: token }),
    },
  };
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new SilentError([`${endpoint}: ${why}`]));
    const asked = request(new URL(path, endpoint), options, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > LARGEST_ANSWER) asked.destroy(new Error('its answer does not end'));
        else chunks.push(chunk);
      });
      answer.on('error', ({ message }) => fail(message));
      answer.on('end', () => {
        clearTimeout(timer);
        try {
          resolve(understood(Buffer.concat(chunks).toString('utf8'), answer.statusCode ?? 0));
        } catch (error) {
          reject(error);
        }
      });
    });
    const timer = setTimeout(() => asked.destroy(new Error(`no answer within ${Math.round(ms)} ms`)), ms);
    asked.on('error', (error) => {
      clearTimeout(timer);
      fail(error.message || (error as NodeJS.ErrnoException).code || 'no connection');
    });
    asked.end(body);
  });
}

function understood(text: string, status: number): unknown {
  let answer: unknown;
  try {
    // What is streamed (a lease that is kept) is a line each.
    answer = JSON.parse(text.split('\n', 1)[0] ?? '');
  } catch {
    throw new SilentError([`an answer that is none of etcd's (HTTP ${status})`]);
  }
  if (status === 200) return answer;
  const failure = Failure.safeParse(answer);
  if (!failure.success) throw new SilentError([`HTTP ${status}`]);
  const { code, message } = failure.data;
  if (SILENT_CODES.includes(code)) throw new SilentError([message]);
  throw new EtcdFailure(code, message);
}
