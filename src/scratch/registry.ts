import type { Runner } from '../host/exec.js';
import { isMissingDataset, MARK } from '../zfs/zfs.js';

/** A clone out of sight, or what all of a pool lie below. */
export interface ScratchDataset {
  name: string;
  /** `<dataset>@<tag>`; undefined where it is no clone. */
  origin: string | undefined;
  isMounted: boolean;
  referencedBytes: number;
  /** By its own property, or by that of what it lies below. */
  isMarked: boolean;
}

/** A dataset, and what lies so many levels below it, by one `zfs list`; nothing where it does not exist. */
export async function scratchDatasets(runner: Runner, name: string, depth: 0 | 1): Promise<ScratchDataset[]> {
  const columns = `name,origin,mounted,referenced,${MARK.scratch}`;
  const argv = [
    'zfs',
    'list',
    '-H',
    '-p',
    '-t',
    'filesystem',
    '-d',
    String(depth),
    '-o',
    columns,
    name,
  ] as const;
  try {
    return parseScratchDatasets((await runner.run({ argv: [...argv] })).stdout);
  } catch (error) {
    if (isMissingDataset(error)) return [];
    throw error;
  }
}

/** What `zfs list -H -p -o name,origin,mounted,referenced,bench:scratch` prints. */
export function parseScratchDatasets(stdout: string): ScratchDataset[] {
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [name = '', origin = '-', mounted, referenced, mark = '-'] = line.split('\t');
      return {
        name,
        origin: origin === '-' ? undefined : origin,
        isMounted: mounted === 'yes',
        referencedBytes: Number(referenced),
        isMarked: mark !== '-',
      };
    });
}
