import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pkg = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bench-package-'));
});
afterAll(() => rm(dir, { recursive: true }));

test('package.json can not be published, and wants nothing at run time', () => {
  expect(pkg).toMatchObject({ private: true, bin: { bench: 'bin/run.cjs' } });
  for (const key of ['dependencies', 'peerDependencies', 'optionalDependencies'])
    expect(pkg).not.toHaveProperty(key);
});

test('npm pack makes a tarball that npm i -g installs without the network', async () => {
  // Without its script, which would build anew below the other tests.
  const packed = await execa('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', dir], {
    cwd: root,
  });
  const [{ filename, files }] = JSON.parse(packed.stdout) as [
    { filename: string; files: { path: string }[] },
  ];
  const tops = new Set(files.map(({ path }) => path.split('/')[0]));
  expect([...tops].sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'bench.example.toml',
    'bin',
    'dist',
    'oclif.manifest.json',
    'package.json',
    'schemas',
  ]);

  const prefix = join(dir, 'prefix');
  const install = [
    'i',
    '-g',
    '--prefix',
    prefix,
    '--offline',
    '--no-audit',
    '--no-fund',
    join(dir, filename),
  ];
  await execa('npm', install, { cwd: dir, env: { npm_config_cache: join(dir, 'cache') } });
  expect(await readdir(join(prefix, 'lib/node_modules'))).toEqual(['bench']);
  expect(await readdir(join(prefix, 'lib/node_modules/bench'))).not.toContain('node_modules');

  const bench = join(prefix, 'bin/bench');
  const run = (...args: string[]) => execa(bench, args, { cwd: dir });
  expect((await run('--version')).stdout).toContain(`bench/${pkg.version}`);
  expect((await run('--help')).stdout).toContain('$ bench COMMAND');
  expect((await run('volume', '--help')).stdout).toContain('volume snapshot');
});

test('the licence of every library in the bundle goes along', async () => {
  const text = await readFile(join(root, 'dist/THIRD-PARTY'), 'utf8');
  for (const name of ['@oclif/core', 'execa', 'mysql2', 'smol-toml', 'zod']) {
    expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+$`, 'm'));
  }
  expect(text).not.toMatch(/^(vitest|esbuild|tsx) /m);
});
