import type { Forecast } from '../forecast/forecast.js';
import type { Space } from '../zfs/zfs.js';
import type { Family, Sample } from './families.js';
import { offsiteFamilies } from './offsite.js';
import type { BenchFigures, World } from './world.js';

/** As zfs_exporter numbers them, in `zfs_pool_health`. */
const HEALTH = ['ONLINE', 'DEGRADED', 'FAULTED', 'OFFLINE', 'UNAVAIL', 'REMOVED', 'SUSPENDED'];

const STATES = [
  'running',
  'starting',
  'stopped',
  'failed',
  'not-mounted',
  'dataset-missing',
  'pool-suspended',
  'not-set-up',
  'unreadable',
];

/**
 * The families of a scrape. Names are zfs_exporter's where the meaning is the same (github.com/pdf/zfs_exporter), with its
 * labels; what only bench knows begins with `bench_`. None is one of node_exporter's own: that refuses a textfile which
 * repeats them. Pure.
 */
export function compose(world: World): Family[] {
  return [
    ...poolFamilies(world),
    ...datasetFamilies(world),
    ...benchFamilies(world),
    ...offsiteFamilies(world.benches),
    ...ioFamilies(world),
    ...scrapeFamilies(world),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, type: 'gauge', samples };
}

function poolFamilies({ pools, suspended }: World): Family[] {
  const each = (value: (pool: World['pools'][number]) => number) =>
    pools.map((pool) => ({ labels: { pool: pool.name }, value: value(pool) }));
  const waiting = suspended.map((pool) => ({ labels: { pool }, value: HEALTH.indexOf('SUSPENDED') }));
  const names = HEALTH.map((name, index) => `${index}: ${name}`).join(', ');
  return [
    gauge('zfs_pool_health', `Health of the pool (${names}).`, [
      ...each(({ health }) => HEALTH.indexOf(health)),
      ...waiting,
    ]),
    gauge(
      'zfs_pool_size_bytes',
      'Size of the pool.',
      each(({ sizeBytes }) => sizeBytes),
    ),
    gauge(
      'zfs_pool_allocated_bytes',
      'Allocated in the pool.',
      each(({ allocatedBytes }) => allocatedBytes),
    ),
    gauge(
      'zfs_pool_free_bytes',
      'Not allocated in the pool.',
      each(({ freeBytes }) => freeBytes),
    ),
    gauge(
      'zfs_pool_readonly',
      '1 where the pool is imported read-only.',
      each(({ readonly }) => Number(readonly)),
    ),
  ];
}

function datasetFamilies({ space }: World): Family[] {
  const family = (name: string, help: string, value: (found: Space) => number) =>
    gauge(
      `zfs_dataset_${name}_bytes`,
      help,
      space.map((found) => ({
        labels: { name: found.name, pool: found.name.split('/')[0] ?? '', type: found.type },
        value: value(found),
      })),
    );
  return [
    family('used', 'Used by the dataset with its snapshots and children.', (found) => found.usedBytes),
    family('available', 'What the dataset can still take.', (found) => found.availableBytes),
    family('referenced', 'Data that can be reached in the dataset.', (found) => found.referencedBytes),
    family('logical_used', 'Used, before compression.', (found) => found.logicalUsedBytes),
    family(
      'used_by_dataset',
      'What destroying only the dataset would free.',
      (found) => found.usedByDatasetBytes,
    ),
    family(
      'used_by_snapshot',
      'What destroying its snapshots would free.',
      (found) => found.usedBySnapshotsBytes,
    ),
    family('written', 'Written since the last snapshot.', (found) => found.writtenBytes),
    family('quota', 'The most that it may use; 0 for none.', (found) => found.quotaBytes),
    family('reservation', 'Guaranteed to it; 0 for nothing.', (found) => found.reservationBytes),
  ];
}

function benchFamilies({ benches, at }: World): Family[] {
  const of = ({ bench }: BenchFigures) => ({ bench: bench.name, dataset: bench.dataset ?? '' });
  /** Those of which there is a value. */
  const some = (value: (figures: BenchFigures) => number | undefined) =>
    benches.flatMap((figures) => {
      const found = value(figures);
      return found === undefined ? [] : [{ labels: of(figures), value: found }];
    });
  const seconds = (iso: string | null | undefined) => (iso == null ? undefined : Date.parse(iso) / 1000);
  return [
    gauge(
      'bench_info',
      'One for each bench of the host, with what belongs to it.',
      benches.map((figures) => ({
        labels: {
          ...of(figures),
          pool: figures.bench.pool ?? '',
          instance_name: figures.bench.instance ?? '',
          unit: figures.bench.unit ?? '',
        },
        value: 1,
      })),
    ),
    gauge(
      'bench_state',
      'One for the state that the bench is in, as bench list names it; 0 for the others.',
      benches.flatMap((figures) =>
        STATES.map((state) => ({
          labels: { ...of(figures), state },
          value: Number(figures.bench.state === state),
        })),
      ),
    ),
    gauge(
      'bench_snapshots',
      'How many snapshots there are of the bench.',
      some(({ snapshots }) => snapshots?.count),
    ),
    gauge(
      'bench_last_snapshot_timestamp_seconds',
      'When bench has taken the newest snapshot.',
      some(({ snapshots }) => snapshots?.newest),
    ),
    gauge(
      'bench_last_scheduled_snapshot_timestamp_seconds',
      'When the schedule has taken the newest snapshot.',
      some(({ snapshots }) => snapshots?.newestScheduled),
    ),
    gauge(
      'bench_scheduled',
      'One where snapshots take themselves.',
      benches.map((figures) => ({ labels: of(figures), value: Number(figures.schedule !== undefined) })),
    ),
    gauge(
      'bench_schedule_last_run_timestamp_seconds',
      'When the last scheduled run began.',
      some(({ schedule }) => seconds(schedule?.run?.startedAt)),
    ),
    gauge(
      'bench_schedule_last_run_success',
      'One where the last scheduled run went well.',
      some(({ schedule }) =>
        schedule?.run === undefined ? undefined : Number(schedule.run.outcome === 'done'),
      ),
    ),
    gauge(
      'bench_replication_lag_seconds',
      'How old the newest moment is that is whole on another host.',
      some(({ copy }) => {
        const copied = seconds(copy?.record?.copied?.createdAt);
        return copied === undefined ? undefined : Math.max(0, at / 1000 - copied);
      }),
    ),
    gauge(
      'bench_replication_last_run_success',
      'One where the last copy to another host went well.',
      some(({ copy }) => (copy?.record === undefined ? undefined : Number(copy.record.outcome === 'done'))),
    ),
    gauge(
      'bench_schedule_next_run_timestamp_seconds',
      'When the next scheduled run is due.',
      some(({ schedule }) => seconds(schedule?.run?.nextAt)),
    ),
    gauge(
      'bench_growth_bytes_per_second',
      'How fast the bench grows; absent where too little is known.',
      some(({ forecast }) =>
        forecast?.growthBytesPerDay == null ? undefined : forecast.growthBytesPerDay / DAY_SECONDS,
      ),
    ),
    gauge(
      'bench_time_to_full_seconds',
      'Until this is full, if it goes on so: +Inf for never, absent where too little is known.',
      benches.flatMap((figures) => timesToFull(figures, of(figures))),
    ),
  ];
}

const DAY_SECONDS = 24 * 60 * 60;

function timesToFull({ forecast, bench }: BenchFigures, labels: Record<string, string>): Sample[] {
  if (forecast === undefined || forecast.state === 'unknown') return [];
  const until = (limit: string, time: Forecast['fullAt']) => ({
    labels: { ...labels, limit },
    value: time === null ? Number.POSITIVE_INFINITY : (Date.parse(time) - Date.parse(forecast.at)) / 1000,
  });
  return [
    ...(bench.quotaBytes ? [until('quota', forecast.quotaFullAt)] : []),
    until('pool', forecast.poolFullAt),
    until('reservation', forecast.reservationFullAt),
  ];
}

function ioFamilies({ io }: World): Family[] {
  const counter = (name: string, help: string, value: (found: World['io'][number]) => number): Family => ({
    name: `bench_volume_${name}_total`,
    help,
    type: 'counter',
    samples: io.map((found) => ({
      labels: { dataset: found.dataset, pool: found.dataset.split('/')[0] ?? '' },
      value: value(found),
    })),
  });
  return [
    counter('reads', 'Reads by programs since the dataset was mounted.', ({ reads }) => reads),
    counter('read_bytes', 'Bytes that programs have read since then.', ({ readBytes }) => readBytes),
    counter('writes', 'Writes by programs since then.', ({ writes }) => writes),
    counter(
      'written_bytes',
      'Bytes that programs have written since then.',
      ({ writtenBytes }) => writtenBytes,
    ),
  ];
}

function scrapeFamilies({ at, durationMs }: World): Family[] {
  return [
    gauge('bench_scrape_timestamp_seconds', 'When these figures were looked at.', [
      { labels: {}, value: at / 1000 },
    ]),
    gauge('bench_scrape_duration_seconds', 'How long that took.', [{ labels: {}, value: durationMs / 1000 }]),
  ];
}
