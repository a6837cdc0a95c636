import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inkStubs } from '../../scripts/bundle/ink-stubs.js';
import { newConfigText } from '../../src/config/template.js';
import { type Act, inTerminal } from './in-terminal.js';
import { BENCH, runBench } from './run-bench.js';
import { Screen } from './screen.js';
import { type StubHost, stubHost } from './stub-host.js';

const wizard = `'${process.execPath}' '${BENCH}' new --interactive`;
/** What a shell finds afterwards. */
const MODE = 'stty -a | grep -o -e "-\\?icanon" -e "-\\?echo\\b" | tr "\\n" " "';
const sized = `stty cols 80 rows 24; ${wizard}; code=$?; ${MODE}; exit $code`;

// biome-ignore lint/suspicious/noControlCharactersInRegex: what colours are
const COLOUR = /\u001b\[[\d;]*m/;

/** A pool that is there makes every answer foreseeable. */
const WITH_POOL = {
  zpool:
    'cd "$FIXTURES/zpool"; case "$*" in *-v*name,guid*|*name,guid*-v*) cat list-bench.txt; grep "^[[:space:]]" list-v-bench.txt;; ' +
    '*-v*) cat list-v-bench.txt;; *) cat list-bench.txt;; esac',
  // The properties that are asked for besides are those of no dataset here.
  zfs: [
    'wanted=$(echo "$*" | sed -n "s/.*-o \\([^ ]*\\).*/\\1/p" | tr , "\\n" | wc -l)',
    `awk -F '\t' -v OFS='\t' -v n="$wanted" '{ for (i = NF + 1; i <= n; i++) $i = "-"; print }' "$FIXTURES/zfs/list-filesystems-roomy.tsv"`,
  ].join('\n'),
};

describe('the wizard', () => {
  let host: StubHost;
  beforeEach(() => {
    host = stubHost(WITH_POOL);
  });
  afterEach(() => host.remove());

  const asked = (acts: readonly Act[]) => inTerminal(sized, acts, host.env);

  test('writes what was answered, every other line as bench new does', async () => {
    const { code, output } = await asked([
      { after: 'Name  ', keys: '9 lives\r' },
      { after: 'It must start with a letter', keys: '\u0015shop\r' },
      { after: 'Port  ', keys: '\u00154001\r' },
      { after: 'a dataset in the pool that is there', keys: '\r' },
      { after: 'Quota  ', keys: '\u00159999G\r' },
      { after: 'larger than what the pool lies on', keys: '\u001510G\r' },
      { after: 'Reservation  ', keys: '\u00152G\r' },
      { after: '[y/N]', keys: 'y' },
    ]);
    expect(code).toBe(0);
    const lines = newConfigText({ name: 'shop', port: 4001 })
      .replace('backing = "auto"', 'backing = "device"')
      .split('\n');
    const written = readFileSync(join(host.root, 'shop/bench.toml'), 'utf8').split('\n');
    expect(written.filter((line) => !lines.includes(line))).toEqual([
      'device = "/dev/disk/by-id/virtio-disk-a"',
      'reservation = "2G"',
      'quota = "10G"',
    ]);
    expect(lines.filter((line) => !written.includes(line))).toEqual([]);
    const screen = new Screen(80, 24).feed(output);
    expect(screen.text).toContain('Reservation  2G\nWrite it?    y\n');
    expect(screen.text).toContain(`Wrote ${host.root}/shop/bench.toml`);
    expect(screen).toMatchObject({ cursor: true, scrolled: 0 });
    expect(output.trimEnd()).toMatch(/icanon echo\s*$/);
  });

  test.each([
    ['Esc at the first question', [{ after: 'Name  ', keys: '\u001b' }]],
    [
      'Ctrl-C at the last one',
      [
        { after: 'Name  ', keys: 'shop\r\r\r\r\r' },
        { after: '[y/N]', keys: '\u0003' },
      ],
    ],
    ['Ctrl-D in the middle', [{ after: 'Name  ', keys: 'shop\r33\u0004' }]],
  ])('%s: exit 130, and nothing is written', async (_, acts) => {
    const { code, output } = await asked(acts);
    expect(code).toBe(130);
    expect(output).toContain('Error: Interrupted at the prompt. Nothing was changed.');
    expect(output.trimEnd()).toMatch(/icanon echo\s*$/);
    expect(readdirSync(host.root)).toEqual([]);
  });

  test('anything but y at the end: exit 3, and nothing is written', async () => {
    const { code } = await asked([
      { after: 'Name  ', keys: 'shop\r\r\r\r\r' },
      { after: '[y/N]', keys: '\r' },
    ]);
    expect(code).toBe(3);
    expect(readdirSync(host.root)).toEqual([]);
  });

  test('has no colours with NO_COLOR', async () => {
    const acts = [{ after: 'Name  ', keys: '\u001b' }];
    const { output } = await inTerminal(sized, acts, { ...host.env, NO_COLOR: '1' });
    expect(output).toContain('Name');
    expect(output).not.toMatch(COLOUR);
  });

  test.each([
    ['without a terminal', ['new', '--interactive']],
    ['with --json', ['new', '--interactive', '--json']],
  ])('is refused %s: exit 2', async (_, args) => {
    const run = await runBench(args, { cwd: host.root });
    expect(run.code).toBe(2);
    expect(run.stdout + run.stderr).toContain('--interactive asks on a terminal');
  });
});

test('a question after the wizard is heard, and the end is not held up', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-asking-'));
  const outfile = join(directory, 'asking-twice.mjs');
  // As bundled as the product: what loads TypeScript on the way would keep the process alive by itself.
  await build({
    entryPoints: [fileURLToPath(new URL('asking-twice.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    plugins: [inkStubs],
  });
  const { code, output } = await inTerminal(`'${process.execPath}' '${outfile}'`, [
    { after: 'Name  ', keys: '\r\r\r\r\r' },
    { after: '[y/N]', keys: 'y' },
    { after: 'Carry out shop? ', keys: 'yes\r', thinks: 1000 },
  ]);
  rmSync(directory, { recursive: true });
  expect(output).toContain('answered yes');
  expect(code).toBe(0);
});

test('every disk that is not offered is there with its reasons, on a screen of 80x24', async () => {
  const host = stubHost({
    lsblk: 'cat "$FIXTURES/lsblk/nested-2.41.json"',
    zpool: 'exit 0',
    wipefs: 'cat "$FIXTURES/wipefs/none.json"',
    sudo: 'exit 1',
  });
  const { code, output } = await inTerminal(
    sized,
    [
      { after: 'Name  ', keys: 'shop\r\r' },
      { after: 'more: bench volume discover', keys: '\u0003' },
    ],
    host.env,
  );
  host.remove();
  expect(code).toBe(130);
  const frames = output.split('\u001b[?2026h').slice(1);
  const list = frames.find((frame) => frame.includes('Not offered:')) ?? '';
  expect(list).toMatch(/\/dev\/vda \(.*\): .*is mounted at \//);
  expect(new Screen(80, 24).feed(output)).toMatchObject({ scrolled: 0 });
});
