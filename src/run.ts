import { fileURLToPath } from 'node:url';
import { Config, run as runOclif } from '@oclif/core';
import { asksForHelp, missingCommand, optionsOf, rearrange, splitCommand } from './command-line.js';
import { BenchError } from './errors.js';
import { reportFailure } from './output/failure.js';

/** Runs one command line and sets the exit code; nothing reaches the user as a stack trace. */
export async function run(typed: string[] = process.argv.slice(2)): Promise<void> {
  const argv = rearrange(typed);
  const report = (error: unknown) => reportFailure(error, { json: wantsJson(argv) });
  // A bug in a callback, which no command can catch.
  process.on('uncaughtException', (error) => {
    report(error);
    process.exit();
  });
  let hasEnded = false;
  // Node ends as soon as nothing is waited for, and would call that a success.
  process.once('beforeExit', () => {
    if (hasEnded) return;
    report(
      new BenchError('internal-error', 'bench ended in the middle: what it waited for will never come.'),
    );
    process.exit();
  });
  try {
    // Whatever root's own shell says: what bench makes has the modes that bench gives it, readable by operators.
    if (process.geteuid?.() === 0) process.umask(0o022);
    // oclif finds package.json and its manifest in the package's root, one level above the bundle.
    const config = await Config.load(fileURLToPath(new URL('../package.json', import.meta.url)));
    const missing = missingCommand(argv, config.commandIDs);
    if (missing !== undefined) throw missing;
    const named = splitCommand(argv, config.commandIDs);
    // oclif's own way to a command would read package.json and the manifest twice more.
    if (named === undefined || asksForHelp(argv)) await runOclif(argv, config);
    else await config.runCommand(named.id, named.rest);
  } catch (error) {
    // Commands report their own errors; what arrives here happened before one was found, or is the exit of --help.
    report(error);
  } finally {
    hasEnded = true;
  }
}

function wantsJson(argv: readonly string[]): boolean {
  return optionsOf(argv).includes('--json');
}
