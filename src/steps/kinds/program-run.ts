import type { Kind } from '../kind.js';

/** A program of the bench's own, run as the user whom its bench.toml belongs to, in the directory of the bench. */
export interface ProgramRun {
  kind: 'program.run';
  program: string;
  /** A name of this host. */
  user: string;
  directory: string;
  environment: Readonly<Record<string, string>>;
}

/** Half an hour: it may go through the files of a bench. */
const TIMEOUT_MS = 30 * 60_000;

export const programRun: Kind<ProgramRun> = {
  describe: ({ program, user }) => `Run ${program} as ${user}`,
  commands: ({ program, user, directory, environment }) => [
    {
      argv: [
        ...(['runuser', '-u', user, '--'] as const),
        // Whatever sudo lets through of the environment of bench itself.
        ...['env', `--chdir=${directory}`],
        ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
        program,
      ],
      privileged: true,
      timeoutMs: TIMEOUT_MS,
    },
  ],
};
