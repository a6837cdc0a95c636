import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core';
import { expect, test } from 'vitest';
import { allExamples } from '../examples.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A command as its parser is reached from outside: oclif keeps `parse` for commands themselves. */
type CommandClass = new (
  argv: string[],
  config: Config,
) => { parse(command: CommandClass): Promise<unknown> };

test.each(allExamples().map((example) => [example.text, example] as const))(
  'the parser of its command accepts: %s',
  async (_, { command, argv }) => {
    const words = command.split(' ');
    expect(argv.slice(0, words.length + 1)).toEqual(['bench', ...words]);
    const file = join(root, 'src/commands', `${words.join('/')}.ts`);
    const { default: Class } = (await import(file)) as { default: CommandClass };
    const made = new Class(argv.slice(words.length + 1), await Config.load(root));
    await made.parse(Class);
  },
);
