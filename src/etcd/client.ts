import * as z from 'zod/mini';
import { type Connection, connect, type EtcdAccess } from './connection.js';
import { EtcdFailure } from './failures.js';

/** A key and what it holds. Revisions count all changes of all keys. */
export interface KeyValue {
  key: string;
  value: Buffer;
  modRevision: string;
  /** `0` where it has none. */
  lease: string;
}

/** What has to be so, for a transaction to be carried out: `0` is the revision of a key that is not there. */
export interface Compare {
  key: string;
  modRevision: string;
}

export type Operation =
  | { put: string; value: string | Uint8Array; lease?: string }
  | { remove: string; isPrefix?: boolean };

export interface EtcdClient {
  get: (key: string) => Promise<KeyValue | undefined>;
  /** All keys that begin so, in order, as they were at one moment. */
  list: (prefix: string) => AsyncIterable<KeyValue[]>;
  /** All of it or nothing. @returns whether the comparisons held */
  transact: (compares: readonly Compare[], operations: readonly Operation[]) => Promise<boolean>;
  /** Keeps a lease, or makes it anew where it has ended. @param id as a decimal number below 2^63 */
  keepLease: (id: string, seconds: number) => Promise<void>;
  endLease: (id: string) => Promise<void>;
  /** Bytes of its database, and its version. */
  status: () => Promise<{ version: string; sizeBytes: number; inUseBytes: number }>;
  close: () => void;
}

/** Until it has let this host in and answered the first question. With Node's own start that is below three seconds. */
const FIRST_MS = 2200;
/** Any later question of a member that has answered. */
const LATER_MS = 10_000;
/** Keys an answer: a value has at most 128 KiB. */
const PAGE = 64;

const count = z._default(z.string(), '0');
const Kv = z.object({
  key: z.string(),
  value: z._default(z.string(), ''),
  mod_revision: count,
  lease: count,
});
const Range = z.object({
  header: z.object({ revision: count }),
  kvs: z._default(z.array(Kv), []),
  more: z._default(z.boolean(), false),
});
const Txn = z.object({ succeeded: z._default(z.boolean(), false) });
const Kept = z.object({ result: z.object({ TTL: count }) });
const Status = z.object({ version: z.string(), dbSize: count, dbSizeInUse: count });

/** @throws SilentError where no member answers that has a leader; RefusedError `fleet-denies` */
export async function connectEtcd(access: EtcdAccess): Promise<EtcdClient> {
  const started = performance.now();
  const connection = await connect(access, FIRST_MS);
  let deadlineMs = Math.max(500, FIRST_MS + 300 - (performance.now() - started));
  const ask = async (path: string, body: unknown): Promise<unknown> => {
    const answer = await connection.ask(path, body, deadlineMs);
    deadlineMs = LATER_MS;
    return answer;
  };
  return clientOf(ask, connection);
}

type Ask = (path: string, body: unknown) => Promise<unknown>;

function clientOf(ask: Ask, connection: Connection): EtcdClient {
  return {
    get: async (key) => {
      const { kvs } = Range.parse(await ask('/v3/kv/range', { key: encoded(key) }));
      return kvs.map(decoded)[0];
    },
    list: (prefix) => pages(ask, prefix),
    transact: async (compares, operations) => {
      const { succeeded } = Txn.parse(
        await ask('/v3/kv/txn', { compare: compares.map(comparison), success: operations.map(request) }),
      );
      return succeeded;
    },
    keepLease: async (ID, seconds) => {
      const kept = Kept.parse(await ask('/v3/lease/keepalive', { ID }));
      if (kept.result.TTL !== '0') return;
      // Two runs at once make the same one.
      await ask('/v3/lease/grant', { ID, TTL: String(seconds) }).catch(unless(/already exists/));
    },
    endLease: async (ID) => {
      await ask('/v3/lease/revoke', { ID }).catch(unless(/not found/));
    },
    status: async () => {
      const { version, dbSize, dbSizeInUse } = Status.parse(await ask('/v3/maintenance/status', {}));
      return { version, sizeBytes: Number(dbSize), inUseBytes: Number(dbSizeInUse) };
    },
    close: connection.close,
  };
}

function unless(message: RegExp) {
  return (error: unknown): void => {
    if (!(error instanceof EtcdFailure && message.test(error.message))) throw error;
  };
}

async function* pages(ask: Ask, prefix: string): AsyncGenerator<KeyValue[]> {
  const range_end = endOf(prefix);
  let from = encoded(prefix);
  let revision = '0';
  for (;;) {
    const { header, kvs, more } = Range.parse(
      await ask('/v3/kv/range', { key: from, range_end, limit: String(PAGE), revision }),
    );
    // What comes after is read as of the same moment.
    if (revision === '0') revision = header.revision;
    if (kvs.length > 0) yield kvs.map(decoded);
    const last = kvs.at(-1);
    if (!more || last === undefined) return;
    from = Buffer.concat([Buffer.from(last.key, 'base64'), Buffer.of(0)]).toString('base64');
  }
}

/** The first key that does not begin so any more. */
function endOf(prefix: string): string {
  const bytes = Buffer.from(prefix);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) + 1;
  return bytes.toString('base64');
}

function encoded(text: string | Uint8Array): string {
  return Buffer.from(text as string).toString('base64');
}

function decoded({ key, value, mod_revision, lease }: z.infer<typeof Kv>): KeyValue {
  return {
    key: Buffer.from(key, 'base64').toString('utf8'),
    value: Buffer.from(value, 'base64'),
    modRevision: mod_revision,
    lease,
  };
}

function comparison({ key, modRevision }: Compare) {
  return { key: encoded(key), target: 'MOD', result: 'EQUAL', mod_revision: modRevision };
}

function request(operation: Operation) {
  if ('remove' in operation) {
    const { remove, isPrefix } = operation;
    const key = encoded(remove);
    return { request_delete_range: { key, ...(isPrefix ? { range_end: endOf(remove) } : {}) } };
  }
  const { put, value, lease } = operation;
  return {
    request_put: { key: encoded(put), value: encoded(value), ...(lease === undefined ? {} : { lease }) },
  };
}
