import { poolSuspended, recordPath } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { RefusedError } from '../errors.js';
import type { Facts } from './facts.js';

/** A bench that was set up once has a pool somewhere: another one in its place would hide the data, not replace them. */
export function refuseMissingPool(config: BenchConfig, facts: Facts): void {
  const recorded = facts.record?.pool;
  if (recorded === undefined) return;
  const present = facts.pool?.guid ?? facts.importable.find(({ guid }) => guid === recorded.guid)?.guid;
  if (present === recorded.guid) return;
  throw new RefusedError(
    'pool-missing',
    present === undefined
      ? `The bench ${config.name} lives in pool ${recorded.name} (${recorded.guid}), which is not there.`
      : `Pool ${recorded.name} is another one (${present}) than that of the bench ${config.name} (${recorded.guid}).`,
    {
      suggestions: [
        `Bring back what the pool lies on: ${facts.record?.backing.path}`,
        `Only if it is lost for good: mv ${recordPath(config.name)}{,.lost}, then run bench init again.`,
      ],
    },
  );
}

/**
 * The same where it is another bench's: a second pool of that name, made or imported, would be in the way of its own when
 * that comes back.
 */
export function refuseSecondPool(
  { volume }: Pick<BenchConfig, 'volume'>,
  { pool, importable, otherRecords }: Pick<Facts, 'pool' | 'importable' | 'otherRecords'>,
): void {
  if (pool !== undefined) return;
  const recorded = otherRecords.filter((record) => record.pool.name === volume.pool);
  const [first] = recorded;
  if (
    first === undefined ||
    recorded.some((record) => importable.some(({ guid }) => guid === record.pool.guid))
  )
    return;
  const { name, guid } = first.pool;
  const benches = recorded.filter((record) => record.pool.guid === guid).map(({ bench }) => bench);
  const who =
    benches.length === 1 ? `The bench ${first.bench} lives` : `The benches ${benches.join(', ')} live`;
  const [foreign] = importable;
  const why =
    foreign === undefined
      ? 'A second pool of that name'
      : `The one of that name that can be imported is another (${foreign.guid}), and`;
  throw new RefusedError(
    'pool-missing',
    `${who} in pool ${name} (${guid}) on ${first.backing.path}, which is neither imported nor found. ${why} would be in its way.`,
    {
      suggestions: [
        `Bring back ${first.backing.path}, then: bench init -b ${first.bench}`,
        'Or give this bench a pool of another name: set volume.pool in its bench.toml.',
        `Only if it is lost for good: ${benches.map((bench) => `bench drop ${bench} --forget`).join('; ')}`,
      ],
    },
  );
}

/** Its pool is there and it is not: renamed, perhaps. An empty one in its place would hide that. */
export function refuseMissingDataset(config: BenchConfig, { record, pool, dataset }: Facts): void {
  if (record === undefined || pool === undefined || dataset !== undefined) return;
  throw new RefusedError(
    'dataset-missing',
    `The bench ${config.name} lives in the dataset ${record.dataset}; there is no ${config.volume.dataset}.`,
    {
      suggestions: [
        `Look for it: zfs list -r -t filesystem -o name,bench:name ${pool.name}`,
        `If it was renamed: zfs rename <its name now> ${record.dataset}`,
        `Only if it is lost for good: mv ${recordPath(config.name)}{,.lost}, then run bench init again.`,
      ],
    },
  );
}

/** @throws RefusedError `pool-degraded` or `pool-suspended` */
export function refuseUnhealthyPool({ pool }: Pick<Facts, 'pool'>): void {
  if (pool === undefined || (pool.health === 'ONLINE' && !pool.readonly)) return;
  if (pool.health === 'SUSPENDED') throw poolSuspended(pool.name);
  throw new RefusedError(
    'pool-degraded',
    `Pool ${pool.name} is ${pool.readonly ? 'imported read-only' : pool.health}.`,
    { suggestions: [`zpool status ${pool.name}`, 'Mend the pool first, then run bench init again.'] },
  );
}

/** Only what bench has made for this bench is ever changed. */
export function refuseForeignDataset(config: BenchConfig, facts: Facts): void {
  const owner = facts.dataset?.bench;
  if (owner === config.name || facts.datasetIsUnfinished) return;
  throw new RefusedError(
    'dataset-not-ours',
    owner === undefined
      ? `Dataset ${facts.layout.dataset} exists and was not made by bench.`
      : `Dataset ${facts.layout.dataset} belongs to the bench '${owner}'.`,
    {
      suggestions: [
        'Give this bench another dataset: set volume.name in bench.toml.',
        `Look at what is in it: zfs list -r ${facts.layout.dataset}`,
      ],
    },
  );
}

/** Only OpenZFS 2.3 and later has it: on older ones MariaDB would go on as before, and nobody be told. */
export function refuseWithoutDirectIo({ name, volume }: BenchConfig, { knowsDirect }: Facts): void {
  if (volume.directIo !== true || knowsDirect !== false) return;
  throw new RefusedError(
    'direct-io-unknown',
    `bench.toml of ${name} wants volume.dataset.direct_io, which needs OpenZFS 2.3 or later. Nothing was changed.`,
    {
      suggestions: [
        'Which is here: zfs version',
        `bench config set volume.dataset.direct_io false -b ${name}`,
      ],
    },
  );
}
