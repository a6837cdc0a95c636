import { importedPools, VOLUMES } from '../bench/bench.js';
import { RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { MARK, optional, parentOf, poolOf, type Row, rows, zfsList } from '../zfs/zfs.js';
import { type Copy, readCopies } from './copies.js';
import { COPY_MARK } from './names.js';

/** A copy on this host that may be taken up, or that was begun to be. */
export interface FoundCopy {
  bench: string;
  /** The host that sends it, as this one calls it. */
  from: string;
  pool: string;
  /** The epoch that it has now. */
  epoch: number;
  /** As it lies; undefined where its root volume was moved to the place of the bench already. */
  copy: Copy | undefined;
  /** Volumes of the last moment that was told to be whole. */
  members: string[];
  /** Those of them that were moved to their place already: a promotion was cut off. */
  moved: string[];
  /** The dataset of its root volume now. */
  root: string;
}

const COLUMNS = ['name', COPY_MARK.of, COPY_MARK.from, COPY_MARK.members, MARK.epoch, MARK.bench] as const;

/**
 * The copy of a bench in the pools of this host, whoever sends it.
 * @throws UsageError `copy-missing`; RefusedError `copy-ambiguous`, `bench-exists`
 */
export async function findCopy(runner: Runner, bench: string): Promise<FoundCopy> {
  const pools = await importedPools();
  const args = ['-r', '-t', 'filesystem', '-o', COLUMNS.join(','), ...pools];
  const all =
    pools.length === 0 ? [] : await zfsList(runner, args, (stdout) => rows(stdout, COLUMNS, 'zfs list'));
  const roots = all.filter(
    ([name, of]) => of === bench && name.endsWith(`/${bench}`) && !name.includes(`/${VOLUMES}/`),
  );
  const [found, second] = roots;
  if (second !== undefined) {
    throw new RefusedError(
      'copy-ambiguous',
      `There are several copies of ${bench} here: ${roots.map(([name]) => name).join(', ')}. Nothing was changed.`,
      { suggestions: ['Rename those that are not meant: zfs rename DATASET DATASET-before'] },
    );
  }
  if (found === undefined) throw noCopy(bench, all);
  const [root, , from, members, epoch] = found;
  const pool = poolOf(root);
  const isMoved = root === `${pool}/${bench}`;
  const [copy] = isMoved ? [] : await readCopies(runner, parentOf(root), bench);
  return {
    bench,
    from: optional(from) ?? '',
    pool,
    epoch: Number(optional(epoch) ?? 0),
    copy,
    members: (optional(members) ?? '').split(',').filter((name) => name !== ''),
    moved: all.flatMap(([name, of]) =>
      of === bench && name.startsWith(`${pool}/${VOLUMES}/`) ? [name.slice(name.lastIndexOf('/') + 1)] : [],
    ),
    root,
  };
}

function noCopy(bench: string, all: readonly Row<typeof COLUMNS>[]): UsageError | RefusedError {
  const own = all.find(([name, , , , , owner]) => owner === bench && name === `${poolOf(name)}/${bench}`);
  if (own !== undefined)
    return new RefusedError(
      'bench-exists',
      `${bench} is a bench of this host already (${own[0]}), and there is no copy of it beside. Nothing was changed.`,
      { suggestions: [`bench volume status -b ${bench}`] },
    );
  const others = [...new Set(all.flatMap(([, of]) => optional(of) ?? []))].filter((name) => name !== bench);
  return new UsageError('copy-missing', `There is no copy of ${bench} on this host. Nothing was changed.`, {
    suggestions: [others.length === 0 ? 'zpool import' : `There are copies of: ${others.join(', ')}`],
  });
}
