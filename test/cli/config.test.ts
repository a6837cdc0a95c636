import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Run, runBench } from './run-bench.js';

/** A file as operators write them: comments, odd spacing, CRLF in places, and a table of another tool. */
const TOML = [
  '# the shop in Hamburg\r',
  '[bench]',
  'name = "shop"   # do not rename',
  '',
  '[volume]',
  "backing  =  'image'  # no disk free",
  '  [volume.image]',
  '  size = "60G"',
  '[volume.dataset]',
  'quota = "50G"',
  '',
  '[redis]',
  'port = 13000 # theirs',
].join('\n');

let root: string;
let file: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bench-cli-config-'));
  file = join(root, 'shop/bench.toml');
  await mkdir(join(root, 'shop'));
  await writeFile(file, TOML, { mode: 0o640 });
});
afterEach(() => rm(root, { recursive: true }));

const config = (...args: string[]) => runBench(['config', ...args], { cwd: root });

const errorOf = (run: Run) => (JSON.parse(run.stdout) as { error: Record<string, unknown> }).error;

describe('bench config get', () => {
  test('prints one value bare, what is set and what is a default', async () => {
    expect(await config('get', 'volume.dataset.quota')).toEqual({ code: 0, stdout: '50G\n', stderr: '' });
    expect((await config('get', 'volume.pool')).stdout).toBe('bench-pool\n');
    expect((await config('get', 'volume.device')).stdout).toBe('\n');
  });

  test('prints a table as it would stand in the file', async () => {
    const { stdout } = await config('get', 'volume', '-b', 'shop');
    expect(stdout.split('\n')).toEqual([
      'volume.pool = "bench-pool"',
      'volume.backing = "image"',
      '# volume.device is not set',
      'volume.name = "shop"',
      'volume.encryption = "off"',
      '# volume.key is not set',
      'volume.image.size = "60G"',
      'volume.image.path = "/var/lib/bench-zfs/bench-pool.img"',
      '# volume.dataset.reservation is not set',
      'volume.dataset.quota = "50G"',
      '# volume.dataset.direct_io is not set',
      '',
    ]);
  });

  test('prints JSON with null where nothing holds', async () => {
    const { stdout } = await config('get', 'volume.dataset', '--json');
    expect(JSON.parse(stdout)).toEqual({
      file,
      values: {
        'volume.dataset.reservation': null,
        'volume.dataset.quota': '50G',
        'volume.dataset.direct_io': null,
      },
    });
  });

  test('never prints what belongs to another tool', async () => {
    const run = await config('get', 'redis.port', '--json');
    expect(run).toMatchObject({ code: 2, stderr: '' });
    expect(errorOf(run)).toMatchObject({ code: 'config-key-unknown' });
    expect(run.stdout).not.toContain('13000');
  });
});

describe('bench config set', () => {
  test('changes one value and keeps every other byte, and the mode', async () => {
    expect(await config('set', 'volume.dataset.quota', '55G')).toEqual({
      code: 0,
      stdout: `Changed volume.dataset.quota in ${file}\n`,
      stderr: '',
    });
    expect(await readFile(file, 'utf8')).toBe(TOML.replace('"50G"', '"55G"'));
    expect((await stat(file)).mode & 0o777).toBe(0o640);
  });

  test('adds what is not there yet, each kind of value as itself', async () => {
    await config('set', 'mariadb.port', '3310', '-b', 'shop');
    await config('set', 'maintenance.units', 'shop-web.service,shop-worker@1.service');
    const text = await readFile(file, 'utf8');
    expect(text.startsWith(TOML)).toBe(true);
    expect(
      text
        .slice(TOML.length)
        .trim()
        .split(/[\r\n]+/),
    ).toEqual([
      '[mariadb]',
      'port = 3310',
      '[maintenance]',
      'units = ["shop-web.service", "shop-worker@1.service"]',
    ]);
    expect((await config('check')).code).toBe(0);
  });

  test('writes nothing where the file says so already', async () => {
    const before = await stat(file);
    const run = await config('set', 'volume.dataset.quota', '50G', '--json');
    expect(JSON.parse(run.stdout)).toEqual({
      file,
      key: 'volume.dataset.quota',
      value: '50G',
      changed: false,
    });
    const { ino, mtimeMs } = await stat(file);
    expect({ ino, mtimeMs }).toEqual({ ino: before.ino, mtimeMs: before.mtimeMs });
  });

  test.each<[string, string[], string]>([
    ['a size that is none', ['volume.dataset.quota', '55GB'], 'config-invalid'],
    ['a quota above the image', ['volume.dataset.quota', '61G'], 'config-invalid'],
    ['a pool that ZFS would take for a vdev', ['volume.pool', 'mirror'], 'config-invalid'],
    ['a typing error', ['volume.dataset.qouta', '55G'], 'config-key-unknown'],
    ['a key of another tool', ['redis.port', '1'], 'config-key-unknown'],
  ])('refuses %s and writes nothing', async (_, args, code) => {
    const run = await config('set', ...args, '--json');
    expect(run).toMatchObject({ code: 2, stderr: '' });
    expect(errorOf(run)).toMatchObject({ code });
    expect(await readFile(file, 'utf8')).toBe(TOML);
  });

  test('mends just what is wrong in the file', async () => {
    await writeFile(file, TOML.replace('"50G"', '"50 GB"'));
    expect((await config('check')).code).toBe(2);
    expect((await config('set', 'volume.dataset.quota', '50G')).code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(TOML);
  });
});

describe('bench config check', () => {
  test('is content with the file of a bench, and with any file named', async () => {
    expect(await config('check')).toEqual({ code: 0, stdout: `${file} is fine.\n`, stderr: '' });
    const { stdout } = await config('check', 'shop/bench.toml', '--json');
    expect(JSON.parse(stdout)).toEqual({ file, valid: true });
  });

  test('names everything at once, each with its place, key, value and what is allowed', async () => {
    await writeFile(file, '[bench]\nname = "9shop"\n[volume]\nbaking = "auto"\ndevice = "sdb"\n');
    const run = await config('check', file);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    const lines = run.stderr.split('\n').filter((line) => line.includes(`${file}:`));
    expect(lines.map((line) => line.slice(line.indexOf(`${file}:`) + file.length + 1))).toEqual([
      expect.stringMatching(/^2:1: bench\.name = "9shop": must start with a letter/),
      expect.stringMatching(/^4:1: volume\.baking: .*did you mean "backing"\?/),
      expect.stringMatching(/^5:1: volume\.device = "sdb": must be an absolute path/),
    ]);
  });

  test.each<[string, string | undefined, string]>([
    ['that is not TOML', '[bench\n', 'config-invalid'],
    ['that is not there', undefined, 'config-unreadable'],
  ])('says what is wrong with a file %s', async (_, text, code) => {
    if (text === undefined) await rm(file);
    else await writeFile(file, text);
    const run = await config('check', file, '--json');
    expect(run).toMatchObject({ code: 2, stderr: '' });
    expect(errorOf(run)).toMatchObject({ code, message: expect.stringContaining(file) });
  });
});
