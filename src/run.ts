import { asksForHelp, missingCommand, optionsOf, rearrange, splitCommand } from './command-line.js';
import { BenchError } from './errors.js';
import { reportFailure } from './output/failure.js';
import { printable } from './printable.js';
import type { Product } from './product.js';

/** Runs one command line and sets the exit code; nothing reaches the user as a stack trace. */
export async function run(product: Product, typed: string[] = process.argv.slice(2)): Promise<void> {
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
    await start(product, argv);
  } catch (error) {
    // Commands report their own errors; what arrives here happened before one was found, or is the exit of --help.
    report(error);
  } finally {
    hasEnded = true;
  }
}

async function start(product: Product, argv: string[]): Promise<void> {
  if (argv[0] === '--version') return printVersion(product);
  const ids = Object.keys(product.commands);
  const missing = missingCommand(argv, ids);
  if (missing !== undefined) throw missing;
  const named = splitCommand(argv, ids);
  if (argv.length === 0) return printNext();
  const { printHelp, runCommand, runOclif } = await import('./oclif.js');
  if (named === undefined && argv.every((word) => word === '--help' || word === '-h'))
    return printHelp(product);
  if (named === undefined || asksForHelp(argv)) return runOclif(product, argv);
  return runCommand(product, named.id, named.rest);
}

/** As oclif prints it, without oclif. */
function printVersion({ pjson: { name, version } }: Product): void {
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
}

/** Somebody types `bench` to see where he is. */
async function printNext(): Promise<void> {
  const [{ listBenches }, { HostRunner }, { nextText }] = await Promise.all([
    import('./bench/bench.js'),
    import('./host/exec.js'),
    import('./output/next.js'),
  ]);
  process.stdout.write(`${printable(nextText(await listBenches(new HostRunner())))}\n`);
}

function wantsJson(argv: readonly string[]): boolean {
  return optionsOf(argv).includes('--json');
}
