import type { Runner } from '../host/exec.js';
import { CLONE_MARK } from './clone-marks.js';
import { isMissingDataset } from './list.js';
import { decodeNote } from './marks.js';
import { templatesOf } from './names.js';
import { bytes, optional, rows } from './rows.js';

/** On the dataset of a template: its name. The last property that it gets: without it, it is not whole. */
export const TEMPLATE_MARK = 'bench:template';

export interface Template {
  /** The last part of its dataset's name. */
  name: string;
  dataset: string;
  /** False for one that was cut off while it was made, and for one that was renamed since. */
  isWhole: boolean;
  /** What its mark says, where that is not its name: whole when it was marked, and renamed by somebody since. */
  renamedFrom: string | undefined;
  /** The bench that is in it, and the tag of the snapshot that it was made of. */
  source: string;
  tag: string;
  createdAt: Date;
  /** What it has for itself; what it shares with its origin is not in it. */
  usedBytes: number;
  referencedBytes: number;
  mounted: boolean;
  mountpoint: string;
  /** `<dataset>@<tag>`; undefined where it was promoted. */
  origin: string | undefined;
}

const COLUMNS = [
  'name',
  'creation',
  'used',
  'referenced',
  'mounted',
  'mountpoint',
  'origin',
  TEMPLATE_MARK,
  CLONE_MARK.origin,
] as const;

/** The templates of these pools, whole or not, by one process; a pool that has none is passed over. */
export async function listTemplates(runner: Runner, pools: readonly string[]): Promise<Template[]> {
  if (pools.length === 0) return [];
  const places = pools.map(templatesOf);
  const { stdout } = await runner.run({
    argv: ['zfs', 'list', '-H', '-p', '-t', 'filesystem', '-d', '1', '-o', COLUMNS.join(','), ...places],
    // 1 where one of them does not exist; the others are printed all the same.
    okExitCodes: [0, 1],
  });
  return parseTemplates(stdout).filter(({ dataset }) => !places.includes(dataset));
}

/** Whether a pool has a place for templates. */
export async function hasTemplates(runner: Runner, pool: string): Promise<boolean> {
  try {
    await runner.run({ argv: ['zfs', 'list', '-H', '-o', 'name', templatesOf(pool)] });
    return true;
  } catch (error) {
    if (isMissingDataset(error)) return false;
    throw error;
  }
}

export function parseTemplates(stdout: string): Template[] {
  return rows(stdout, COLUMNS, 'zfs list').map((columns) => {
    const [dataset, creation, used, referenced, mounted, mountpoint, origin, mark, made] = columns;
    const name = dataset.slice(dataset.lastIndexOf('/') + 1);
    const [source = '', tag = ''] = decodeNote(optional(made) ?? '').split('@');
    const marked = optional(mark);
    return {
      name,
      dataset,
      isWhole: marked === name,
      renamedFrom: marked === name ? undefined : marked,
      source,
      tag,
      createdAt: new Date(bytes(creation) * 1000),
      usedBytes: bytes(used),
      referencedBytes: bytes(referenced),
      mounted: mounted === 'yes',
      mountpoint,
      origin: optional(origin),
    };
  });
}
