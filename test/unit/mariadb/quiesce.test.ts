import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BusyError } from '../../../src/errors.js';
import { MariaDbError } from '../../../src/mariadb/errors.js';
import { type LockMode, methodFor, type QuiesceOptions, quiesced } from '../../../src/mariadb/quiesce.js';
import { parseVersion } from '../../../src/mariadb/session.js';
import { type Answer, FakeServer, serverError } from './fake-session.js';

const options = (lock: LockMode = 'auto', timeoutMs = 10_000): QuiesceOptions => ({
  socketPath: '/run/mysqld/mysqld-shop.sock',
  lock,
  timeoutMs,
});

const process = (id: number, seconds: number, info: string | null) => ({
  id,
  user: 'shop',
  command: info === null ? 'Sleep' : 'Query',
  seconds: String(seconds),
  info,
});

/** A server without METADATA_LOCK_INFO whose process list is this. */
const withProcesses =
  (rows: unknown[], failing: Record<string, Error> = {}): Answer =>
  (sql) => {
    const failure = failing[sql];
    if (failure !== undefined) throw failure;
    if (sql.includes('METADATA_LOCK_INFO')) throw serverError(1109);
    return sql.includes('PROCESSLIST') ? rows : [];
  };

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error,
  );

describe('the order of statements', () => {
  it('is backup stages around the work on a server that has them', async () => {
    const server = new FakeServer();
    const result = await quiesced(
      options(),
      async (method) => {
        server.transcripts[0]?.push(`during ${method}`);
        await sleep(20);
        return 7;
      },
      server.connect,
    );
    expect(server.asked).toEqual([
      'BACKUP STAGE START',
      'BACKUP STAGE BLOCK_COMMIT',
      'during backup-stage',
      'BACKUP STAGE END',
      'close',
    ]);
    expect(result).toMatchObject({ value: 7, quiesce: 'backup-stage' });
    expect(result.lockHeldMs).toBeGreaterThanOrEqual(19);
    expect(result.lockWaitMs).toBeGreaterThanOrEqual(0);
    expect(server.transcripts).toHaveLength(1);
  });

  it('is the read lock where the stages are missing or not wanted', async () => {
    for (const [lock, version] of [
      ['auto', '10.3.39-MariaDB'],
      ['read-lock', '11.8.6-MariaDB'],
    ] as const) {
      const server = new FakeServer();
      server.version = version;
      const result = await quiesced(options(lock), async () => 'v', server.connect);
      expect(result.quiesce).toBe('read-lock');
      expect(server.asked).toEqual([
        'METADATA_LOCK_INFO',
        'FLUSH TABLES WITH READ LOCK',
        'UNLOCK TABLES',
        'close',
      ]);
    }
  });

  it('sets the limits of waiting and of holding before each lock statement, and lifts the first after them', async () => {
    const server = new FakeServer();
    await quiesced({ ...options('auto', 2500), holdLimitMs: 30_000 }, async () => 0, server.connect);
    const limits = (server.transcripts[0] ?? []).filter((line) => line.startsWith('SET SESSION'));
    expect(limits[0]).toMatch(
      /^SET SESSION lock_wait_timeout = 3, max_statement_time = 2\.4\d\d|2\.500, wait_timeout = 30$/,
    );
    expect(limits).toHaveLength(3);
    expect(limits[2]).toBe('SET SESSION max_statement_time = 0');
  });
});

describe('methodFor', () => {
  it('refuses stages on a server without them', () => {
    expect(() => methodFor('backup-stage', parseVersion('10.3.39-MariaDB'))).toThrow(/10\.4 or newer/);
    expect(methodFor('auto', parseVersion('10.4.0-MariaDB'))).toBe('backup-stage');
    expect(methodFor('auto', parseVersion('5.5.5-10.11.4-MariaDB'))).toBe('backup-stage');
    expect(methodFor('auto', parseVersion('nonsense'))).toBe('read-lock');
  });
});

describe('a lock that is not had in time', () => {
  it.each([1205, 1969])('is given up, and who stood in the way is named (error %i)', async (errno) => {
    const server = new FakeServer(
      withProcesses(
        [process(12, 61.24, 'ALTER TABLE `tabItem`\n  ADD COLUMN x INT'), process(13, 9, 'SELECT 1')],
        {
          'BACKUP STAGE BLOCK_COMMIT': serverError(errno),
        },
      ),
    );
    const error = await caught(quiesced(options(), async () => expect.unreachable(), server.connect));
    expect(error).toBeInstanceOf(BusyError);
    expect(error).toMatchObject({ code: 'lock-timeout', exitCode: 4 });
    expect((error as Error).message).toContain(
      'connection 12 (shop), 61.2 s: ALTER TABLE `tabItem` ADD COLUMN x INT',
    );
    expect((error as Error).message).not.toContain('SELECT 1');
    expect(server.asked).toEqual([
      'BACKUP STAGE START',
      'BACKUP STAGE BLOCK_COMMIT',
      'BACKUP STAGE END',
      'METADATA_LOCK_INFO',
      'PROCESSLIST',
      'close',
    ]);
  });

  it('is still told when the blockers cannot be asked for', async () => {
    const server = new FakeServer((sql) => {
      if (sql === 'BACKUP STAGE START') throw serverError(1205);
      if (sql === 'BACKUP STAGE END') throw serverError(4146);
      if (/PROCESSLIST|METADATA/.test(sql)) throw serverError(1227);
      return [];
    });
    const error = await caught(quiesced(options(), async () => 0, server.connect));
    expect(error).toMatchObject({ code: 'lock-timeout' });
    expect(server.asked).not.toContain('destroy');
  });

  it('names idle holders of table locks where the server can tell', async () => {
    const server = new FakeServer((sql) => {
      if (sql === 'BACKUP STAGE START') throw serverError(1205);
      if (sql.includes('METADATA_LOCK_INFO')) {
        return [
          { id: 5, type: 'Backup lock', mode: 'MDL_BACKUP_DDL', name: '' },
          { id: 5, type: 'Table metadata lock', mode: 'MDL_SHARED_NO_READ_WRITE', name: 'shop.tabItem' },
          { id: 6, type: 'Backup lock', mode: 'MDL_BACKUP_TRANS_DML', name: '' },
        ];
      }
      return sql.includes('PROCESSLIST')
        ? [process(5, 600, null), process(6, 700, 'UPDATE x SET y = 1')]
        : [];
    });
    const error = await caught(quiesced(options(), async () => 0, server.connect));
    expect((error as Error).message).toContain(
      'connection 5 (shop), 600 s: (idle, holds locks on shop.tabItem)',
    );
    expect((error as Error).message).not.toContain('UPDATE x');
  });

  it('is a hung server when our own deadline was missed and nobody answers', async () => {
    const server = new FakeServer((sql) => {
      if (sql === 'BACKUP STAGE START') throw new MariaDbError('mariadb-timeout', 'no answer');
      return [];
    });
    const connect = (o: Parameters<typeof server.connect>[0]) => {
      if (server.transcripts.length > 0) throw new MariaDbError('mariadb-timeout', 'no answer');
      return server.connect(o);
    };
    const error = await caught(quiesced(options(), async () => 0, connect));
    expect(error).toMatchObject({ code: 'mariadb-timeout', exitCode: 1 });
  });
});

describe('a read lock', () => {
  const write = process(12, 61, "INSERT INTO log SELECT * FROM other WHERE note = 'SELECT'");

  it('is not tried beside a write that has been running for longer than the timeout', async () => {
    const server = new FakeServer(withProcesses([write, process(9, 900, 'SELECT SLEEP(1000)')]));
    const error = await caught(quiesced(options('read-lock'), async () => 0, server.connect));
    expect(error).toMatchObject({ code: 'lock-timeout', exitCode: 4 });
    expect((error as Error).message).toContain('connection 12');
    expect((error as Error).message).not.toContain('connection 9');
    expect(server.asked).toEqual(['METADATA_LOCK_INFO', 'PROCESSLIST', 'close']);
  });

  it('is tried beside a younger one', async () => {
    const server = new FakeServer(withProcesses([process(12, 3, 'UPDATE a SET b = 1')]));
    await expect(quiesced(options('read-lock'), async () => 1, server.connect)).resolves.toMatchObject({
      value: 1,
    });
  });
});

describe('when something fails under the lock', () => {
  it('releases and passes on the failure of the work', async () => {
    const server = new FakeServer();
    const failure = new Error('zfs failed');
    const error = await caught(quiesced(options(), () => Promise.reject(failure), server.connect));
    expect(error).toBe(failure);
    expect(server.asked.slice(-2)).toEqual(['BACKUP STAGE END', 'close']);
  });

  it('cuts the connection when that release fails, and still passes on the failure of the work', async () => {
    const server = new FakeServer(withProcesses([], { 'BACKUP STAGE END': serverError(2013) }));
    const failure = new Error('zfs failed');
    const error = await caught(quiesced(options(), () => Promise.reject(failure), server.connect));
    expect(error).toBe(failure);
    expect(server.asked.slice(-2)).toEqual(['destroy', 'close']);
  });

  it('says that nothing is known to be consistent when the lock was lost meanwhile', async () => {
    const lost = new MariaDbError('mariadb-connection-lost', 'Connection was killed');
    const server = new FakeServer(withProcesses([], { 'BACKUP STAGE END': lost }));
    const error = await caught(quiesced(options(), async () => 'made', server.connect));
    expect(error).toMatchObject({ code: 'mariadb-not-quiesced', exitCode: 1 });
    expect((error as Error).message).toContain('Connection was killed');
    expect(server.asked).toContain('destroy');
  });

  it('passes on a missing privilege as it is', async () => {
    const denied = new MariaDbError('mariadb-access-denied', 'RELOAD', { errno: 1227 });
    const server = new FakeServer(withProcesses([], { 'BACKUP STAGE START': denied }));
    expect(await caught(quiesced(options(), async () => 0, server.connect))).toBe(denied);
  });
});
