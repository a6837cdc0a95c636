import { useState } from 'preact/hooks';
import type { CopyStatus } from '../../replicate/replicate.js';
import { begin, part } from '../api.js';
import { usePolled } from '../hooks.js';
import type { TabProps } from '../tab-props.js';
import { Badge, Empty, Loaded, ProblemBox } from '../widgets/basics.js';
import { useBegin } from '../widgets/form.js';
import { away, size, time } from '../words.js';

/** The other host is asked only where somebody wants it, and then not often. */
const ASK_MS = 60_000;

/** How far behind the copy on another host is. */
export function OtherHost({ bench, session }: Pick<TabProps, 'bench' | 'session'>) {
  const [isAsked, setAsked] = useState(false);
  const path = `/v1/benches/${part(bench)}/replicate`;
  const state = usePolled<CopyStatus | null>(
    isAsked ? `${path}?ask=true` : path,
    isAsked ? ASK_MS : undefined,
  );
  const { start, isBusy, problem } = useBegin();
  return (
    <Loaded of={state}>
      {(status) =>
        status === null ? (
          <Empty>
            No copy goes to another host. On this one: <code>bench replicate setup HOST -b {bench}</code>
          </Empty>
        ) : (
          <>
            <Facts status={status} />
            <div class="buttons">
              {session.scope !== 'read' && (
                <button
                  type="button"
                  class="main"
                  disabled={isBusy}
                  onClick={() => start(() => begin('POST', `${path}/run`))}
                >
                  Send now
                </button>
              )}
              {!isAsked && (
                <button type="button" onClick={() => setAsked(true)}>
                  Ask {status.to}
                </button>
              )}
            </div>
            {problem !== undefined && <ProblemBox problem={problem} />}
          </>
        )
      }
    </Loaded>
  );
}

function Facts({ status }: { status: CopyStatus }) {
  const { to, target, schedule, nextAt, last, copied, lagBytes, incomplete, supersededBy } = status;
  return (
    <dl class="facts">
      <dt>To</dt>
      <dd>
        {to} <span class="quiet">{target}</span> <Reachable status={status} />
      </dd>
      <dt>When</dt>
      <dd>
        {schedule ?? 'by hand'}
        {nextAt !== null && <span class="quiet">, next {time(nextAt)}</span>}
      </dd>
      <dt>Last run</dt>
      <dd>
        {last === null ? (
          'never'
        ) : (
          <>
            {time(last.startedAt)}{' '}
            <Badge kind={last.outcome === 'done' ? 'good' : last.outcome === 'running' ? 'plain' : 'bad'}>
              {last.outcome}
            </Badge>{' '}
            {last.error?.message}
          </>
        )}
      </dd>
      <dt>Behind</dt>
      <dd>
        {copied === null ? (
          <Badge kind="bad">nothing whole is there</Badge>
        ) : (
          <>
            what was written since {copied.tag}, {away(copied.createdAt)}: {size(lagBytes)}
          </>
        )}
        {incomplete && <span class="quiet"> A stream was cut off, and will be gone on with.</span>}
      </dd>
      {supersededBy !== null && (
        <>
          <dt>Taken up</dt>
          <dd>
            <Badge kind="warn">by {supersededBy}</Badge> This host has no right to run it any more.
          </dd>
        </>
      )}
    </dl>
  );
}

function Reachable({ status: { reachable, unreachableBecause } }: { status: CopyStatus }) {
  if (reachable === null) return null;
  if (reachable) return <Badge kind="good">answers</Badge>;
  return (
    <>
      <Badge kind="bad">does not answer</Badge> <span class="quiet">{unreachableBecause}</span>
    </>
  );
}
