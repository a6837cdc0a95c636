/** One open connection to a MariaDB server. Every wait on it is bounded. */
export interface Session {
  /**
   * Runs one statement and returns its rows (none for a statement without a result set). `values` replace `?`;
   * `timeoutMs` replaces the session's own limit. Throws `MariaDbError`; after a timeout the connection is
   * destroyed, because its state is unknown.
   */
  query<T = Record<string, unknown>>(sql: string, values?: unknown[], timeoutMs?: number): Promise<T[]>;
  /**
   * The same for a statement that somebody else has written: its rows as lists of the texts that the server sends, null
   * for NULL.
   */
  texts(sql: string, timeoutMs?: number): Promise<(string | null)[][]>;
  /** Says goodbye and ends the connection; never throws. */
  close(): Promise<void>;
  /** Cuts the connection at once. The server then gives up its locks, whatever it is doing for it. */
  destroy(): void;
  /** The server's id of this connection, as in `information_schema.PROCESSLIST`. */
  readonly connectionId: number;
  /** Our end of the connection. A process that inherits it keeps the connection, with its locks, until it ends. */
  readonly fd?: number | undefined;
}

export interface ConnectOptions {
  socketPath: string;
  /** Account name; by default the operating system's name of the effective user (`unix_socket` wants just that). */
  user?: string | undefined;
  /** Milliseconds for the connection with its handshake, and again for each statement on it. */
  timeoutMs: number;
}

/** Opens a session; `connect` of connection.ts, or a scripted one in a unit test. */
export type Connect = (options: ConnectOptions) => Promise<Session>;

export interface ServerVersion {
  /** As the server says it, e.g. `11.8.6-MariaDB-0+deb13u1`. */
  text: string;
  major: number;
  minor: number;
  patch: number;
}

/** Asks the server for its version. A text that is no version counts as 0.0.0, the oldest of all. */
export async function serverVersion(session: Session): Promise<ServerVersion> {
  const [row] = await session.query<{ version: string }>('SELECT VERSION() AS version');
  return parseVersion(row?.version ?? '');
}

/** `11.8.6-MariaDB-0+deb13u1` as numbers. Servers before 11 may prefix `5.5.5-` for old replicas: it is skipped. */
export function parseVersion(text: string): ServerVersion {
  const match = /^(?:5\.5\.5-)?(\d+)\.(\d+)\.(\d+)/.exec(text);
  return {
    text,
    major: Number(match?.[1] ?? 0),
    minor: Number(match?.[2] ?? 0),
    patch: Number(match?.[3] ?? 0),
  };
}
