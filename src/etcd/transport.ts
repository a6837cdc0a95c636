import { Agent, type RequestOptions, request } from 'node:https';
import * as z from 'zod/mini';
import { EtcdFailure, SilentError } from './failures.js';

const Failure = z.object({ code: z.int(), message: z.string() });

/** gRPC's codes that say that a member has nobody to agree with: unavailable, deadline exceeded. */
const SILENT_CODES: readonly number[] = [4, 14];
const LARGEST_ANSWER = 256 * 1024 * 1024;

/** Connections to members of etcd, which know this host by its certificate. */
export function openTransport(identity: { ca: string; certificate: string; key: string }) {
  const { ca, certificate: cert, key } = identity;
  const agent = new Agent({ keepAlive: true, maxSockets: 8, ca, cert, key });
  return { post: (sending: Sending) => send(agent, sending), close: () => agent.destroy() };
}

export interface Sending {
  endpoint: string;
  path: string;
  body: string;
  ms: number;
  token: string | undefined;
}

function send(agent: Agent, { endpoint, path, body, ms, token }: Sending): Promise<unknown> {
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
