import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const BENCH = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

export interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** The built product as a whole process; `cwd` is the benches root as well, `node` are options of Node itself. */
export function runBench(
  args: readonly string[],
  { cwd, env, node = [] }: { cwd: string; env?: Record<string, string>; node?: readonly string[] },
): Promise<Run> {
  const environment = { ...process.env, BENCHES_ROOT: cwd, NODE_ENV: 'production', ...env };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...node, BENCH, ...args],
      { cwd, env: environment },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}
