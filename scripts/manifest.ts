import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Flag {
  name: string;
  type: 'boolean' | 'option';
  char?: string;
  summary?: string;
  description?: string;
  helpValue?: string;
  options?: string[];
  hidden?: boolean;
}

interface Arg {
  name: string;
  description?: string;
  required?: boolean;
}

/** A command as oclif's manifest has it. */
export interface CommandEntry {
  id: string;
  summary: string;
  description?: string;
  examples: string[];
  args: Arg[];
  flags: Flag[];
  strict: boolean;
}

export interface Manual {
  version: string;
  description: string;
  topics: Record<string, string>;
  /** In the order of their names. */
  commands: CommandEntry[];
}

/** What package.json and the built manifest say: all that man page and completions are made from. */
export function readManual(root: string): Manual {
  const json = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'));
  const { version, description, oclif } = json('package.json');
  const { commands } = json('oclif.manifest.json') as { commands: Record<string, Record<string, unknown>> };
  const topics = oclif.topics as Record<string, { description: string }>;
  return {
    version,
    description,
    topics: Object.fromEntries(Object.entries(topics).map(([name, topic]) => [name, topic.description])),
    commands: Object.values(commands)
      .filter(({ hidden }) => hidden !== true)
      .map((command) => toEntry(command))
      .sort((a, b) => a.id.localeCompare(b.id)),
  };
}

function toEntry(command: Record<string, unknown>): CommandEntry {
  const { id, summary, description, examples, args, flags, strict } = command;
  if (typeof summary !== 'string') throw new Error(`The command ${id} has no summary.`);
  return {
    id: String(id).replaceAll(':', ' '),
    summary,
    ...(typeof description === 'string' ? { description } : {}),
    examples: ((examples ?? []) as string[]).map((text) => text.replaceAll('<%= config.bin %>', 'bench')),
    args: Object.values((args ?? {}) as Record<string, Arg>),
    flags: Object.values((flags ?? {}) as Record<string, Flag>).filter(({ hidden }) => hidden !== true),
    strict: strict !== false,
  };
}

/** What follows a flag that takes a value, as in the help. */
export function valueName(flag: Flag): string | undefined {
  return flag.type === 'boolean' ? undefined : (flag.helpValue ?? flag.name.toUpperCase());
}

/** One line on a flag. */
export function flagText(flag: Flag): string {
  return flag.summary ?? flag.description ?? '';
}
