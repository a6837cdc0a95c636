import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PRODUCT = fileURLToPath(new URL('../../', import.meta.url));
export const BENCH = join(PRODUCT, 'bin/run.cjs');

export interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

interface Around {
  /** The benches root as well. */
  cwd: string;
  env?: Record<string, string>;
  /** Options of Node itself. */
  node?: readonly string[];
  /** Another copy of the product. */
  product?: string;
  /** Another of its programs than bench. */
  program?: string;
}

/** The built product as a whole process. */
export function runBench(
  args: readonly string[],
  { cwd, env, node = [], product = PRODUCT, program = 'run.cjs' }: Around,
): Promise<Run> {
  const environment = { ...process.env, BENCHES_ROOT: cwd, NODE_ENV: 'production', ...env };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...node, join(product, 'bin', program), ...args],
      { cwd, env: environment },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}
