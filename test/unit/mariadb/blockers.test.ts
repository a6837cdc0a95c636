import { describe, expect, it } from 'vitest';
import { findBlockers, isPlainRead, oneLine } from '../../../src/mariadb/blockers.js';
import { FakeServer } from './fake-session.js';

describe('isPlainRead', () => {
  it.each([
    'SELECT 1',
    '  (select * from a) union (select 2)',
    '/* app */ SELECT 1',
    '-- note\nSELECT 1',
    'SHOW PROCESSLIST',
    'WITH x AS (SELECT 1) SELECT * FROM x',
    'EXPLAIN UPDATE a SET b = 1',
  ])('takes %j for a read', (sql) => expect(isPlainRead(sql)).toBe(true));

  it.each([
    null,
    '',
    'SELECT * FROM a FOR UPDATE',
    'select * from a for  update',
    'SELECT * FROM a LOCK IN SHARE MODE',
    'INSERT INTO a SELECT 1',
    'WITH x AS (SELECT 1) DELETE FROM a',
    '/*!50000 INSERT INTO a */ SELECT 1',
    'ALTER TABLE a ADD b INT',
    'CALL rebuild()',
    'SELECTED',
  ])('takes %j for something to wait for', (sql) => expect(isPlainRead(sql)).toBe(false));
});

describe('oneLine', () => {
  it('takes out line breaks and control characters, and cuts between characters', () => {
    expect(oneLine('  UPDATE a\n\tSET b = 1\u001b[31m  ')).toBe('UPDATE a SET b = 1 [31m');
    expect(oneLine('x'.repeat(100))).toBe('x'.repeat(100));
    const cut = oneLine('😀'.repeat(101));
    expect([...cut]).toHaveLength(100);
    expect(cut.endsWith('😀…')).toBe(true);
  });
});

describe('findBlockers', () => {
  const MODES = [
    'BACKUP_DDL',
    'BACKUP_DML',
    'BACKUP_TRANS_DML',
    'BACKUP_SYS_DML',
    'BACKUP_ALTER_COPY',
    'BACKUP_COMMIT',
    'BACKUP_START',
    'BACKUP_WAIT_COMMIT',
    'BACKUP_FTWRL2',
  ];
  /** One connection per mode; its number is the mode's place in the list. */
  const server = () =>
    new FakeServer((sql) =>
      sql.includes('METADATA_LOCK_INFO')
        ? MODES.map((mode, id) => ({ id, type: 'Backup lock', mode: `MDL_${mode}`, name: '' }))
        : MODES.map((_, id) => ({ id, user: 'u', command: 'Query', seconds: 1, info: 'SELECT f()' })),
    );
  const modes = async (method: 'backup-stage' | 'read-lock') =>
    (await findBlockers(await server().connect({ socketPath: '/x', timeoutMs: 1 }), method)).map(
      (blocker) => MODES[blocker.id],
    );

  it('knows which locks hold up the stages', async () => {
    expect(await modes('backup-stage')).toEqual([
      'BACKUP_DDL',
      'BACKUP_DML',
      'BACKUP_SYS_DML',
      'BACKUP_COMMIT',
      'BACKUP_START',
      'BACKUP_WAIT_COMMIT',
    ]);
  });

  it('knows which locks hold up the read lock', async () => {
    expect(await modes('read-lock')).toEqual([
      'BACKUP_DDL',
      'BACKUP_DML',
      'BACKUP_TRANS_DML',
      'BACKUP_SYS_DML',
      'BACKUP_ALTER_COPY',
      'BACKUP_COMMIT',
    ]);
  });
});
