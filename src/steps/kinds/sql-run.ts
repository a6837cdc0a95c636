import { BenchError } from '../../errors.js';
import { readFileCarefully } from '../../host/atomic-file.js';
import type { Command } from '../../host/exec.js';
import type { Kind } from '../kind.js';

/** Statements from a file, on one instance. */
export interface SqlRun {
  kind: 'sql.run';
  file: string;
  socketPath: string;
  /** Session variables that the statements can use: a name and a text of letters, digits, `_` and `-`. */
  variables: Readonly<Record<string, string>>;
}

/** Half an hour: it may go through tables. */
const TIMEOUT_MS = 30 * 60_000;

export const sqlRun: Kind<SqlRun> = {
  describe: ({ file }) => `Run the SQL of ${file}`,
  commands: ({ socketPath }) => [clientCommand(socketPath)],
  apply: async ({ file, variables }, { runner, commands }) => {
    const content = await readFileCarefully(file);
    if (content === undefined) throw missing(file);
    const sets = Object.entries(variables).map(([name, value]) => `SET @${name} = '${value}';\n`);
    for (const command of commands)
      await runner.run({ ...command, input: `${sets.join('')}${content.toString('utf8')}` });
  },
};

/**
 * As the user mysql, whom every instance that bench makes lets in over its socket, and who owns the data anyway: a
 * client of root's would run what the file says after `\!` as root.
 */
function clientCommand(socketPath: string): Command {
  return {
    argv: ['runuser', '-u', 'mysql', '--', 'mariadb', '--no-defaults', `--socket=${socketPath}`, '--batch'],
    privileged: true,
    timeoutMs: TIMEOUT_MS,
  };
}

function missing(file: string): BenchError {
  return new BenchError('script-missing', `There is no ${file}, which bench.toml wants to be run.`, {
    suggestions: [`ls -l ${file}`],
  });
}
