import { dirname } from 'node:path';
import { RefusedError } from '../errors.js';
import { formatArgv, type Runner } from '../host/exec.js';
import { exists } from '../host/files.js';
import { onOneLine } from '../printable.js';
import {
  findDataset,
  IMPORT_DIRS,
  importablePools,
  listBenchDatasets,
  listPools,
  type PoolSummary,
} from '../zfs/zfs.js';
import type { Subject } from './subject.js';

/**
 * What is to be destroyed has to be in sight: else the host would forget a bench whose data are still somewhere.
 * @param forget the operator says that they are lost for good
 * @returns whether that is so, by all that this host can see
 * @throws RefusedError `pool-missing`, `pool-other`, `dataset-renamed`; with `forget` instead `pool-present`
 */
export async function refusePool(
  subject: Subject,
  isImported: boolean,
  runner: Runner,
  forget: boolean,
): Promise<boolean> {
  const { name, record, isRecorded, note } = subject;
  const { guid, name: pool } = record.pool;
  if (!isRecorded || guid === '') return false;
  const present = isImported ? (await listPools(runner, [pool]))[0] : undefined;
  if (present?.guid === guid) {
    // One that was begun to be forgotten is in sight again: then it is dropped as any other, after all of it was shown.
    if (forget && note?.forget !== true) throw presentAs(subject, present);
    // Begun before, it may be gone by now.
    if (note === undefined) await refuseRenamed(name, pool, record.dataset, runner);
    return false;
  }
  if (forget) {
    await refuseSomewhere(subject, runner);
    return true;
  }
  const lost = `Only if it is lost for good: bench drop ${name} --forget`;
  if (present === undefined) {
    throw new RefusedError(
      'pool-missing',
      `The bench ${name} lies in the pool ${pool} (${guid}), which is not imported. Nothing was changed.`,
      {
        suggestions: [
          `Bring back what it lies on (${record.backing.path}), then: zpool import ${guid}`,
          lost,
        ],
      },
    );
  }
  throw new RefusedError(
    'pool-other',
    `Pool ${pool} is another one (${present.guid}) than that of the bench ${name} (${guid}). Nothing was changed.`,
    { suggestions: ['zpool list -o name,guid', 'zpool import', lost] },
  );
}

/**
 * A pool is not lost while ZFS finds it anywhere on this host, under whatever name and in whatever state.
 * @throws RefusedError `pool-present`
 */
async function refuseSomewhere(subject: Subject, runner: Runner): Promise<void> {
  const { pool, backing } = subject.record;
  const imported = (await listPools(runner)).find(({ guid }) => guid === pool.guid);
  if (imported !== undefined) throw presentAs(subject, imported);
  // An image is in no directory that ZFS looks into by itself.
  const beside = backing.kind === 'image' ? [dirname(backing.path)] : [];
  const directories = [...IMPORT_DIRS, ...beside];
  const there = await Promise.all(directories.map(exists));
  const found = (
    await importablePools(
      runner,
      directories.filter((_, index) => there[index]),
    )
  ).find(({ guid }) => guid === pool.guid);
  if (found === undefined) return;
  throw new RefusedError(
    'pool-present',
    `The pool ${onOneLine(found.name)} (${pool.guid}) of the bench ${subject.name} is not lost: it, or a part of it, is on ${found.devices.map(onOneLine).join(', ')} (${found.state}). Nothing was changed.`,
    {
      suggestions: [
        `Bring it back: zpool import ${pool.guid}`,
        'If it cannot be imported any more, take away or wipe what is left of it first.',
      ],
    },
  );
}

function presentAs(
  { name, record }: Subject,
  { name: pool, guid, isOpen, health }: PoolSummary,
): RefusedError {
  const renamed = pool === record.pool.name ? '' : `, as ${onOneLine(pool)}`;
  return new RefusedError(
    'pool-present',
    `The pool ${record.pool.name} (${guid}) of the bench ${name} is there${renamed} (${health}): nothing is to be forgotten. Nothing was changed.`,
    {
      suggestions: isOpen
        ? [`With its data: bench drop ${name}`]
        : [
            `ZFS cannot open it: zpool status ${pool}`,
            `Is it lost? ${formatArgv(['zpool', 'export', pool])}`,
          ],
    },
  );
}

async function refuseRenamed(name: string, pool: string, place: string, runner: Runner): Promise<void> {
  if ((await findDataset(runner, place)) !== undefined) return;
  const moved = (await listBenchDatasets(runner, [pool])).find(
    (dataset) => dataset.bench === name && !dataset.name.startsWith(`${pool}/_`),
  );
  if (moved === undefined) return;
  throw new RefusedError(
    'dataset-renamed',
    `The bench ${name} lives in ${place}, and what carries its mark is ${onOneLine(moved.name)}. Nothing was changed.`,
    { suggestions: [`If that is it: ${formatArgv(['zfs', 'rename', moved.name, place])}`] },
  );
}
