import { type Command, CommandError, type Runner } from '../host/exec.js';

/** `zfs list` of something that may not exist: then there is nothing to parse. */
export async function zfsList<T>(
  runner: Runner,
  args: readonly string[],
  parse: (stdout: string) => T[],
): Promise<T[]> {
  try {
    return parse((await runner.run({ argv: ['zfs', 'list', '-H', '-p', ...args] })).stdout);
  } catch (error) {
    if (isMissingDataset(error)) return [];
    throw error;
  }
}

/** Whether there is a dataset, whatever it is: by {@link lookFor}. */
export async function isThere(runner: Runner, dataset: string): Promise<boolean> {
  try {
    await runner.run(lookFor(dataset));
    return true;
  } catch (error) {
    if (isMissingDataset(error)) return false;
    throw error;
  }
}

export function lookFor(dataset: string): Command {
  return { argv: ['zfs', 'list', '-H', '-o', 'name', dataset] };
}

/** Whether ZFS said that there is no such dataset, pool or snapshot (text of OpenZFS 2.3). */
export function isMissingDataset(error: unknown): boolean {
  return error instanceof CommandError && /^cannot open '.*': .* does not exist$/m.test(error.result.stderr);
}
