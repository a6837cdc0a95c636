import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FailureJson } from '../../src/output/failure.js';
import { readJson } from '../contract.js';
import { runBench } from './run-bench.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bench-json-'));
});
afterAll(() => rm(root, { recursive: true }));

/** `--json` is given by each test: its place among the arguments matters here. */
async function bench(args: string[], expected: number, env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await runBench(args, { cwd: root, env });
  expect({ code, stderr }).toEqual({ code: expected, stderr: '' });
  return readJson<FailureJson>(args, code, stdout);
}

describe('with --json, standard output is one object for', () => {
  test.each<[string, string[], string]>([
    ['an unknown command', ['nonsense', '--json'], 'There is no command bench nonsense.'],
    [
      'an unknown command of a topic',
      ['volume', 'snapsho', '--json'],
      'There is no command bench volume snapsho.',
    ],
    ['an unknown command after the flag', ['--json', 'nonsense'], 'There is no command bench nonsense.'],
    ['a topic without a command', ['volume', '--json'], 'the command comes first'],
    ['no command at all', ['--json'], 'the command comes first'],
    ['a wrong flag', ['volume', 'status', '--json', '--nope'], 'Nonexistent flag: --nope'],
    ['a flag without its value', ['init', '--json', '-b'], 'Flag --bench expects a value'],
    ['a value of the wrong kind', ['new', 'shop', '--port', 'x', '--json'], 'Expected an integer'],
    ['a missing argument', ['volume', 'restore-snapshot', '--json'], 'Missing 1 required arg'],
    ['an argument too many', ['list', 'x', '--json'], 'Unexpected argument: x'],
  ])('%s', async (_, args, message) => {
    const { error } = await bench(args, 2);
    expect(error).toMatchObject({ code: 'wrong-usage', message: expect.stringContaining(message) });
    expect(error.message).not.toContain('\t');
  });

  test('the result', async () => {
    await bench(['--json', 'list'], 0);
    await bench(['new', 'shop', '--json'], 0);
    await bench(['config', 'get', 'volume', '-b', 'shop', '--json'], 0);
    await bench(['config', 'set', 'volume.dataset.quota', '20G', '-b', 'shop', '--json'], 0);
    await bench(['config', 'check', '-b', 'shop', '--json'], 0);
  });

  // bench asks for its user id at its start, and again as soon as a command is made: there the bug is planted.
  test.each<[string, string]>([
    ['while a command runs', 'throw new TypeError("a bug")'],
    ['that no command can catch', 'process.nextTick(() => { throw new TypeError("a bug") }); return 0'],
  ])('a bug in bench %s', async (_, bug) => {
    const preload = join(root, 'bug.mjs');
    await writeFile(
      preload,
      `let calls = 0; process.geteuid = () => { if (calls++ === 0) return 0; ${bug} };`,
    );
    const { error } = await bench(['list', '--json'], 1, { NODE_OPTIONS: `--import ${preload}` });
    expect(error).toMatchObject({ code: 'internal-error', message: expect.stringContaining('a bug') });
  });

  test('a bench that waits for what will never come', async () => {
    const preload = join(root, 'never.mjs');
    await writeFile(
      preload,
      `import fs from 'node:fs/promises'; import { syncBuiltinESMExports } from 'node:module';
      fs.readdir = () => new Promise(() => {}); syncBuiltinESMExports();`,
    );
    const { error } = await bench(['list', '--json'], 1, { NODE_OPTIONS: `--import ${preload}` });
    expect(error).toMatchObject({
      code: 'internal-error',
      message: expect.stringContaining('in the middle'),
    });
  });
});
