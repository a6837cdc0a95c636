import { describe, expect, test } from 'vitest';
import { MariaDbError } from '../../../src/mariadb/errors.js';
import type { Scratch } from '../../../src/scratch/scratch.js';
import type { VerifyLevel } from '../../../src/snapshot/verdict.js';
import { answerText, type Examination, examine, findingOf } from '../../../src/verify/examine.js';
import { checkStatement, damageIn } from '../../../src/verify/tables.js';
import { choose, chooseWhich, strongerVerdict } from '../../../src/verify/verify.js';
import type { Snapshot } from '../../../src/zfs/snapshots.js';
import { FakeServer, serverError } from '../mariadb/fake-session.js';

/** Rows of CHECK TABLE as MariaDB 11.8.9 gives them, two columns of each. */
const rows = (...texts: [string, string][]) => texts.map(([Msg_type, Msg_text]) => ({ Msg_type, Msg_text }));

describe('what CHECK TABLE says', () => {
  test.each([
    ['a whole table', rows(['status', 'OK'])],
    ['a sequence', rows(['note', "The storage engine for the table doesn't support check"])],
    [
      'a MyISAM table that was open',
      rows(['warning', "1 client is using or hasn't closed the table properly"], ['status', 'OK']),
    ],
    ['a table of an older version', rows(['error', 'Table upgrade required. Please do "REPAIR TABLE `t`"!'])],
  ])('%s is no damage', (_, found) => {
    expect(damageIn(found)).toEqual([]);
  });

  test.each([
    [
      'overwritten pages',
      rows(
        ['Warning', 'InnoDB: The B-tree of index PRIMARY is corrupted.'],
        ['Warning', 'InnoDB: Index t is marked as corrupted'],
        ['error', 'Corrupt'],
      ),
    ],
    [
      'a missing tablespace',
      rows(
        ['Warning', "Tablespace is missing for table 'app/lost'"],
        ['Error', 'Got error 194 "Tablespace is missing for a table" from storage engine InnoDB'],
        ['error', 'Corrupt'],
      ),
    ],
    ['MyISAM', rows(['error', 'Wrong bytesec: 218-226-77 at linkstart: 61576'], ['error', 'Corrupt'])],
    ['a missing table', rows(['Error', "Table 'app.big2' doesn't exist"], ['status', 'Operation failed'])],
  ])('%s: in its words', (_, found) => {
    expect(damageIn(found)).toEqual(found.map(({ Msg_text }) => Msg_text));
  });
});

describe('what says nothing of the snapshot', () => {
  const tables = [{ database: 'app', name: 'orders', engine: 'InnoDB' }];
  /** A server on a copy that answers so to `CHECK TABLE`, or to whatever else is asked. */
  const copy = (answer: (sql: string) => unknown[], log = ''): Scratch => {
    const { connect } = new FakeServer((sql) => (/ENGINE AS engine/.test(sql) ? tables : answer(sql)));
    return {
      socketPath: '',
      temporary: '',
      connect: () => connect({ socketPath: '', timeoutMs: 1 }),
      isRunning: async () => true,
      log: async () => log,
    };
  };
  const look = (scratch: Scratch, sql: Examination['sql'] = [], level: VerifyLevel = 'normal') =>
    examine(scratch, { level, sql });
  const failing = (error: unknown) => () => {
    throw error;
  };

  test.each([1317, 1969, 1205, 3024])('error %i of a look at a table', async (errno) => {
    for (const level of ['normal', 'quick'] as const)
      await expect(look(copy(failing(serverError(errno))), [], level)).rejects.toMatchObject({
        code: 'check-given-up',
        message: expect.stringMatching(/app\.orders: error/),
      });
    expect(findingOf(serverError(errno))).toBeUndefined();
  });

  test.each([
    'Query execution was interrupted (max_statement_time exceeded)',
    'Query execution was interrupted',
    'Lock wait timeout exceeded; try restarting transaction',
  ])('a row of CHECK TABLE: %s', async (text) => {
    const found = rows(['Error', text], ['status', 'Operation failed']);
    await expect(look(copy(() => found))).rejects.toMatchObject({ code: 'check-given-up' });
  });

  test('a question that was not answered in time', async () => {
    const asked = [{ query: 'SELECT 1', expect: '1' }];
    const answers = (error: unknown) =>
      copy((sql) => (sql === 'SELECT 1' ? failing(error)() : rows(['status', 'OK'])));
    await expect(look(answers(serverError(1969)), asked)).rejects.toMatchObject({ code: 'check-given-up' });
    const late = new MariaDbError('mariadb-timeout', 'late');
    await expect(look(answers(late), asked)).rejects.toBe(late);
    expect(await look(answers(serverError(1146)), asked)).toMatchObject({ verdict: 'differs' });
  });

  test('what a server without room says of its files', async () => {
    const full =
      '[ERROR] InnoDB: Write to file ./ibdata1 failed at offset 0. Operating system error number 122.';
    const noRoom = { code: 'no-space-scratch', exitCode: 1, stderr: full };
    const whole = () => rows(['status', 'OK']);
    await expect(look(copy(whole, full))).rejects.toMatchObject(noRoom);
    // Found in the log of a table that the server says to be damaged, and in that of one at which it has died.
    const later = (answer: (sql: string) => unknown[]) => {
      let asked = 0;
      return { ...copy(answer), log: async () => (asked++ === 0 ? '' : full) };
    };
    await expect(look(later(() => rows(['error', 'Corrupt'])))).rejects.toMatchObject(noRoom);
    const died = new MariaDbError('mariadb-connection-lost', 'gone');
    await expect(look(later(failing(died)))).rejects.toMatchObject(noRoom);
    const words = `MariaDB: Error writing file './x' (Errcode: 28 "No space left on device")`;
    await expect(look(copy(failing(serverError(3, words))))).rejects.toMatchObject({
      code: 'no-space-scratch',
    });
  });

  test('any other error of a look is damage', async () => {
    expect(await look(copy(failing(serverError(1030))))).toMatchObject({
      verdict: 'damaged',
      findings: ['app.orders: error 1030'],
    });
  });
});

test('a table may be called anything', () => {
  const table = { database: 'a`b', name: 'x; DROP TABLE y', engine: 'InnoDB' };
  expect(checkStatement(table, 'normal')).toBe('CHECK TABLE `a``b`.`x; DROP TABLE y`');
  expect(checkStatement(table, 'extended')).toMatch(/ EXTENDED$/);
});

test('an answer is compared as MariaDB prints it', () => {
  expect(
    answerText([
      ['1', null],
      ['a b', ''],
    ]),
  ).toBe('1\tNULL\na b\t');
  expect(answerText([])).toBe('');
});

describe('which snapshots', () => {
  const shop = { name: 'shop', volume: { dataset: 'bench-pool/shop' } };
  const snapshots = [
    { tag: 'foreign', quiesce: undefined },
    { tag: 'new', quiesce: 'backup-stage' },
    { tag: 'old', quiesce: 'stopped' },
  ] as Snapshot[];
  const tags = (which: Parameters<typeof choose>[2]) => choose(shop, snapshots, which).map(({ tag }) => tag);

  test('only those that bench has made, unless one is named', () => {
    expect(tags('all')).toEqual(['new', 'old']);
    expect(tags('newest')).toEqual(['new']);
    expect(tags({ tag: 'foreign' })).toEqual(['foreign']);
  });

  test('one that is not there', () => {
    expect(() => tags({ tag: 'nope' })).toThrow(/has no snapshot nope/);
    expect(() => choose(shop, [], 'newest')).toThrow(/has no snapshot of bench/);
  });

  test('as it was typed', () => {
    expect(chooseWhich(undefined, { all: false, newest: false })).toBe('newest');
    expect(chooseWhich(undefined, { all: true, newest: false })).toBe('all');
    expect(() => chooseWhich('monday', { all: true, newest: false })).toThrow(/leave out/);
  });
});

test('what a closer look has found is not made good by one that goes less deep', () => {
  const verified = 'damaged:2026-11-24T16:01:02.190Z:normal:app.orders: Corrupt';
  expect(strongerVerdict({ verified }, { verdict: 'ok' }, 'quick')).toMatchObject({
    verdict: 'damaged',
    reason: 'app.orders: Corrupt',
  });
  expect(strongerVerdict({ verified }, { verdict: 'ok' }, 'normal')).toBeUndefined();
  expect(strongerVerdict({ verified }, { verdict: 'damaged' }, 'quick')).toBeUndefined();
  expect(strongerVerdict({ verified: undefined }, { verdict: 'ok' }, 'quick')).toBeUndefined();
});
