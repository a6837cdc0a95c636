import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll } from 'vitest';

/** Packages that are not made for ES modules ask for Node's own by `require`. */
const REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/**
 * A program of the tests that runs in a process of its own. Bundled once, it starts in a tenth of the time that tsx
 * takes for its modules. To be called at the top of a file of tests.
 * @returns how to start it, with its standard output piped
 */
export function workerOf(url: URL): (...args: string[]) => ChildProcessByStdio<null, Readable, null> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-worker-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const outfile = join(directory, 'worker.mjs');
  buildSync({
    entryPoints: [fileURLToPath(url)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: REQUIRE },
    logLevel: 'error',
  });
  return (...args) => spawn(process.execPath, [outfile, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}
