import { useState } from 'preact/hooks';
import { formatSize } from '../../config/size.js';
import { begin, part } from '../api.js';
import type { TabProps } from '../tab-props.js';
import { Badge, Bar, ProblemBox } from '../widgets/basics.js';
import { requireBytes, sizeProblem, TextField, useBegin } from '../widgets/form.js';
import { bytesOf, size } from '../words.js';

/** Quota and reservation, changed while the bench runs. */
export function VolumeTab({ bench, status, session }: TabProps) {
  const { dataset, pool, binds } = status;
  return (
    <>
      <h2>Space of {dataset.name}</h2>
      <Bar
        whole={dataset.quotaBytes || pool.sizeBytes}
        parts={[
          ['used', dataset.usedBytes, 'used'],
          ['guaranteed, not used yet', Math.max(0, dataset.reservationBytes - dataset.usedBytes), 'reserved'],
        ]}
        label={`${size(dataset.usedBytes)} used, ${size(dataset.reservationBytes)} guaranteed, quota ${size(dataset.quotaBytes)}`}
      />
      <dl class="facts">
        <dt>Used</dt>
        <dd>{size(dataset.usedBytes)}, snapshots included</dd>
        <dt>Quota</dt>
        <dd>{size(dataset.quotaBytes)}</dd>
        <dt>Reservation</dt>
        <dd>{size(dataset.reservationBytes)}</dd>
        <dt>Free</dt>
        <dd>{size(dataset.availableBytes)} for this bench</dd>
        <dt>Pool</dt>
        <dd>
          {pool.name}, {size(pool.freeBytes)} of {size(pool.sizeBytes)} free{' '}
          <Badge kind={pool.health === 'ONLINE' ? 'good' : 'bad'}>{pool.health}</Badge>
        </dd>
        <dt>Lies on</dt>
        <dd>{pool.backing.path ?? pool.backing.kind}</dd>
        {binds.map(({ source, target, mounted }) => (
          <>
            <dt key={target}>{target}</dt>
            <dd>
              from {source}{' '}
              <Badge kind={mounted ? 'good' : 'bad'}>{mounted ? 'mounted' : 'not mounted'}</Badge>
            </dd>
          </>
        ))}
      </dl>
      {session.scope === 'admin' && (
        <Sizes
          // With what ZFS says now, whenever that changes.
          key={`${dataset.quotaBytes} ${dataset.reservationBytes}`}
          bench={bench}
          status={status}
        />
      )}
    </>
  );
}

function Sizes({ bench, status: { dataset } }: Pick<TabProps, 'bench' | 'status'>) {
  const [quota, setQuota] = useState(formatSize(dataset.quotaBytes));
  const [reservation, setReservation] = useState(formatSize(dataset.reservationBytes));
  const { start, isBusy, problem } = useBegin();
  const wanted = { quota: bytesOf(quota), reservation: bytesOf(reservation) };
  const below = 'bytes' in wanted.quota && wanted.quota.bytes < dataset.usedBytes;
  const quotaProblem =
    sizeProblem(quota, true) ??
    (below ? `${size(dataset.usedBytes)} are used: with less, every write would fail.` : undefined);
  const reservationProblem =
    sizeProblem(reservation, true) ??
    ('bytes' in wanted.reservation && 'bytes' in wanted.quota && wanted.reservation.bytes > wanted.quota.bytes
      ? 'No more than the quota can be guaranteed.'
      : undefined);
  const save = () =>
    begin('PATCH', `/v1/benches/${part(bench)}/settings`, {
      quotaBytes: requireBytes(quota),
      reservationBytes: requireBytes(reservation),
    });
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        void start(save);
      }}
    >
      <h2>Change the sizes</h2>
      <p class="quiet">At once, and without a restart. It is written to bench.toml as well.</p>
      <TextField
        label="Quota"
        value={quota}
        onChange={setQuota}
        hint="What the bench can take at most, such as 80G"
        problem={quotaProblem}
      />
      <TextField
        label="Reservation"
        value={reservation}
        onChange={setReservation}
        hint="What is guaranteed to it, such as 20G"
        problem={reservationProblem}
      />
      {problem !== undefined && <ProblemBox problem={problem} />}
      <button
        class="main"
        type="submit"
        disabled={isBusy || quotaProblem !== undefined || reservationProblem !== undefined}
      >
        Save
      </button>
    </form>
  );
}
