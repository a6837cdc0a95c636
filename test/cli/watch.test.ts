import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newConfigText } from '../../src/config/template.js';
import { type Act, inTerminal } from './in-terminal.js';
import { BENCH, runBench } from './run-bench.js';
import { Screen } from './screen.js';
import { type StubHost, type Stubs, stubHost } from './stub-host.js';

/** What is found of the terminal afterwards. */
const MODE = 'stty -a | grep -o -e "-\\?icanon" -e "-\\?echo\\b" | tr "\\n" " "';
const CLEAN = /icanon echo\s*$/;

const HOST: Stubs = {
  zpool: `case "$*" in
    *iostat*) cat "$FIXTURES/zpool/iostat-busy.txt";;
    *-v*) cat "$FIXTURES/zpool/list-v-bench.txt";;
    *) cat "$FIXTURES/zpool/list-bench.txt";;
  esac`,
  zfs: `case "$*" in
    *"-o name,creation bench-pool/shop@foreign") grep @foreign "$FIXTURES/zfs/list-snapshots.tsv" | cut -f 1,2;;
    *"-o name -s name"*) cut -f 1 "$FIXTURES/zfs/list-snapshots.tsv";;
    *snapshot*) cat "$FIXTURES/zfs/list-snapshots.tsv";;
    *) grep ^bench-pool/shop "$FIXTURES/zfs/list-filesystems-roomy.tsv";;
  esac`,
  systemctl: 'cat "$FIXTURES/systemd/show-units.txt"',
};

describe('status --watch', () => {
  let host: StubHost;
  const prepare = (stubs: Stubs) => {
    host = stubHost(stubs);
    mkdirSync(join(host.root, 'shop'));
    writeFileSync(join(host.root, 'shop/bench.toml'), newConfigText({ name: 'shop' }));
  };
  beforeEach(() => prepare(HOST));
  afterEach(() => host.remove());

  const watch = `'${process.execPath}' '${BENCH}' volume status -b shop --watch`;
  const watched = (acts: readonly Act[], env: Record<string, string> = {}, size = 'cols 80 rows 24') =>
    inTerminal(`stty ${size}; echo "terminal $(tty)"; ${watch}; code=$?; ${MODE}; exit $code`, acts, {
      ...host.env,
      ...env,
    });
  /** All there was on the screen just before the dashboard was left. */
  const lastFrame = (output: string, columns = 80, rows = 24) =>
    new Screen(columns, rows).feed(output.slice(0, output.lastIndexOf('\u001b[?1049l')));

  test('shows space, IO, snapshots and problems with their mends, and gives the terminal back', async () => {
    const { code, output } = await watched([{ after: 'write 7', keys: 'q' }]);
    expect(code).toBe(0);
    const frame = lastFrame(output);
    expect(frame.text).toMatch(/^bench shop +\d\d:\d\d:\d\d UTC {2}q quits$/m);
    expect(frame.text).toMatch(/^Pool +bench-pool +ONLINE$/m);
    expect(frame.text).toMatch(/^ {2}quota +\[-+\] {2}3\.6M of 18G +0%$/m);
    expect(frame.text).toMatch(/^IO +read .*\/s \(\d+ op\/s\) {3}write 7\.2M\/s \(32 op\/s\)$/m);
    expect(frame.text).toMatch(/^Snapshots +4$/m);
    expect(frame.text).toMatch(/^ {2}foreign +2026-11-22 \d\d:\d\d:\d\d +0B$/m);
    expect(frame.text).toMatch(/^Problem: .+\n( {2}.+\n)* {2}Mend: /m);
    expect(frame).toMatchObject({ alternate: true, scrolled: 0 });
    const after = new Screen(80, 24).feed(output);
    expect(after).toMatchObject({ alternate: false, cursor: true });
    expect(after.text).toMatch(/^terminal .*\n-?icanon/);
    expect(output.trimEnd()).toMatch(CLEAN);
  });

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Q', 'Q'],
  ])('%s quits', async (_, keys) => {
    const { code, output } = await watched([{ after: 'q quits', keys }]);
    expect(code).toBe(0);
    expect(output.trimEnd()).toMatch(CLEAN);
  });

  test('SIGTERM ends it with 143 and a clean terminal', async () => {
    const { code, output } = await inTerminal(
      `stty cols 80 rows 24; sh -c 'echo "process $$"; exec ${watch.replaceAll("'", '"')}'; code=$?; ${MODE}; exit $code`,
      [
        {
          after: 'Pool ',
          act: (shown) => process.kill(Number(/process (\d+)/.exec(shown)?.[1]), 'SIGTERM'),
        },
      ],
      host.env,
    );
    expect(code).toBe(143);
    expect(new Screen(80, 24).feed(output)).toMatchObject({ alternate: false, cursor: true });
    expect(output.trimEnd()).toMatch(CLEAN);
  });

  test('q is heard while a command hangs', async () => {
    host.remove();
    prepare({ ...HOST, zfs: 'exec sleep 1000', zpool: 'trap "" TERM; sleep 1000' });
    const started = performance.now();
    const { code, output } = await watched([{ after: 'looking', keys: 'q' }]);
    expect(code).toBe(0);
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(output.trimEnd()).toMatch(CLEAN);
  });

  test('a command that fails is told, and what was seen before stays', async () => {
    host.remove();
    prepare({
      ...HOST,
      zfs: `test -e "$BENCHES_ROOT/broken" && { echo "it broke" >&2; exit 1; }\n${HOST.zfs}`,
    });
    const { output } = await watched([
      { after: 'Snapshots ', act: () => writeFileSync(join(host.root, 'broken'), '') },
      { after: 'it broke', keys: 'q' },
    ]);
    const frame = lastFrame(output);
    expect(frame.text).toMatch(/^Problem: zfs list [\s\S]+?failed with exit code 1$/m);
    expect(frame.text).toMatch(/^ {2}it broke$/m);
    expect(frame.text).toMatch(/^Snapshots +4$/m);
  });

  test('more than fits is cut off, and a larger terminal shows more', async () => {
    host.remove();
    const line =
      'bench-pool/shop@t%d\\t1795312422\\t110592\\t3411968\\t114688\\t0\\t-\\t%d\\tstopped\\t-\\t-\\t-\\t-\\t-\\t-\\n';
    const many = `i=0; while [ $i -lt 100 ]; do printf '${line}' $i $i; i=$((i+1)); done`;
    prepare({ ...HOST, zfs: HOST.zfs?.replace('cat "$FIXTURES/zfs/list-snapshots.tsv"', many) ?? '' });
    let small = '';
    const { output } = await watched([
      {
        after: /… and \d+ more\b[^:]/,
        act: (shown) => {
          small = shown;
          const terminal = /terminal (\S+)/.exec(shown)?.[1] ?? '';
          execFileSync('stty', ['-F', terminal, 'cols', '120', 'rows', '60']);
        },
      },
      { after: /\[-{60,}\]/, keys: 'q' },
    ]);
    const before = new Screen(80, 24).feed(small);
    expect(before.scrolled).toBe(0);
    expect(before.text).toMatch(/^ {2}t0 /m);
    expect(before.text).toMatch(/^ {2}… and \d\d more$/m);
    expect(before.text).toMatch(/^… and \d+ more: bench volume status -b shop$/m);
    const after = lastFrame(output, 120, 60);
    expect(after.scrolled).toBe(0);
    expect(after.text.split('\n').length).toBeGreaterThan(30);
  });

  test('has no colours with NO_COLOR, and some without', async () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours are
    const colour = /\u001b\[[\d;]*m/;
    const acts = [{ after: 'Pool ', keys: 'q' }];
    expect((await watched(acts, { NO_COLOR: '1' })).output).not.toMatch(colour);
    expect((await watched(acts, { NO_COLOR: '', FORCE_COLOR: '1' })).output).toMatch(colour);
  });

  test.each([
    ['without a terminal', ['volume', 'status', '--watch']],
    ['with --json', ['volume', 'status', '--watch', '--json']],
  ])('is refused %s: exit 2', async (_, args) => {
    const run = await runBench(args, { cwd: host.root });
    expect(run.code).toBe(2);
    expect(run.stdout + run.stderr).toContain('--watch draws on a terminal');
  });
});
