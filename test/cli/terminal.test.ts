import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { inTerminal } from './in-terminal.js';
import { BENCH } from './run-bench.js';

const ASKING = fileURLToPath(new URL('asking.ts', import.meta.url));
const ESCAPE = '\u001b[';

const node = `'${process.execPath}'`;
const help = `${node} '${BENCH}' volume snapshot --help`;

describe('help', () => {
  test('is as wide as the terminal', async () => {
    for (const columns of [60, 120]) {
      const { output } = await inTerminal(`stty cols ${columns}; ${help}`, [], { NO_COLOR: '1' });
      // Examples are not wrapped, so that they can be copied.
      const lines = output.split(/\r?\n/).filter((line) => !line.startsWith('  $ bench'));
      const longest = Math.max(...lines.map((line) => line.length));
      expect(longest).toBeLessThanOrEqual(columns);
      expect(longest).toBeGreaterThan(columns - 20);
    }
  });

  test('has colours on a terminal, and none with NO_COLOR or elsewhere', async () => {
    const unset = 'env -u NO_COLOR -u FORCE_COLOR -u CI';
    expect((await inTerminal(`${unset} ${help}`)).output).toContain(ESCAPE);
    expect((await inTerminal(`${unset} NO_COLOR=1 ${help}`)).output).not.toContain(ESCAPE);
    expect((await inTerminal(`${unset} ${help} | cat`)).output).not.toContain(ESCAPE);
  });
});

describe('a question', () => {
  const asking = `${node} --import tsx '${ASKING}'`;
  const after = 'Type shop to go on: ';

  test.each<[string, string, number, string]>([
    ['the word', 'shop\r', 0, 'confirmed'],
    ['another word', 'shpo\r', 3, 'Error: shop was not typed. Nothing was changed.'],
    ['Ctrl-C', '\u0003', 130, 'Error: Interrupted at the prompt. Nothing was changed.'],
    [
      'Ctrl-C in the middle of the word',
      'sh\u0003',
      130,
      'Error: Interrupted at the prompt. Nothing was changed.',
    ],
    ['Ctrl-D', '\u0004', 130, 'Error: Interrupted at the prompt. Nothing was changed.'],
  ])('is answered by %s', async (_, keys, code, said) => {
    const run = await inTerminal(asking, [{ after, keys }]);
    expect(run).toMatchObject({ code, output: expect.stringContaining(said) });
    expect(run.output).toMatch(/^(Error: .*|confirmed)\r$/m);
  });

  test.each([
    ['standard input is no terminal', `${asking} < /dev/null`],
    ['standard error is no terminal', `${asking} 2>&1 | cat; exit \${PIPESTATUS[0]}`],
    ['JSON is wanted', `${asking} --json`],
  ])('is not asked where %s: exit 3', async (_, command) => {
    const run = await inTerminal(`exec bash -c '${command.replaceAll("'", "'\\''")}'`);
    expect(run.code).toBe(3);
    expect(run.output).toContain('there is no terminal to ask on. Nothing was changed.');
    expect(run.output).not.toContain(after);
  });
});
