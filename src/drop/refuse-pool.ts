import { RefusedError } from '../errors.js';
import { formatArgv, type Runner } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import { findDataset, listBenchDatasets, listPools } from '../zfs/zfs.js';
import type { Subject } from './subject.js';

/**
 * What is to be destroyed has to be in sight: else the host would forget a bench whose data are still somewhere.
 * @throws RefusedError `pool-missing`, `pool-other`, `dataset-renamed`
 */
export async function refusePool(subject: Subject, isImported: boolean, runner: Runner): Promise<void> {
  const { name, record, isRecorded, note } = subject;
  const { guid, name: pool } = record.pool;
  if (!isRecorded || guid === '') return;
  const present = isImported ? (await listPools(runner, [pool]))[0] : undefined;
  if (present === undefined) {
    throw new RefusedError(
      'pool-missing',
      `The bench ${name} lies in the pool ${pool} (${guid}), which is not imported. Nothing was changed.`,
      {
        suggestions: [`Bring back what it lies on (${record.backing.path}), then: zpool import ${guid}`],
      },
    );
  }
  if (present.guid !== guid) {
    throw new RefusedError(
      'pool-other',
      `Pool ${pool} is another one (${present.guid}) than that of the bench ${name} (${guid}). Nothing was changed.`,
      { suggestions: ['zpool list -o name,guid', 'zpool import'] },
    );
  }
  // Begun before, it may be gone by now.
  if (note === undefined) await refuseRenamed(name, pool, record.dataset, runner);
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
