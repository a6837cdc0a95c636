import { UsageError } from '../errors.js';
import { type Command, CommandNotFoundError, type Runner } from '../host/exec.js';

/** An hour for 64 MiB: a machine that swaps. */
const PART_MS = 60 * 60_000;

/** `age` from standard input to an open file: who has one of the secret keys can read it, and nobody else. */
export function encrypt(
  recipients: readonly string[],
  feed: AsyncIterable<Uint8Array>,
  outputFd: number,
): Command {
  const argv = ['age', '--encrypt', ...recipients.flatMap((recipient) => ['-r', recipient])] as const;
  return { argv: [...argv], feed, outputFd, timeoutMs: PART_MS };
}

/** @param identity file with a secret key; the key itself is on no command line */
export function decrypt(
  identity: string,
  path: string,
  consume: (output: AsyncIterable<Uint8Array>) => Promise<void>,
): Command {
  return { argv: ['age', '--decrypt', '-i', identity, path], consume, timeoutMs: PART_MS };
}

/** @throws UsageError `age-missing`, before anything is begun */
export async function requireAge(runner: Runner): Promise<void> {
  try {
    await runner.run({ argv: ['age', '--version'] });
  } catch (error) {
    if (!(error instanceof CommandNotFoundError)) throw error;
    throw new UsageError(
      'age-missing',
      'age is not installed, which encrypts what leaves the host. Nothing was changed.',
      {
        suggestions: ['apt-get install age'],
        cause: error,
      },
    );
  }
}
