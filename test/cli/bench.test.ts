import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runBench } from './run-bench.js';

const PACKAGE = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bench-cli-'));
});
afterEach(() => rm(root, { recursive: true }));

/** With an empty benches root of its own. */
const bench = (...args: string[]) => runBench(args, { cwd: root });

test('--version and --help answer on standard output', async () => {
  const version = await bench('--version');
  expect(version).toMatchObject({ code: 0, stderr: '' });
  expect(version.stdout).toContain(PACKAGE.version);
  for (const args of [
    ['--help'],
    ['volume', '--help'],
    ['init', '--help'],
    ['volume', 'snapshot', '--help'],
  ]) {
    expect(await bench(...args)).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('USAGE'),
    });
  }
});

test('alone it says what to do next, and --help tells all commands by what they are for', async () => {
  const alone = await bench();
  expect(alone).toMatchObject({ code: 0, stderr: '' });
  expect(alone.stdout).toContain('There is no bench on this host yet. Next:\n  bench volume discover');
  for (const flag of ['--help', '-h']) {
    const { code, stdout } = await bench(flag);
    expect(code).toBe(0);
    expect(stdout).toContain('Set up and take away\n  new ');
    expect(stdout).toContain('\n  fleet      Many hosts as one');
  }
});

describe('bench new', () => {
  test('writes a bench.toml that bench itself finds nothing wrong with', async () => {
    const made = await bench('new', 'shop', '--json');
    expect(made.code).toBe(0);
    expect(JSON.parse(made.stdout)).toEqual({
      name: 'shop',
      directory: join(root, 'shop'),
      file: join(root, 'shop/bench.toml'),
      port: expect.any(Number),
    });
    expect((await bench('config', 'check', join(root, 'shop/bench.toml'))).code).toBe(0);
  });

  test('never touches one that is there', async () => {
    await bench('new', 'shop');
    const file = join(root, 'shop/bench.toml');
    await writeFile(file, '[bench]\nname = "shop" # mine\n');
    expect(await bench('new', 'shop')).toMatchObject({ code: 3, stdout: '' });
    expect(await readFile(file, 'utf8')).toContain('# mine');
  });

  test('gives each bench a port of its own', async () => {
    const ports = [];
    for (const name of ['one', 'two', 'three']) {
      ports.push((JSON.parse((await bench('new', name, '--json')).stdout) as { port: number }).port);
    }
    expect(new Set(ports).size).toBe(3);
  });
});

describe('every failure', () => {
  test.each<[string, string[], number, string]>([
    ['a wrong flag', ['volume', 'status', '--nope'], 2, 'wrong-usage'],
    ['a missing argument', ['volume', 'restore-snapshot'], 2, 'wrong-usage'],
    ['an unknown command', ['nonsense'], 2, 'wrong-usage'],
    ['no bench anywhere', ['volume', 'status'], 2, 'bench-not-found'],
    ['a bench that does not exist', ['volume', 'status', '-b', 'gone'], 2, 'bench-not-found'],
    ['a name that is none', ['new', '-x/y'], 2, 'wrong-usage'],
    ['a name with a slash', ['new', 'x/y'], 2, 'bench-name-invalid'],
  ])('of %s is one JSON object on standard output, nothing else', async (_, args, code, errorCode) => {
    const run = await bench(...args, '--json');
    expect(run).toMatchObject({ code, stderr: '' });
    const { error } = JSON.parse(run.stdout) as { error: Record<string, unknown> };
    expect(Object.keys(error)).toEqual(['code', 'message', 'command', 'stderr', 'suggestions']);
    expect(error.code).toBe(errorCode);
  });

  test('says on standard error what is wrong and what to do next', async () => {
    const run = await bench('volume', 'status', '-b', 'gone');
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(/^Error: There is no .*bench\.toml/);
    expect(run.stderr).toContain('Next: Make it with: bench new gone');
    expect(run.stderr).not.toContain('    at ');
  });

  test('of a broken bench.toml names each finding with its line', async () => {
    await bench('new', 'shop');
    const file = join(root, 'shop/bench.toml');
    await writeFile(file, '[bench]\nname = "shop"\n[volume]\nbaking = "auto"\npool = "mirror"\n');
    const run = await bench('volume', 'list-snapshots', '-b', 'shop');
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(`${file}:4:1`);
    expect(run.stderr).toContain('backing');
    expect(run.stderr).toContain(`${file}:5:`);
  });
});

describe('on macOS', () => {
  /** Takes the place of `process.platform` before anything of bench is loaded. */
  const mac = `data:text/javascript,Object.defineProperty(process,'platform',{value:'darwin'})`;
  const onMac = (...args: string[]) => runBench(args, { cwd: root, node: ['--import', mac] });

  test('init skips the volume with one line, so that a script goes on', async () => {
    await bench('new', 'shop');
    expect(await onMac('init', '-b', 'shop')).toEqual({
      code: 0,
      stdout: 'The volume of bench shop is skipped: bench volumes need Linux with ZFS; this is macOS.\n',
      stderr: '',
    });
    const json = await onMac('init', '-b', 'shop', '--json');
    expect(JSON.parse(json.stdout)).toEqual({
      bench: 'shop',
      changed: false,
      skipped: 'not-linux',
      steps: [],
    });
  });

  test.each([
    ['status'],
    ['discover'],
    ['snapshot'],
    ['list-snapshots'],
    ['destroy-snapshot', 'x'],
    ['restore-snapshot', 'x'],
  ])('bench volume %s ends with a clear error', async (...args) => {
    const run = await onMac('volume', ...args, '--json');
    expect(run).toMatchObject({ code: 3, stderr: '' });
    expect(JSON.parse(run.stdout)).toMatchObject({
      error: { code: 'not-linux', message: expect.stringContaining('this is macOS') },
    });
  });

  test('help works all the same', async () => {
    expect((await onMac('volume', 'snapshot', '--help')).code).toBe(0);
  });
});
