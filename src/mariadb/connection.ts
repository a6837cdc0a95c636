import type { Socket } from 'node:net';
import { userInfo } from 'node:os';
import { type Connection, createConnection, type QueryError } from 'mysql2';
import { MariaDbError, type MariaDbErrorCode } from './errors.js';
import type { ConnectOptions, Session } from './session.js';

// This is the only module that imports mysql2; callers import it lazily (mysql2 costs a command 100 ms to load).

export { serverVersion } from './session.js';

/**
 * Opens one connection over the server's socket, authenticated by `unix_socket`.
 * mysql2's own connect timeout ends with the handshake's first packet on some paths, and its queries have none
 * that survives a stopped server: so each wait has its own clock here.
 */
export async function connect(options: ConnectOptions): Promise<Session> {
  const { socketPath, timeoutMs } = options;
  const user = options.user ?? userInfo().username;
  const connection = createConnection({
    socketPath,
    user,
    connectTimeout: 0,
    charset: 'utf8mb4',
    // Ids and counters of a long-lived server outgrow a double.
    supportBigNumbers: true,
  });
  // Without a listener the loss of an idle connection would end the process; the next statement reports it.
  let lost: Error | undefined;
  connection.on('error', (error: Error) => {
    lost ??= error;
  });
  const where = { socketPath, user };
  await bounded(connection, timeoutMs, `connecting to ${socketPath}`, (done) =>
    connection.connect((error) => done(error === null ? undefined : connectError(error, where), undefined)),
  );
  return new SocketSession(connection, timeoutMs, () => lost);
}

class SocketSession implements Session {
  readonly connectionId: number;

  constructor(
    private readonly connection: Connection,
    private readonly timeoutMs: number,
    private readonly lost: () => Error | undefined,
  ) {
    this.connectionId = connection.threadId;
  }

  get fd(): number | undefined {
    // Node's types do not name it; without it the connection ends with bench, as any does.
    const fd = (socketOf(this.connection) as { _handle?: { fd?: number } | null } | undefined)?._handle?.fd;
    return fd === undefined || fd < 0 ? undefined : fd;
  }

  query<T>(sql: string, values: unknown[] = [], timeoutMs = this.timeoutMs): Promise<T[]> {
    return bounded<T[]>(this.connection, timeoutMs, sql, (done) => {
      this.connection.query(sql, values, (error: QueryError | null, rows: unknown) => {
        if (error !== null) done(statementError(error, sql, this.lost()), []);
        else done(undefined, Array.isArray(rows) ? (rows as T[]) : []);
      });
    });
  }

  texts(sql: string, timeoutMs = this.timeoutMs): Promise<(string | null)[][]> {
    return bounded<(string | null)[][]>(this.connection, timeoutMs, sql, (done) => {
      const asText = {
        sql,
        rowsAsArray: true,
        typeCast: (field: { string(): string | null }) => field.string(),
      };
      this.connection.query(asText, (error: QueryError | null, rows: unknown) => {
        if (error !== null) done(statementError(error, sql, this.lost()), []);
        else done(undefined, Array.isArray(rows) ? (rows as (string | null)[][]) : []);
      });
    });
  }

  async close(): Promise<void> {
    await bounded(this.connection, Math.min(this.timeoutMs, 1000), 'closing the connection', (done) =>
      this.connection.end(() => done(undefined, undefined)),
    ).catch(() => {});
    cut(this.connection);
  }

  destroy(): void {
    cut(this.connection);
  }
}

/** mysql2's types do not name it. */
function socketOf(connection: Connection): Socket | undefined {
  return (connection as unknown as { stream?: Socket }).stream;
}

/** mysql2 only says goodbye; a server that is stopped never answers that, and bench would wait for it without end. */
function cut(connection: Connection): void {
  connection.destroy();
  socketOf(connection)?.destroy();
}

/** Runs one exchange with the server; when it is not over in time the connection is destroyed. */
function bounded<T>(
  connection: Connection,
  timeoutMs: number,
  what: string,
  start: (done: (error: MariaDbError | undefined, value: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      cut(connection);
      reject(
        new MariaDbError(
          'mariadb-timeout',
          `MariaDB did not answer within ${Math.round(timeoutMs)} ms: ${what}`,
          {
            suggestions: ['See what the server is doing: its journal, its load, `SHOW PROCESSLIST`.'],
          },
        ),
      );
    }, timeoutMs);
    start((error, value) => {
      clearTimeout(timer);
      if (error === undefined) resolve(value);
      else reject(error);
    });
  });
}

function connectError(error: QueryError, where: { socketPath: string; user: string }): MariaDbError {
  const { socketPath, user } = where;
  const details = { cause: error, errno: error.errno };
  switch (codeOf(error)) {
    case 'mariadb-access-denied':
      return new MariaDbError(
        'mariadb-access-denied',
        `MariaDB at ${socketPath} refuses the account '${user}': ${error.message}`,
        {
          ...details,
          suggestions: [
            'Run as root: sudo bench …',
            `Or have an account made for ${user}: sudo bench init --operator ${user}`,
          ],
        },
      );
    case 'mariadb-too-many-connections':
      return new MariaDbError(
        'mariadb-too-many-connections',
        `MariaDB at ${socketPath} has no connection left for '${user}': ${error.message}`,
        { ...details, suggestions: ['Look for the clients that use them up: SHOW PROCESSLIST.'] },
      );
    default:
      return new MariaDbError(
        'mariadb-unreachable',
        `MariaDB does not answer at ${socketPath}: ${error.message}`,
        details,
      );
  }
}

/** `lost` is what ended the connection before this statement, where something did: mysql2 only says "closed state". */
function statementError(error: QueryError, sql: string, lost: Error | undefined): MariaDbError {
  const code = codeOf(error);
  const reason = code === 'mariadb-connection-lost' ? (lost ?? error) : error;
  return new MariaDbError(code, `MariaDB: ${reason.message} (${sql})`, {
    cause: error,
    errno: error.errno,
    suggestions:
      code === 'mariadb-access-denied'
        ? ['The account needs the global privileges RELOAD and PROCESS; or run as root: sudo bench …']
        : [],
  });
}

/** The kind of an error of mysql2: the server's error number where there is one, else the socket's own code. */
function codeOf(error: QueryError): MariaDbErrorCode {
  switch (error.errno) {
    case 1044: // ER_DBACCESS_DENIED_ERROR
    case 1045: // ER_ACCESS_DENIED_ERROR
    case 1227: // ER_SPECIFIC_ACCESS_DENIED_ERROR: a privilege is missing
    case 1698: // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
    case 4151: // ER_ACCOUNT_HAS_BEEN_LOCKED
      return 'mariadb-access-denied';
    case 1040: // ER_CON_COUNT_ERROR
    case 1203: // ER_TOO_MANY_USER_CONNECTIONS
    case 1226: // ER_USER_LIMIT_REACHED
      return 'mariadb-too-many-connections';
    case 1053: // ER_SERVER_SHUTDOWN
    case 1927: // ER_CONNECTION_KILLED
      return 'mariadb-connection-lost';
    default:
      // A number above zero came from the server; the operating system's are negative.
      if (error.errno !== undefined && error.errno > 0) return 'mariadb-statement-failed';
      return 'mariadb-connection-lost';
  }
}
