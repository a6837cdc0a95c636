import type { Runner } from '../host/exec.js';
import { bytes, MARK, optional, rows, zfsList } from '../zfs/zfs.js';

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

const COLUMNS = ['name', 'origin', 'mounted', 'referenced', MARK.scratch] as const;

/** A dataset, and what lies so many levels below it, by one `zfs list`; nothing where it does not exist. */
export function scratchDatasets(runner: Runner, name: string, depth: 0 | 1): Promise<ScratchDataset[]> {
  return zfsList(
    runner,
    ['-t', 'filesystem', '-d', String(depth), '-o', COLUMNS.join(','), name],
    parseScratchDatasets,
  );
}

/** What `zfs list -H -p -o name,origin,mounted,referenced,bench:scratch` prints. */
export function parseScratchDatasets(stdout: string): ScratchDataset[] {
  return rows(stdout, COLUMNS, 'zfs list').map(([name, origin, mounted, referenced, mark]) => ({
    name,
    origin: optional(origin),
    isMounted: mounted === 'yes',
    referencedBytes: bytes(referenced),
    isMarked: mark !== '-',
  }));
}
