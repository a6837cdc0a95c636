import { CommandError, type Runner } from '../host/exec.js';

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

/** Whether ZFS said that there is no such dataset, pool or snapshot (text of OpenZFS 2.3). */
export function isMissingDataset(error: unknown): boolean {
  return error instanceof CommandError && /^cannot open '.*': .* does not exist$/m.test(error.result.stderr);
}
