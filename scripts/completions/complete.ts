import { type CommandEntry, type Manual, valueName } from '../manifest.js';

/** What a shell can offer for a value: names of benches, tags of snapshots, files, some words, or nothing. */
export type Offer = 'bench' | 'tag' | 'file' | 'none' | readonly string[];

export function offerForFlag(flag: CommandEntry['flags'][number]): Offer {
  if (flag.name === 'bench') return 'bench';
  if (valueName(flag) === 'PATH') return 'file';
  return flag.options ?? 'none';
}

export function offerForArg({ name }: CommandEntry['args'][number]): Offer {
  return name === 'bench' || name === 'tag' || name === 'file' ? name : 'none';
}

/** First words with their meaning: topics and commands without one. */
export function firstWords({ topics, commands }: Manual): [string, string][] {
  const single = commands
    .filter(({ id }) => !id.includes(' '))
    .map(({ id, summary }) => [id, summary] as const);
  return [...Object.entries(topics), ...single].map(([word, text]): [string, string] => [word, text]).sort();
}

/** The commands below a topic: second word and meaning. */
export function secondWords({ commands }: Manual, topic: string): [string, string][] {
  return commands
    .filter(({ id }) => id.startsWith(`${topic} `))
    .map(({ id, summary }) => [id.slice(topic.length + 1), summary]);
}

/** Said at the top of each file. */
export const HEADER = '# Made from the commands of bench; changes here are lost.';

/**
 * Shell commands, the same in bash and zsh. They read only. Names and tags with any unusual character are left out:
 * no shell can then take one for something to expand.
 */
export const LISTS = `
_bench_names() {
  command ls -1 "\${BENCHES_ROOT:-/srv/benches}" 2>/dev/null | LC_ALL=C command grep -E '^[A-Za-z][A-Za-z0-9_-]*$'
}
# Of the bench named before the cursor, else the one that bench finds.
_bench_tags() {
  command bench volume list-snapshots \${1:+-b "$1"} 2>/dev/null |
    LC_ALL=C command sed -n -E 's/^  ([A-Za-z0-9_.:-]+) +created: .*/\\1/p'
}`;
