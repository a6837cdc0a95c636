import { expect, test } from 'vitest';
import { accountStatements, ensureAccounts } from '../../../src/mariadb/account.js';
import { MariaDbError } from '../../../src/mariadb/errors.js';
import { FakeServer } from './fake-session.js';

const options = { socketPath: '/run/x.sock', timeoutMs: 1000 };
const row = (user: string, plugin = 'unix_socket', asWhom = '', granted = 'YY') => ({
  user,
  plugin,
  asWhom,
  granted,
});

test('only accounts that are missing or lack a privilege are made; foreign ones are left alone', async () => {
  const server = new FakeServer((sql) =>
    sql.startsWith('SELECT')
      ? [
          row('ready'),
          row('lacks', 'unix_socket', '', 'YN'),
          row('secret', 'mysql_native_password', '*ABC'),
          row('other', 'unix_socket', 'somebody'),
          row('NEW'),
        ]
      : [],
  );
  const operators = ['ready', 'lacks', 'secret', 'other', 'new'];
  expect(await ensureAccounts(options, operators, server.connect)).toBe(true);
  expect(server.asked.slice(1)).toEqual([
    ...accountStatements('lacks'),
    "CREATE USER IF NOT EXISTS 'new'@'localhost' IDENTIFIED VIA unix_socket",
    "GRANT RELOAD, PROCESS ON *.* TO 'new'@'localhost'",
    'close',
  ]);
});

test('a server that wants a password of root is an answer, one that is not there is an error', async () => {
  const failing = (code: 'mariadb-access-denied' | 'mariadb-unreachable') => () =>
    Promise.reject(new MariaDbError(code, 'no'));
  expect(await ensureAccounts(options, ['alice'], failing('mariadb-access-denied'))).toBe(false);
  await expect(ensureAccounts(options, ['alice'], failing('mariadb-unreachable'))).rejects.toThrow('no');
});

test.each(["x' OR '1", 'a b', 'ALL', '', 'a`b', 'a\\'])('the name %j reaches no statement', (name) => {
  expect(() => accountStatements(name)).toThrow();
});
