import type { Runner } from '../host/exec.js';
import { parentOf } from '../zfs/zfs.js';
import { KEPT_MARK } from './kept.js';

/** What is under a name now. The GUID stays with a dataset through rename and promote. */
export interface Standing {
  guid: string;
  /** `<dataset>@<tag>` of a clone, otherwise `-`. */
  origin: string;
  /** It carries the mark of what bench has set aside, and so may be destroyed. */
  marked: boolean;
}

/** What stands beside a dataset now, and itself, by one process. */
export async function standings(runner: Runner, dataset: string): Promise<Map<string, Standing>> {
  const columns = `name,guid,origin,${KEPT_MARK}`;
  const { stdout } = await runner.run({
    argv: ['zfs', 'list', '-H', '-p', '-t', 'filesystem', '-d', '1', '-o', columns, parentOf(dataset)],
  });
  return parseStandings(stdout);
}

/** What `zfs list -H -o name,guid,origin,bench:kept` prints. */
export function parseStandings(stdout: string): Map<string, Standing> {
  return new Map(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [name = '', guid = '', origin = '', mark = '-'] = line.split('\t');
        return [name, { guid, origin, marked: mark !== '-' }];
      }),
  );
}
