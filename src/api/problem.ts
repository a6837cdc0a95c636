import { type BenchError, BusyError, RefusedError, UsageError } from '../errors.js';
import { toBenchError } from '../output/failure.js';

/** A failure as RFC 9457 wants it, with what our commands say of one. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  command: readonly string[] | null;
  stderr: string | null;
  suggestions: readonly string[];
}

/** A failure of the request itself, which no command knows. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly suggestions: readonly string[] = [],
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'Who is asking?',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Not possible here',
  409: 'Refused for safety',
  412: 'It has changed meanwhile',
  413: 'Too large',
  422: 'Not the same request',
  423: 'Busy',
  429: 'Too often',
  431: 'Too large',
  500: 'Failed',
  503: 'Not now',
};

/** Codes of wrong usage that mean: what the path names is not there. */
const MISSING = [
  'bench-not-found',
  'bench-name-invalid',
  'snapshot-missing',
  'volume-missing',
  'nothing-kept',
  'offsite-missing',
  'replicate-missing',
  'copy-missing',
  'fleet-missing',
];

export function problemOf(error: unknown): Problem {
  if (error instanceof HttpError)
    return problem(error.status, error.code, error.message, { suggestions: error.suggestions });
  const failure = toBenchError(error);
  return problem(statusOf(failure), failure.code, failure.message, failure);
}

function statusOf(error: BenchError): number {
  if (error instanceof UsageError) return MISSING.includes(error.code) ? 404 : 400;
  if (error instanceof RefusedError) return 409;
  return error instanceof BusyError ? 423 : 500;
}

function problem(
  status: number,
  code: string,
  detail: string,
  more: Partial<Pick<BenchError, 'command' | 'stderr' | 'suggestions'>>,
): Problem {
  return {
    type: `urn:bench:error:${code}`,
    title: TITLES[status] ?? 'Failed',
    status,
    detail,
    code,
    command: more.command ?? null,
    stderr: more.stderr ?? null,
    suggestions: more.suggestions ?? [],
  };
}
