import { describe, expect, test } from 'vitest';
import { asksForHelp, isQuick, missingCommand, rearrange, splitCommand } from '../../src/command-line.js';

const COMMANDS = ['init', 'list', 'config:get', 'volume:snapshot', 'volume:status'];

test.each<[string, string, string]>([
  ['help becomes a flag', 'help volume status', 'volume status --help'],
  ['--json may stand before the command', '--json volume status', 'volume status --json'],
  ['anything else stays', 'volume status --json', 'volume status --json'],
  ['fleet join is fleet setup', '--json fleet join --dry-run', 'fleet setup --dry-run --json'],
  ['so is its help', 'help fleet join', 'fleet setup --help'],
  ['--json alone stays', '--json', '--json'],
])('%s', (_, typed, arranged) => {
  expect(rearrange(typed.split(' '))).toEqual(arranged.split(' '));
});

test.each<[boolean, string]>([
  [true, '--version'],
  [true, 'volume status -b shop'],
  [true, '--json volume status'],
  [true, 'volume status -- --help'],
  [false, 'volume status --help'],
  [false, 'help volume status'],
  [false, 'volume snapshot'],
  [false, 'volume statu'],
  [false, ''],
])('it is %s that the quick script has what it takes for: %s', (quick, typed) => {
  expect(isQuick(typed.split(' '), COMMANDS, ['volume:status'])).toBe(quick);
});

describe('a command is missing in', () => {
  test.each<[string, string]>([
    ['nonsense', 'There is no command bench nonsense.'],
    ['volume nonsense', 'There is no command bench volume nonsense.'],
    ['volume nonsense x y', 'There is no command bench volume nonsense.'],
    ['volume -b shop', 'bench volume -b: the command comes first, flags after it.'],
    ['-b shop', 'bench -b: the command comes first, flags after it.'],
  ])('%s', (typed, message) => {
    expect(missingCommand(typed.split(' '), COMMANDS)).toMatchObject({ code: 'wrong-usage', message });
  });

  test.each<[string, string]>([
    ['volume snapsho', 'Did you mean: bench volume snapshot'],
    ['initt', 'Did you mean: bench init'],
    ['snapshot -b shop', 'Did you mean: bench volume snapshot'],
  ])('%s, with the nearest one named', (typed, suggestion) => {
    const { suggestions } = missingCommand(typed.split(' '), COMMANDS) ?? {};
    expect(suggestions).toContain(suggestion);
  });
});

test.each([
  '',
  'volume',
  'volume --help',
  '--version',
  'nonsense -h',
  'init -b shop',
  'config get volume.pool -b x',
])('nothing is missing in "%s"', (typed) => {
  expect(missingCommand(typed.split(' ').filter(Boolean), COMMANDS)).toBeUndefined();
});

test.each<[string, string, string[]]>([
  ['volume status -b shop', 'volume:status', ['-b', 'shop']],
  ['volume:status --json', 'volume:status', ['--json']],
  ['config get volume status', 'config:get', ['volume', 'status']],
  ['list list', 'list', ['list']],
])('the command of "%s"', (typed, id, rest) => {
  expect(splitCommand(typed.split(' '), COMMANDS)).toEqual({ id, rest });
});

test.each(['', 'volume', '--version', '-b shop list'])('there is no command in "%s"', (typed) => {
  expect(splitCommand(typed.split(' ').filter(Boolean), COMMANDS)).toBeUndefined();
});

test('help is asked for before -- only', () => {
  expect(['list -h', 'list --help', '-h'].map((typed) => asksForHelp(typed.split(' ')))).toEqual([
    true,
    true,
    true,
  ]);
  expect(asksForHelp(['new', '--', '--help'])).toBe(false);
});
