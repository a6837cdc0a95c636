import { useState } from 'preact/hooks';
import type { OffsiteStatus } from '../../offsite/offsite.js';
import { begin, part } from '../api.js';
import { usePolled } from '../hooks.js';
import type { TabProps } from '../tab-props.js';
import { Badge, Empty, Loaded, ProblemBox } from '../widgets/basics.js';
import { useBegin } from '../widgets/form.js';
import { away, size, time } from '../words.js';
import { PruneDialog } from './copy-dialogs.js';
import { CopyTable } from './copy-table.js';
import { OtherHost } from './other-host.js';

/** Copies that outlive this host: in an object store, and on another host. */
export function CopiesTab({ bench, session }: TabProps) {
  const store = usePolled<OffsiteStatus | null>(`/v1/benches/${part(bench)}/offsite`);
  return (
    <>
      <h2>In an object store</h2>
      <Loaded of={store}>
        {(status) =>
          status === null ? (
            <Empty>
              No copies leave this host. bench.toml says where they go, with which key, and for whom they are
              encrypted: [offsite], docs/offsite.md.
            </Empty>
          ) : (
            <Store bench={bench} status={status} session={session} />
          )
        }
      </Loaded>
      <h2>On another host</h2>
      <OtherHost bench={bench} session={session} />
    </>
  );
}

const OUTCOMES = { running: 'plain', done: 'good', failed: 'bad', killed: 'bad' } as const;

function Store({ bench, status, session }: Pick<TabProps, 'bench' | 'session'> & { status: OffsiteStatus }) {
  const { url, schedule, active, nextAt, last, copy, unfinished, held } = status;
  const { start, isBusy, problem } = useBegin();
  const [isPruning, setPruning] = useState(false);
  const push = (full: boolean) => start(() => begin('POST', `/v1/benches/${part(bench)}/copies`, { full }));
  const heldBytes = held.reduce((sum, { usedBytes }) => sum + usedBytes, 0);
  return (
    <>
      <dl class="facts">
        <dt>Store</dt>
        <dd>{url}</dd>
        <dt>When</dt>
        <dd>
          {schedule === null ? (
            'by hand'
          ) : (
            <>
              {schedule}{' '}
              <Badge kind={active ? 'good' : 'bad'}>{active ? 'timer runs' : 'timer does not run'}</Badge>
              {nextAt !== null && <span class="quiet"> next {time(nextAt)}</span>}
            </>
          )}
        </dd>
        <dt>Last run</dt>
        <dd>
          {last === null ? (
            'never'
          ) : (
            <>
              {time(last.startedAt)} <Badge kind={OUTCOMES[last.outcome]}>{last.outcome}</Badge>{' '}
              {last.error?.message}
            </>
          )}
        </dd>
        <dt>Last copy</dt>
        <dd>
          {copy === null ? 'none' : `${copy.tag}, ${away(copy.createdAt)}`}
          {unfinished !== null && (
            <span class="quiet">
              {' '}
              One was begun {away(unfinished.startedAt)}: the next run goes on with it.
            </span>
          )}
        </dd>
        <dt>Held for it</dt>
        <dd>
          {held.length === 0 ? 'nothing' : `${held.map(({ tag }) => tag).join(', ')}: ${size(heldBytes)}`}
        </dd>
      </dl>
      <div class="buttons">
        {session.scope !== 'read' && (
          <>
            <button type="button" class="main" disabled={isBusy} onClick={() => push(false)}>
              Copy now
            </button>
            <button type="button" disabled={isBusy} onClick={() => push(true)}>
              Copy all of it
            </button>
          </>
        )}
        {session.scope === 'admin' && (
          <button type="button" onClick={() => setPruning(true)}>
            Prune copies
          </button>
        )}
      </div>
      {problem !== undefined && <ProblemBox problem={problem} />}
      <CopyTable bench={bench} session={session} />
      {isPruning && <PruneDialog bench={bench} onClose={() => setPruning(false)} />}
    </>
  );
}
