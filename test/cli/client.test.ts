import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const client = join(root, 'build/client');

/** openapi-typescript, as its lock file pins it, beside the product's own modules. */
function generator(): string {
  const program = join(client, 'node_modules/.bin/openapi-typescript');
  if (!existsSync(program)) {
    rmSync(client, { recursive: true, force: true });
    mkdirSync(client, { recursive: true });
    for (const file of ['package.json', 'package-lock.json'])
      cpSync(join(root, 'test/client', file), join(client, file));
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: client });
  }
  return program;
}

test('a client that is generated from the OpenAPI document compiles, and knows what is missing', () => {
  execFileSync(generator(), [join(root, 'schemas/openapi.json'), '-o', join(client, 'client.d.ts')]);
  cpSync(join(root, 'test/client/program.ts'), join(client, 'program.ts'));
  const compile = () =>
    execFileSync(
      join(root, 'node_modules/.bin/tsc'),
      [
        '--noEmit',
        '--strict',
        '--module',
        'nodenext',
        '--target',
        'es2022',
        '--ignoreConfig',
        join(client, 'program.ts'),
      ],
      { cwd: client, encoding: 'utf8', stdio: 'pipe' },
    );
  expect(compile()).toBe('');
}, 180_000);
