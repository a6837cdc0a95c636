import { begin, part } from '../api.js';
import { usePolled } from '../hooks.js';
import type { TabProps } from '../tab-props.js';
import { Badge, Empty, Loaded, ProblemBox } from '../widgets/basics.js';
import { SpaceChart } from '../widgets/chart.js';
import { useBegin } from '../widgets/form.js';
import type { SpaceSeen } from '../widgets/space-chart.js';
import { away, size, time } from '../words.js';

/** How a bench is, at one look. */
export function OverviewTab({ bench, status, session }: TabProps) {
  const { pool, dataset, mariadb, snapshots, clone, clones, forecast, schedule } = status;
  const space = usePolled<SpaceSeen>(`/v1/benches/${part(bench)}/space`, 60_000);
  const keyed = usePolled<Keyed>(`/v1/benches/${part(bench)}/key`, 30_000);
  const { start, isBusy, problem } = useBegin();
  const isSetUp = dataset.mounted || dataset.usedBytes > 0;
  return (
    <>
      <dl class="facts">
        <dt>Pool</dt>
        <dd>
          {pool.name} <Badge kind={pool.health === 'ONLINE' ? 'good' : 'bad'}>{pool.health}</Badge>{' '}
          <span class="quiet">
            {size(pool.sizeBytes)}, {size(pool.freeBytes)} free, {pool.backing.path ?? pool.backing.kind}
          </span>
        </dd>
        <dt>Dataset</dt>
        <dd>
          {dataset.name} <span class="quiet">{dataset.mounted ? dataset.mountpoint : 'not mounted'}</span>
        </dd>
        <dt>MariaDB</dt>
        <dd>
          {mariadb.unit}{' '}
          <Badge kind={mariadb.active ? 'good' : 'bad'}>{mariadb.active ? 'running' : 'stopped'}</Badge>{' '}
          <span class="quiet">{mariadb.version}</span>
        </dd>
        <dt>Space</dt>
        <dd>
          {size(dataset.usedBytes)} used of {size(dataset.quotaBytes)}
          {forecast?.fullAt != null && <span class="quiet">, full {away(forecast.fullAt)}</span>}
        </dd>
        <dt>Snapshots</dt>
        <dd>
          {snapshots.count}
          {snapshots.latest !== null && (
            <span class="quiet">
              , latest {snapshots.latest.tag}, {away(snapshots.latest.createdAt)}
            </span>
          )}
        </dd>
        <dt>Schedule</dt>
        <dd>
          {schedule === null ? 'none' : (schedule.snapshot ?? 'left')}
          {schedule?.nextAt != null && <span class="quiet">, next {time(schedule.nextAt)}</span>}
        </dd>
        {keyed.data !== undefined && (
          <>
            <dt>Encryption</dt>
            <dd>
              <Encryption keyed={keyed.data} />
            </dd>
          </>
        )}
        {clone !== null && (
          <>
            <dt>Clone of</dt>
            <dd>{clone.source}</dd>
          </>
        )}
        {clones.length > 0 && (
          <>
            <dt>Cloned as</dt>
            <dd>{clones.join(', ')}</dd>
          </>
        )}
      </dl>
      {!isSetUp && session.scope === 'admin' && (
        <Empty>
          It is not set up, or its volume is away.{' '}
          <button
            type="button"
            disabled={isBusy}
            onClick={() => start(() => begin('POST', `/v1/benches/${part(bench)}/init`))}
          >
            Set it up
          </button>
        </Empty>
      )}
      {problem !== undefined && <ProblemBox problem={problem} />}
      <h2>Space over time</h2>
      {isSetUp && <Loaded of={space}>{(seen) => <SpaceChart space={seen} />}</Loaded>}
    </>
  );
}

interface Keyed {
  encrypted: boolean;
  loaded: boolean | null;
  source: string | null;
  escrow: { at: string; current: boolean } | null;
  rotating: boolean;
}

function Encryption({ keyed: { encrypted, loaded, source, escrow, rotating } }: { keyed: Keyed }) {
  if (!encrypted) return <>off</>;
  return (
    <>
      <Badge kind={loaded ? 'good' : 'bad'}>{loaded ? 'key loaded' : 'key not loaded'}</Badge>{' '}
      <span class="quiet">
        from {source}
        {escrow?.current && `, a copy of it put away ${away(escrow.at)}`}
      </span>
      {(escrow === null || !escrow.current) && <Badge kind="warn">no copy of the key is known</Badge>}
      {rotating && <Badge kind="warn">a rotation was cut off</Badge>}
    </>
  );
}
