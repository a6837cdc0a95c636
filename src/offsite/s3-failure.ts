import { StoreError, type StoreFailure } from './store.js';

/** Codes of S3 (its "Error responses") and of stores that speak it, and what they come to. */
const CODES: Readonly<Record<string, StoreFailure>> = {
  AccessDenied: 'denied',
  AllAccessDisabled: 'denied',
  AccountProblem: 'denied',
  ExpiredToken: 'denied',
  InvalidAccessKeyId: 'denied',
  InvalidToken: 'denied',
  SignatureDoesNotMatch: 'denied',
  TokenRefreshRequired: 'denied',
  AuthorizationHeaderMalformed: 'refused',
  NoSuchBucket: 'bucket-missing',
  RequestTimeTooSkewed: 'clock',
  RequestExpired: 'clock',
  QuotaExceeded: 'full',
  EntityTooLarge: 'full',
  InsufficientStorage: 'full',
  ServiceQuotaExceededException: 'full',
  XMinioStorageFull: 'full',
  BadDigest: 'damaged-on-the-way',
  InvalidDigest: 'damaged-on-the-way',
  XAmzContentSHA256Mismatch: 'damaged-on-the-way',
  IncompleteBody: 'damaged-on-the-way',
  PreconditionFailed: 'exists',
  NotImplemented: 'unsupported',
  MethodNotAllowed: 'unsupported',
  InternalError: 'busy',
  OperationAborted: 'busy',
  RequestTimeout: 'busy',
  ServiceUnavailable: 'busy',
  SlowDown: 'busy',
  TimeoutError: 'busy',
};

const STATUSES: Readonly<Record<number, StoreFailure>> = {
  401: 'denied',
  403: 'denied',
  405: 'unsupported',
  408: 'busy',
  409: 'busy',
  412: 'exists',
  413: 'full',
  422: 'damaged-on-the-way',
  429: 'busy',
  501: 'unsupported',
  507: 'full',
};

/** What the SDK has thrown, as far as it is looked at. */
interface Thrown {
  name?: string;
  message?: string;
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

/**
 * What a failure comes to. One without an answer (cut off, refused, timed out) may pass; so may whatever the store calls
 * its own fault. Pure.
 */
export function failureOf(error: unknown): StoreFailure {
  const { name = '', $metadata } = (error ?? {}) as Thrown;
  const status = $metadata?.httpStatusCode;
  const byCode = Object.hasOwn(CODES, name) ? CODES[name] : undefined;
  if (byCode !== undefined) return byCode;
  if (status === undefined) return 'busy';
  return STATUSES[status] ?? (status >= 500 ? 'busy' : 'refused');
}

/** Whether it says that there is no such object. */
export function isMissing(error: unknown): boolean {
  const { name, $metadata } = (error ?? {}) as Thrown;
  return (
    name === 'NoSuchKey' ||
    name === 'NotFound' ||
    ($metadata?.httpStatusCode === 404 && name !== 'NoSuchBucket')
  );
}

/** @param secrets what must not be in any message; a store may repeat what it was told */
export function storeError(
  error: unknown,
  what: string,
  place: string,
  secrets: readonly string[],
): StoreError {
  if (error instanceof StoreError) return error;
  const { name = 'Error', message = '', code, $metadata } = (error ?? {}) as Thrown;
  const status = $metadata?.httpStatusCode;
  const told = [code ?? name, message, ...(status === undefined ? [] : [`(HTTP ${status})`])];
  // Without the SDK's own error as a cause: it holds the request, and that its signature.
  return new StoreError(failureOf(error), what, place, redacted(told.filter(Boolean).join(' '), secrets));
}

/** Pure. */
export function redacted(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length > 0)
    .reduce((left, secret) => left.replaceAll(secret, '<secret>'), text);
}
