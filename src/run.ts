import { fileURLToPath } from 'node:url';
import { run as runOclif } from '@oclif/core';
import { reportFailure } from './output/failure.js';

/** Runs one command line and sets the exit code; nothing reaches the user as a stack trace. */
export async function run(argv: string[] = process.argv.slice(2)): Promise<void> {
  // Whatever root's own shell says: what bench makes has the modes that bench gives it, readable by operators.
  if (process.geteuid?.() === 0) process.umask(0o022);
  try {
    // oclif finds package.json and its manifest in the package's root, one level above the bundle.
    await runOclif(argv, fileURLToPath(new URL('../package.json', import.meta.url)));
  } catch (error) {
    // Commands report their own errors; what arrives here happened before one was found, or is the exit of --help.
    reportFailure(error, { json: argv.includes('--json') });
  }
}
