import type { ForecastBench } from '../../forecast/forecast.js';
import type { Session } from '../api.js';
import { usePolled } from '../hooks.js';
import { Badge, Bar, Empty, Loaded } from '../widgets/basics.js';
import { away, size } from '../words.js';

/** All benches of the host, with their space and how long it lasts. */
export function BenchesPage({ session }: { session: Session }) {
  const list = usePolled<{ benches: ForecastBench[] }>('/v1/benches');
  return (
    <>
      <h1>Benches</h1>
      <Loaded of={list}>
        {({ benches }) =>
          benches.length === 0 ? (
            <Empty>
              There is no bench on this host yet.{' '}
              {session.scope === 'admin' ? (
                <a href="#/new">Make the first one</a>
              ) : (
                'bench new NAME makes one.'
              )}
            </Empty>
          ) : (
            <ul class="cards">
              {benches.map((bench) => (
                <BenchCard key={bench.name} bench={bench} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}

function BenchCard({ bench }: { bench: ForecastBench }) {
  const { name, state, usedBytes, quotaBytes, clone, fullAt, dataset } = bench;
  return (
    <li class="card">
      <h2>
        <a href={`#/benches/${encodeURIComponent(name)}`}>{name}</a>{' '}
        <Badge
          kind={
            state === 'running' ? 'good' : state === 'not-set-up' || state === 'starting' ? 'plain' : 'bad'
          }
        >
          {state.replaceAll('-', ' ')}
        </Badge>
      </h2>
      <p class="quiet">
        {dataset ?? 'no dataset yet'}
        {clone !== null && `, a clone of ${clone.source}`}
      </p>
      {usedBytes !== null && quotaBytes !== null && (
        <Bar
          whole={quotaBytes}
          parts={[['used', usedBytes, 'used']]}
          label={`${size(usedBytes)} of ${size(quotaBytes)} used`}
        />
      )}
      <p class="quiet">
        {quotaBytes !== null && `quota ${size(quotaBytes)}`}
        {fullAt !== null && `, full ${away(fullAt)}`}
      </p>
    </li>
  );
}
