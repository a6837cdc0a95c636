import type { Runner } from '../host/exec.js';
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
  const pool = dataset.slice(0, dataset.lastIndexOf('/'));
  const columns = `name,guid,origin,${KEPT_MARK}`;
  const { stdout } = await runner.run({
    argv: ['zfs', 'list', '-H', '-p', '-t', 'filesystem', '-d', '1', '-o', columns, pool],
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

/** Every local property of a dataset, which a clone of it does not inherit. */
export async function localProperties(runner: Runner, dataset: string): Promise<Record<string, string>> {
  const { stdout } = await runner.run({
    argv: ['zfs', 'get', '-H', '-p', '-s', 'local,received', '-o', 'property,value', 'all', dataset],
  });
  return parseProperties(stdout);
}

/** What `zfs get -H -p -o property,value all` prints; the value of a user property may have several lines. */
export function parseProperties(stdout: string): Record<string, string> {
  const properties: Record<string, string> = {};
  let last = '';
  for (const line of stdout.replace(/\n$/, '').split('\n')) {
    // Names of properties as zfsprops(7) allows them.
    const [, key, value] = /^([a-z0-9:+._@-]+)\t(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) {
      properties[key] = value;
      last = key;
    } else if (last !== '') properties[last] += `\n${line}`;
  }
  return properties;
}
