import type { Runner } from '../host/exec.js';
import { MARK, optional, rows, zfsList } from '../zfs/zfs.js';

/** The mark as it stands on a dataset; undefined where it has none, or does not exist. */
export async function readEpoch(runner: Runner, dataset: string): Promise<string | undefined> {
  const [found] = await zfsList(runner, ['-o', `name,${MARK.epoch}`, dataset], (stdout) =>
    rows(stdout, ['name', MARK.epoch] as const, 'zfs list'),
  );
  return found === undefined ? undefined : optional(found[1]);
}
