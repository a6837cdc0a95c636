import type { Operation } from '../api/api.js';

/** A failure as the server tells it (RFC 9457). */
export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
  stderr: string | null;
  suggestions: readonly string[];
}

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

export interface Session {
  who: string;
  scope: 'read' | 'operate' | 'admin';
  csrf: string | null;
  host: string;
  version: string;
}

let csrf: string | null = null;

/** The session of this browser, from the address that `bench admin login` has printed, or the one that it has. */
export async function openSession(code: string | undefined): Promise<Session> {
  const session = await (code === undefined
    ? get<Session>('/v1/session')
    : send<Session>('POST', '/v1/session', { code }));
  csrf = session.csrf;
  return session;
}

export function get<T>(path: string): Promise<T> {
  return call<T>(path, { method: 'GET' });
}

/** @param more such as If-Match */
export function send<T>(
  method: string,
  path: string,
  body?: unknown,
  more: Readonly<Record<string, string>> = {},
): Promise<T> {
  const headers = {
    ...more,
    ...(csrf === null ? {} : { 'X-CSRF-Token': csrf }),
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
  };
  return call<T>(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

/** Begins something, once, however often the button is hit. */
export function begin(method: string, path: string, body?: unknown): Promise<Operation> {
  return send<Operation>(method, path, body, {
    'Idempotency-Key': crypto.randomUUID?.() ?? String(Math.random()),
  });
}

async function call<T>(path: string, options: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...options, credentials: 'same-origin' });
  } catch {
    throw new ApiError(lost);
  }
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  throw new ApiError(
    problem ?? { ...lost, status: response.status, detail: `The server answers ${response.status}.` },
  );
}

const lost: Problem = {
  status: 0,
  code: 'connection-lost',
  title: 'Connection lost',
  detail: 'The server cannot be reached.',
  stderr: null,
  suggestions: ['Look whether it is on: bench admin status'],
};

/** Whatever was thrown, as a failure to show. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  return {
    ...lost,
    code: 'page-failed',
    title: 'Failed',
    detail: String(error),
    suggestions: ['Load the page again.'],
  };
}

/** Of a name in a path. */
export const part = encodeURIComponent;
