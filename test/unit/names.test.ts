import { describe, expect, it } from 'vitest';
import { durationMs } from '../../src/config/duration.js';
import { lifetimeMs, lifetimeProblem } from '../../src/config/lifetime.js';
import * as names from '../../src/names.js';

type Case = [validator: keyof typeof VALIDATORS, good: string[], bad: string[]];
const VALIDATORS = {
  benchName: names.benchName,
  poolName: names.poolName,
  datasetComponent: names.datasetComponent,
  tag: names.tag,
  instanceName: names.instanceName,
  absolutePath: names.absolutePath,
  systemdUnit: names.systemdUnit,
  scriptPath: names.scriptPath,
  remoteHost: names.remoteHost,
  datasetPath: names.datasetPath,
};

/** Nobody accepts these: they would be an option, another argument, another line or another directory. */
const NEVER = [
  '',
  '-',
  '-f',
  '..',
  'a b',
  'a\n',
  '\na',
  'a\0',
  'a\r',
  'a;b',
  'a$b',
  'ä',
  'a\u202e',
  '../a',
  'a/../b',
];

const CASES: Case[] = [
  [
    'remoteHost',
    ['b', 'backup1', 'root@10.0.0.2', 'backup-1.example.org', 'sync@B'],
    ['-b', 'a@', '@b', 'a@b@c', 'b:22', 'b.', '-l@b', 'Root@b', 'b/c', 'x'.repeat(300)],
  ],
  [
    'datasetPath',
    ['bench-pool/_copies', 'tank/a/b', 'tank/_copies/site-1'],
    [
      'tank',
      '/tank/a',
      'tank/',
      'tank//a',
      'mirror/a',
      'tank/a@b',
      'tank/a#b',
      'tank/__a',
      'tank/-a',
      `tank/${'x'.repeat(90)}`,
    ],
  ],
  [
    'benchName',
    ['shop', 'a', 'A-b_9', 'x'.repeat(40)],
    ['x'.repeat(41), '1a', '_a', 'a.b', 'a/b', 'a@b', 'a:b'],
  ],
  [
    'poolName',
    ['bench-pool', 'tank', 'a.b:c_d-e', 'c', 'ca0', 'logs', 'rpool', 'Mirror'],
    [
      '1tank',
      'mirror',
      'mirror-1',
      'raidz',
      'raidz2',
      'draid1',
      'spare',
      'spares',
      'log',
      'c0',
      'c9t0',
      'a/b',
      'a@b',
    ],
  ],
  [
    'datasetComponent',
    ['shop', 'mirror', 'log', 'a.b:c'],
    ['1a', 'a/b', 'a@b', 'a#b', 'a%b', 'x'.repeat(81)],
  ],
  [
    'tag',
    ['20250528-140000', 'before-update', 'v1.2:3_4'],
    ['.a', '_a', 'a@b', 'a/b', 'a%b', 'x'.repeat(81)],
  ],
  [
    'instanceName',
    ['shop', 'my-shop', '1a.b_c', 'bootstrap2', `a${'-'.repeat(39)}`],
    ['.a', '_a', 'a/b', 'a@b', 'a\\x2d', 'x'.repeat(65), 'bootstrap', `a${'-'.repeat(60)}`],
  ],
  [
    'absolutePath',
    ['/dev/sdb', '/var/lib/my data', '/a..b/c...', '/ä'],
    [
      'relative',
      './a',
      '/',
      '//',
      '/a/..',
      '/a/../b',
      '/a\nb',
      '/a\u001b[0m',
      '/a\u007f',
      '/a\u009b2J',
      '/a\u2028b',
      '/\u202etxt.b',
      `/${'x'.repeat(4096)}`,
    ],
  ],
  [
    'systemdUnit',
    ['web.service', 'worker@1.service', 'my\\x2dshop@a.timer', 'a.socket'],
    [
      'web',
      '.service',
      'web.conf',
      'worker@.service',
      'a/b.service',
      'a.service ',
      `${'x'.repeat(250)}.service`,
    ],
  ],
  [
    'scriptPath',
    ['mute.sql', 'config/mute.sh', '/usr/local/sbin/mute', '.hidden/x-1.sql'],
    ['/', 'a/', 'a//b', './a', 'a/.', '-x/a', '/-x', 'a b.sql', "a'b", 'x'.repeat(4096)],
  ],
];

describe.each(CASES)('%s', (name, good, bad) => {
  const validate = VALIDATORS[name];
  it.each(good)('accepts %j', (value) => {
    expect(validate(value)).toBeUndefined();
  });
  it.each([...bad, ...NEVER])('refuses %j and says what is allowed', (value) => {
    expect(validate(value)).toMatch(/^(must|is reserved)/);
  });
});

describe('durationMs', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['2m', 120_000],
    ['60m', 3_600_000],
  ])('%s is %d ms', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });
  it.each([
    '',
    '0s',
    '-1s',
    '10',
    '1.5s',
    '10 s',
    '10s\n',
    '1h',
    '61m',
    '010s',
    's',
    '99999999999999999999s',
  ])('refuses %j', (text) => {
    expect(durationMs(text)).toBeUndefined();
  });
});

describe('lifetimeMs', () => {
  it.each([
    ['1m', 60_000],
    ['30m', 1_800_000],
    ['8h', 28_800_000],
    ['2d', 172_800_000],
    ['52w', 31_449_600_000],
    ['365d', 31_536_000_000],
  ])('%s is %d ms', (text, ms) => {
    expect(lifetimeMs(text)).toBe(ms);
    expect(lifetimeProblem(text)).toBeUndefined();
  });
  it.each(['', '0h', '-1h', '8', '1.5h', '8 h', '8h\n', '10s', '366d', '08h', 'h', '99999999999999999999h'])(
    'refuses %j',
    (text) => {
      expect(lifetimeMs(text)).toBeUndefined();
      expect(lifetimeProblem(text)).toMatch(/^must be/);
    },
  );
});
