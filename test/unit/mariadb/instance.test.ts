import { describe, expect, it } from 'vitest';
import {
  escapeInstance,
  guardDropIn,
  initialiseCommand,
  instanceConfig,
  instanceConfigPath,
  instanceDropIn,
  unitName,
  upgradeService,
  upgradeUnit,
} from '../../../src/mariadb/instance.js';

describe('escapeInstance', () => {
  // Output of `systemd-escape -- …` (systemd 257).
  it.each([
    ['shop', 'shop'],
    ['my-shop', 'my\\x2dshop'],
    ['.a', '\\x2ea'],
    ['a.b', 'a.b'],
    ['a_b', 'a_b'],
    ['my-.shop', 'my\\x2d.shop'],
    ['a b', 'a\\x20b'],
    ['ä', '\\xc3\\xa4'],
    ['a:b', 'a:b'],
  ])('escapes %j as systemd does', (instance, escaped) => {
    expect(escapeInstance(instance)).toBe(escaped);
  });

  it('makes the unit name', () => expect(unitName('my-shop')).toBe('mariadb@my\\x2dshop.service'));
});

describe('instanceConfigPath', () => {
  it("sorts behind Debian's files and is not the name Debian's unit refuses", () => {
    const name = instanceConfigPath('shop').split('/').at(-1) ?? '';
    expect(['50-server.cnf', '60-galera.cnf', name].sort().at(-1)).toBe(name);
    expect(name).not.toBe('myshop.cnf');
    expect(name.endsWith('.cnf')).toBe(true);
  });
});

describe('instanceConfig', () => {
  const text = instanceConfig({
    instance: 'my-shop',
    dataDir: '/var/lib/mysql-my-shop',
    socketPath: '/run/mysqld/mysqld-my-shop.sock',
    port: 3307,
  });

  it('has every setting in the one section', () => {
    const settings = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(settings).toEqual([
      '[mariadbd.my-shop]',
      'datadir = /var/lib/mysql-my-shop',
      'socket = /run/mysqld/mysqld-my-shop.sock',
      'port = 3307',
      'pid-file = /run/mysqld/mysqld-my-shop.pid',
      'bind-address = 127.0.0.1',
      'skip-log-error',
      'plugin-load-add = metadata_lock_info',
      'innodb_doublewrite = 1',
      'innodb_flush_neighbors = 0',
      'innodb_use_native_aio = 0',
    ]);
  });
});

describe('a path in instanceConfig', () => {
  // my_default.c: a number sign begins a comment unless quoted, and backslash and quotes are escaped.
  it.each([
    ['/d/a#b c', '"/d/a#b c"'],
    ['/d/a\\nb', '"/d/a\\\\nb"'],
    [`/d/"it's"`, `"/d/\\"it\\'s\\""`],
  ])('is quoted where it has to be: %s', (dataDir, written) => {
    const text = instanceConfig({ instance: 'shop', dataDir, socketPath: '/run/s.sock', port: 1 });
    expect(text).toContain(`\ndatadir = ${written}\nsocket = /run/s.sock\n`);
  });
});

describe('guardDropIn', () => {
  it('names the mounts and the sentinels, with specifiers escaped', () => {
    const text = guardDropIn({
      mounts: ['/pool/100% shop', '/var/lib/mysql-shop'],
      sentinelPaths: ['/pool/100% shop/.bench-volume', '/var/lib/mysql-shop/.bench-volume'],
    });
    expect(text.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
      '[Unit]',
      'RequiresMountsFor="/pool/100%% shop" /var/lib/mysql-shop',
      'AssertPathExists=/pool/100%% shop/.bench-volume',
      'AssertPathExists=/var/lib/mysql-shop/.bench-volume',
      '',
    ]);
  });
});

describe('instanceDropIn', () => {
  it("is the guard, and puts an upgrade of the instance's own tables in the place of Debian's step", () => {
    const guard = { mounts: ['/p'], sentinelPaths: ['/p/.bench-volume'] };
    const [unit, service] = instanceDropIn(guard).slice(guardDropIn(guard).length).split('\n\n[Service]\n');
    expect(instanceDropIn(guard).startsWith(guardDropIn(guard))).toBe(true);
    expect(unit).toBe('Wants=bench-mariadb-upgrade@%i.service');
    expect(service?.split('\n').filter((line) => !line.startsWith('#'))).toEqual(['ExecStartPost=', '']);
    expect(upgradeUnit('my-shop')).toBe('bench-mariadb-upgrade@my\\x2dshop.service');
  });

  it('upgrades over a socket whose path holds whatever systemd would expand', () => {
    const text = upgradeService({ instance: 'shop', dataDir: '/d/100% $a', socketPath: '/run/$a b%c.sock' });
    expect(text).toContain('--protocol=socket "--socket=/run/$$a b%%c.sock" --user=root');
    expect(text).toContain('\nReadWritePaths="/d/100%% $a"\n');
  });
});

describe('initialiseCommand', () => {
  it('runs as mysql, with the option file group first', () => {
    const { argv, privileged } = initialiseCommand({ dataDir: '/p/shop/.staging', instance: 'shop' });
    expect(privileged).toBe(true);
    expect(argv.slice(0, 4)).toEqual(['runuser', '-u', 'mysql', '--']);
    expect(argv[5]).toBe('--defaults-group-suffix=.shop');
    expect(argv).toContain('--datadir=/p/shop/.staging');
  });
});
