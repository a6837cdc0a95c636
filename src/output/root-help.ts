import { wrapped } from './wrapped.js';

/** What people want to do, and the commands and topics for it; each stands once. */
export const GROUPS: readonly { title: string; names: readonly string[] }[] = [
  { title: 'Set up and take away', names: ['new', 'init', 'drop'] },
  { title: 'Every day', names: ['list', 'volume', 'config'] },
  { title: 'Try it on a copy, and undo what fails', names: ['guard', 'clone', 'template'] },
  { title: 'By itself, and telling somebody', names: ['schedule', 'check', 'metrics'] },
  { title: 'Copies elsewhere', names: ['offsite', 'replicate', 'promote', 'move'] },
  { title: 'Many hosts', names: ['fleet', 'inventory'] },
  { title: 'Who may, and keys', names: ['admin', 'sudoers', 'key'] },
];

const WIDTH = 80;

/**
 * `bench --help`: all commands by what they are for. Pure.
 * @param summaries of commands and topics, by name
 */
export function rootHelp(summaries: Readonly<Record<string, string>>): string {
  const longest = Math.max(...GROUPS.flatMap(({ names }) => names.map((name) => name.length)));
  return [
    'Every bench has its own ZFS dataset with its files and its own MariaDB: one',
    'snapshot, one restore and one clone cover everything, consistently.',
    '',
    'USAGE',
    '  $ bench COMMAND',
    ...GROUPS.flatMap(({ title, names }) => [
      '',
      title,
      ...names.flatMap((name) => entry(name, summaries[name] ?? '', longest)),
    ]),
    '',
    'bench COMMAND --help tells more of each, and man bench all of it. Without a',
    'command, bench says what to do next on this host.',
  ].join('\n');
}

function entry(name: string, summary: string, width: number): string[] {
  return wrapped(summary, WIDTH - width - 4).map(
    (line, index) => `  ${(index === 0 ? name : '').padEnd(width)}  ${line}`,
  );
}
