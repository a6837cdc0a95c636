import { BenchError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import type { HostFacts } from './kernel.js';
import { known, type Reading, unknown } from './types.js';

type State = Reading<'free' | 'busy'>;

/** Runs in a process of its own under sudo when bench is not root; prints FREE, EBUSY or an error for each path. */
const PROBE = [
  "const fs=require('node:fs'),{O_RDONLY,O_EXCL,O_NONBLOCK}=fs.constants;",
  'console.log(JSON.stringify(process.argv.slice(1).map((path)=>{',
  "try{fs.closeSync(fs.openSync(path,O_RDONLY|O_EXCL|O_NONBLOCK));return 'FREE'}",
  'catch(error){return error.code}})))',
].join('');

export function probeArgv(paths: readonly string[]): [string, ...string[]] {
  return [process.execPath, '-e', PROBE, ...paths];
}

/**
 * Asks the kernel for each path whether anything uses it (open with O_EXCL): in this process as root, else by one
 * probe through sudo. Undefined when bench is not root and cannot become it.
 */
export async function probeExclusive(
  runner: Runner,
  host: HostFacts,
  paths: readonly string[],
): Promise<Map<string, State> | undefined> {
  if (host.isRoot()) return new Map(paths.map((path) => [path, host.openExclusively(path)]));
  try {
    const { stdout } = await runner.run({ argv: probeArgv(paths), privileged: true });
    const answers: unknown = JSON.parse(stdout);
    return new Map(
      paths.map((path, index) => [path, state(Array.isArray(answers) ? answers[index] : undefined)]),
    );
  } catch (error) {
    if (error instanceof BenchError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function state(answer: unknown): State {
  if (answer === 'FREE') return known('free');
  if (answer === 'EBUSY') return known('busy');
  return unknown(`opening it gave ${JSON.stringify(answer) ?? 'no answer'}`);
}
