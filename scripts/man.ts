import { EXIT } from '../src/errors.js';
import { type CommandEntry, flagText, type Manual, valueName } from './manifest.js';

/** bench(1) in man(7)'s macros: every command with its flags and examples. */
export function manPage(manual: Manual): string {
  const lines = [
    `.TH BENCH 1 "" "bench ${manual.version}" "User Commands"`,
    '.SH NAME',
    `bench \\- ${roff(lowerFirst(manual.description.split(':')[0] ?? ''))}`,
    '.SH SYNOPSIS',
    '.B bench',
    '.I COMMAND',
    '[\\fIARGUMENTS\\fR] [\\fIFLAGS\\fR]',
    '.SH DESCRIPTION',
    `${roff(manual.description)}.`,
    '.PP',
    'A command finds its bench by \\fB\\-b\\fR, else by the nearest bench.toml upwards from the working directory, else',
    'it takes the only bench there is. What destroys never guesses.',
    '.PP',
    'Every command takes \\fB\\-\\-json\\fR and then prints one object on standard output and nothing else there.',
    '.SH COMMANDS',
    ...manual.commands.flatMap(commandSection),
    '.SH EXIT STATUS',
    ...EXIT_TEXT.flatMap(([code, text]) => tagged(`.B ${code}`, roff(text))),
    '.SH ENVIRONMENT',
    ...tagged('.B BENCHES_ROOT', 'The directory of the benches; default /srv/benches.'),
    ...tagged('.B NO_COLOR', 'Set to anything: no colours.'),
    ...tagged('.B BENCH_DEBUG', 'Set to 1: every process that is started, on standard error.'),
    '.SH FILES',
    ...tagged('.I /srv/benches/NAME/bench.toml', 'The configuration of a bench.'),
    ...tagged('.I /var/lib/bench/NAME/', 'What is recorded of a bench outside of its dataset.'),
    '.SH SEE ALSO',
    '.BR zfs (8),',
    '.BR zpool (8),',
    '.BR mariadbd (8)',
  ];
  return `${lines.join('\n')}\n`;
}

const EXIT_TEXT: [number, string][] = [
  [EXIT.done, 'done'],
  [EXIT.failed, 'the operation failed'],
  [EXIT.usage, 'wrong usage or configuration; nothing was changed'],
  [EXIT.refused, 'refused for safety; nothing was changed'],
  [EXIT.busy, 'busy, or a lock was not had in time; nothing was changed'],
  [EXIT.interrupted, 'interrupted at a prompt'],
];

function commandSection(command: CommandEntry): string[] {
  const args = command.args.map(({ name, required }) => {
    const shown = `\\fI${roff(name.toUpperCase())}\\fR${command.strict ? '' : '...'}`;
    return required === true ? shown : `[${shown}]`;
  });
  return [
    `.SS ${[`bench ${literal(command.id)}`, ...args].join(' ')}`,
    `${roff(command.summary)}.`,
    ...(command.description === undefined ? [] : ['.PP', roff(command.description)]),
    ...command.args.flatMap(({ name, description }) =>
      tagged(`.I ${roff(name.toUpperCase())}`, roff(description ?? '')),
    ),
    ...command.flags.flatMap((flag) => {
      const value = valueName(flag);
      const names = `${flag.char === undefined ? '' : `\\fB\\-${flag.char}\\fR, `}\\fB\\-\\-${literal(flag.name)}\\fR`;
      return tagged(`${names}${value === undefined ? '' : ` \\fI${roff(value)}\\fR`}`, roff(flagText(flag)));
    }),
    '.PP',
    command.examples.length === 1 ? 'Example:' : 'Examples:',
    '.PP',
    '.RS',
    '.nf',
    ...command.examples.map(literal),
    '.fi',
    '.RE',
  ];
}

function tagged(tag: string, text: string): string[] {
  return ['.TP', tag, text];
}

/** Text that groff sets as it stands: no escapes, no requests, only ASCII in the file (groff_char(7)). */
export function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll(
      /[^\n\x20-\x7e]/gu,
      (char) => `\\[u${char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .replaceAll(/^(?=[.'])/gm, '\\&');
}

/** What is typed as it stands: a hyphen there is a minus, or it could not be pasted. */
function literal(text: string): string {
  return roff(text).replaceAll('-', '\\-').replaceAll("'", '\\(aq').replaceAll('`', '\\(ga');
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
