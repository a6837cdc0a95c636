import { nearest } from './config/nearest.js';
import { UsageError } from './errors.js';
import { onOneLine } from './printable.js';

/** What people type out of habit: `help volume status`, `--json` before the command, and `fleet join` for what goes with leave. */
export function rearrange(argv: readonly string[]): string[] {
  const [first, ...rest] = argv;
  if (first === 'help') return [...rearrange(rest), '--help'];
  if (first === 'fleet' && rest[0] === 'join') return [first, 'setup', ...rest.slice(1)];
  return first === '--json' && rest.length > 0 ? [...rearrange(rest), first] : [...argv];
}

/** As oclif judges it: what comes after `--` is an argument. */
export function optionsOf(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
}

export function asksForHelp(argv: readonly string[]): boolean {
  return optionsOf(argv).some((arg) => arg === '--help' || arg === '-h');
}

/**
 * The command that a command line begins with, and what is left for it; undefined where it begins with none. Pure.
 * @param commands ids such as `volume:status`
 */
export function splitCommand(
  argv: readonly string[],
  commands: readonly string[],
): { id: string; rest: string[] } | undefined {
  for (let length = argv.length; length > 0; length--) {
    const id = argv.slice(0, length).join(':');
    if (commands.includes(id)) return { id, rest: argv.slice(length) };
  }
  return undefined;
}

/**
 * Whether a command line is for the script of the quick commands (scripts/bundle/bundle.ts). Pure.
 * @param commands ids of all, such as `volume:status`
 * @param quick those of that script
 */
export function isQuick(
  typed: readonly string[],
  commands: readonly string[],
  quick: readonly string[],
): boolean {
  const argv = rearrange(typed);
  if (asksForHelp(argv)) return false;
  if (argv[0] === '--version') return true;
  const id = splitCommand(argv, commands)?.id;
  return id !== undefined && quick.includes(id);
}

/**
 * What is wrong where a command line names no command: oclif would answer a topic with help even where JSON is wanted,
 * and name its own ids. Undefined where oclif can go on. Pure.
 * @param commands ids such as `volume:status`
 */
export function missingCommand(argv: readonly string[], commands: readonly string[]): UsageError | undefined {
  if (argv.some((arg) => ['--help', '-h', '--version'].includes(arg))) return undefined;
  const dash = argv.findIndex((arg) => arg.startsWith('-'));
  const words = dash === -1 ? argv : argv.slice(0, dash);
  if (words.some((_, index) => commands.includes(words.slice(0, index + 1).join(':')))) return undefined;
  const [topic] = words;
  const isTopic = topic !== undefined && commands.some((id) => id.startsWith(`${topic}:`));
  if (words.length === (isTopic ? 1 : 0)) {
    if (dash === -1) return undefined;
    const what = isTopic ? `bench ${topic}` : 'bench';
    return new UsageError(
      'wrong-usage',
      `${what} ${onOneLine(argv[dash] ?? '')}: the command comes first, flags after it.`,
      {
        suggestions: [`All commands: ${what} --help`],
      },
    );
  }
  // What follows the command's own words may be arguments.
  const typed = words.slice(0, isTopic ? 2 : 1).join(' ');
  const names = commands.map((id) => id.replaceAll(':', ' '));
  const near = nearest(typed, names);
  // Somebody may have left out the topic: `bench status`.
  const meant = near === undefined ? names.filter((name) => name.endsWith(` ${typed}`)) : [near];
  return new UsageError('wrong-usage', `There is no command bench ${onOneLine(typed)}.`, {
    suggestions: [
      ...meant.map((name) => `Did you mean: bench ${name}`),
      `All commands: bench ${isTopic ? `${topic} ` : ''}--help`,
    ],
  });
}
