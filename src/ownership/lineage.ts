import { randomBytes } from 'node:crypto';
import type { Runner } from '../host/exec.js';
import { MARK, optional, rows, setProperties, zfsList } from '../zfs/zfs.js';

/** Which bench a dataset is, whatever it is called: two hosts may have different ones of one name. */
export async function lineageOf(runner: Runner, dataset: string): Promise<string | undefined> {
  const [found] = await zfsList(runner, ['-o', `name,${MARK.lineage}`, dataset], (stdout) =>
    rows(stdout, ['name', MARK.lineage] as const, 'zfs list'),
  );
  const stored = found === undefined ? undefined : optional(found[1]);
  return stored !== undefined && isLineage(stored) ? stored : undefined;
}

/** The same, made where there is none yet. */
export async function requireLineage(runner: Runner, dataset: string): Promise<string> {
  const found = await lineageOf(runner, dataset);
  if (found !== undefined) return found;
  const lineage = randomBytes(8).toString('hex');
  await runner.run(setProperties(dataset, { [MARK.lineage]: lineage }));
  return lineage;
}

export function isLineage(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text);
}
