import { useState } from 'preact/hooks';
import type { CopyList, ListedCopy } from '../../offsite/offsite.js';
import { part } from '../api.js';
import { usePolled } from '../hooks.js';
import type { TabProps } from '../tab-props.js';
import { Badge, Empty, Loaded, ProblemBox, Table } from '../widgets/basics.js';
import { away, size, time } from '../words.js';
import { RestoreCopyDialog, VerifyCopyDialog } from './copy-dialogs.js';

/** So many at once: a store may have hundreds. */
const SHOWN = 50;
/** The store is asked for it, which may cost money. */
const EVERY_MS = 120_000;

type Asked = { what: 'verify' | 'restore'; copy: ListedCopy };

/** What the store has, the newest first. */
export function CopyTable({ bench, session }: Pick<TabProps, 'bench' | 'session'>) {
  const list = usePolled<CopyList>(`/v1/benches/${part(bench)}/copies`, EVERY_MS);
  const [asked, setAsked] = useState<Asked>();
  const [shown, setShown] = useState(SHOWN);
  const close = () => setAsked(undefined);
  return (
    <>
      <Loaded of={list}>
        {({ copies, damaged, unfinished, storedBytes }) => (
          <>
            {damaged.map(({ id, message }) => (
              <ProblemBox
                key={id}
                problem={{
                  detail: `${id}: ${message}`,
                  stderr: null,
                  suggestions: ['A full copy builds on none of it: Copy all of it'],
                }}
              />
            ))}
            {copies.length === 0 ? (
              <Empty>The store has no whole copy yet.</Empty>
            ) : (
              <Table caption={`Copies of ${bench}`} head={['Snapshot', 'Age', 'Size', 'Verdict', '']}>
                {[...copies]
                  .reverse()
                  .slice(0, shown)
                  .map((copy) => (
                    <Row key={copy.id} copy={copy} session={session} ask={setAsked} />
                  ))}
              </Table>
            )}
            {copies.length > shown && (
              <button type="button" onClick={() => setShown(shown + SHOWN)}>
                Show more of {copies.length}
              </button>
            )}
            <p class="quiet">
              {size(storedBytes)} in the store
              {unfinished.length > 0 && `; parts of ${unfinished.length} that are not whole, and no copies`}
            </p>
          </>
        )}
      </Loaded>
      {asked?.what === 'verify' && <VerifyCopyDialog bench={bench} copy={asked.copy} onClose={close} />}
      {asked?.what === 'restore' && <RestoreCopyDialog bench={bench} copy={asked.copy} onClose={close} />}
    </>
  );
}

function Row({
  copy,
  session,
  ask,
}: {
  copy: ListedCopy;
  session: TabProps['session'];
  ask: (asked: Asked) => void;
}) {
  const { id, tag, kind, createdAt, storedBytes } = copy;
  return (
    <tr>
      <th scope="row">
        {tag} <span class="quiet">{kind}</span>
        <p class="quiet">{id}</p>
      </th>
      <td title={createdAt}>
        {away(createdAt)}
        <p class="quiet">{time(createdAt)}</p>
      </td>
      <td>{size(storedBytes)}</td>
      <td>
        <Verdict copy={copy} />
      </td>
      <td>
        <div class="buttons">
          {session.scope !== 'read' && (
            <button
              type="button"
              aria-label={`Verify the copy ${tag}`}
              onClick={() => ask({ what: 'verify', copy })}
            >
              Verify
            </button>
          )}
          {session.scope === 'admin' && (
            <button
              type="button"
              aria-label={`Restore the copy ${tag}`}
              onClick={() => ask({ what: 'restore', copy })}
            >
              Restore
            </button>
          )}
        </div>
      </td>
    </tr>
  );
}

function Verdict({ copy: { state, verified, lockedUntil } }: { copy: ListedCopy }) {
  return (
    <>
      {state === 'broken' && <Badge kind="bad">broken: one that it builds on is missing</Badge>}
      {verified === null ? (
        <span class="quiet">nobody has looked</span>
      ) : (
        <>
          <Badge kind={verified.verdict === 'ok' ? 'good' : 'bad'}>
            {verified.verdict === 'ok' ? `${verified.level} ok` : 'found bad'}
          </Badge>{' '}
          <span class="quiet">
            {away(verified.at)}
            {verified.reason !== null && `: ${verified.reason}`}
          </span>
        </>
      )}
      {lockedUntil !== null && <p class="quiet">locked until {time(lockedUntil)}</p>}
    </>
  );
}
