import { useState } from 'preact/hooks';
import type { SnapshotList } from '../../snapshot/snapshot-orchestrator.js';
import { begin, part } from '../api.js';
import { usePolled } from '../hooks.js';
import type { TabProps } from '../tab-props.js';
import { Badge, Empty, Loaded, ProblemBox, Table } from '../widgets/basics.js';
import { Dialog, TextField, useBegin } from '../widgets/form.js';
import { away, size, time } from '../words.js';
import { ExtractDialog } from './extract-dialog.js';
import { DestroyDialog, type KeptNow, RestoreDialog, UndoDialog } from './restore-dialogs.js';

type Snapshot = SnapshotList['snapshots'][number];
type Asked =
  | { what: 'restore' | 'destroy' | 'clone' | 'extract'; tag: string }
  | { what: 'undo' | 'discard' };

/** So many at once: a bench may have thousands. */
const SHOWN = 50;

export function SnapshotsTab({ bench, session }: TabProps) {
  const list = usePolled<SnapshotList>(`/v1/benches/${part(bench)}/snapshots`);
  const undo = usePolled<KeptNow>(`/v1/benches/${part(bench)}/undo`, 15_000);
  const [asked, setAsked] = useState<Asked>();
  const [shown, setShown] = useState(SHOWN);
  const { start, isBusy, problem } = useBegin();
  const close = () => setAsked(undefined);
  const kept = undo.data?.kept ?? null;
  const isAdmin = session.scope === 'admin';
  return (
    <>
      {session.scope !== 'read' && <TakeForm bench={bench} />}
      {kept !== null && isAdmin && (
        <div class="notice">
          <p>
            The last restore has kept what was there before it, set aside {away(kept.keptAt)}:{' '}
            {size(kept.usedBytes)}, {kept.snapshots.length} snapshots.
          </p>
          <div class="buttons">
            <button type="button" class="main" onClick={() => setAsked({ what: 'undo' })}>
              Undo the restore
            </button>
            <button type="button" onClick={() => setAsked({ what: 'discard' })}>
              Drop the kept copy
            </button>
          </div>
        </div>
      )}
      {problem !== undefined && <ProblemBox problem={problem} />}
      <h2>Snapshots</h2>
      <Loaded of={list}>
        {({ snapshots }) =>
          snapshots.length === 0 ? (
            <Empty>There is no snapshot yet.</Empty>
          ) : (
            <>
              <Table caption={`Snapshots of ${bench}`} head={['Snapshot', 'Taken', 'Used', 'State', '']}>
                {snapshots.slice(0, shown).map((snapshot) => (
                  <tr key={snapshot.tag}>
                    <th scope="row">
                      {snapshot.tag}
                      {snapshot.note !== null && <p class="quiet">{snapshot.note}</p>}
                    </th>
                    <td title={snapshot.createdAt}>{time(snapshot.createdAt)}</td>
                    <td>{size(snapshot.usedBytes)}</td>
                    <td>
                      <States snapshot={snapshot} />
                    </td>
                    <td>
                      <div class="buttons">
                        {session.scope !== 'read' && (
                          <>
                            <button
                              type="button"
                              disabled={isBusy}
                              aria-label={`Verify ${snapshot.tag}`}
                              onClick={() =>
                                start(() =>
                                  begin('POST', `/v1/benches/${part(bench)}/verify`, { tag: snapshot.tag }),
                                )
                              }
                            >
                              Verify
                            </button>
                            <button
                              type="button"
                              aria-label={`Clone ${snapshot.tag}`}
                              onClick={() => setAsked({ what: 'clone', tag: snapshot.tag })}
                            >
                              Clone
                            </button>
                            <PinButton bench={bench} snapshot={snapshot} start={start} isBusy={isBusy} />
                          </>
                        )}
                        {isAdmin && (
                          <>
                            <button
                              type="button"
                              aria-label={`Extract from ${snapshot.tag}`}
                              onClick={() => setAsked({ what: 'extract', tag: snapshot.tag })}
                            >
                              Extract
                            </button>
                            <button
                              type="button"
                              aria-label={`Restore ${snapshot.tag}`}
                              onClick={() => setAsked({ what: 'restore', tag: snapshot.tag })}
                            >
                              Restore
                            </button>
                            <button
                              type="button"
                              aria-label={`Destroy ${snapshot.tag}`}
                              onClick={() => setAsked({ what: 'destroy', tag: snapshot.tag })}
                            >
                              Destroy
                            </button>
                          </>
                        )}
                      </div>
                    </td>
                  </tr>
                ))}
              </Table>
              {snapshots.length > shown && (
                <button type="button" onClick={() => setShown(shown + SHOWN)}>
                  Show more of {snapshots.length}
                </button>
              )}
            </>
          )
        }
      </Loaded>
      {asked?.what === 'restore' && <RestoreDialog bench={bench} tag={asked.tag} onClose={close} />}
      {asked?.what === 'destroy' && <DestroyDialog bench={bench} tag={asked.tag} onClose={close} />}
      {asked?.what === 'clone' && <CloneDialog bench={bench} tag={asked.tag} onClose={close} />}
      {asked?.what === 'extract' && <ExtractDialog bench={bench} tag={asked.tag} onClose={close} />}
      {(asked?.what === 'undo' || asked?.what === 'discard') && kept !== null && (
        <UndoDialog bench={bench} kept={kept} isDiscard={asked.what === 'discard'} onClose={close} />
      )}
    </>
  );
}

function TakeForm({ bench }: { bench: string }) {
  const [tag, setTag] = useState('');
  const [note, setNote] = useState('');
  const { start, isBusy, problem } = useBegin(() => {
    setTag('');
    setNote('');
  });
  return (
    <form
      class="panel line"
      onSubmit={(event) => {
        event.preventDefault();
        void start(() =>
          begin('POST', `/v1/benches/${part(bench)}/snapshots`, {
            ...(tag === '' ? {} : { tag }),
            ...(note === '' ? {} : { note }),
          }),
        );
      }}
    >
      <TextField label="Name" value={tag} onChange={setTag} hint="Default the time" />
      <TextField label="Note" value={note} onChange={setNote} />
      <button class="main" type="submit" disabled={isBusy}>
        Take a snapshot
      </button>
      {problem !== undefined && <ProblemBox problem={problem} />}
    </form>
  );
}

function States({ snapshot }: { snapshot: Snapshot }) {
  const { quiesce, verified, pinned, scheduled, holds, clones } = snapshot;
  return (
    <>
      {verified !== null && (
        <Badge kind={verified.verdict === 'ok' ? 'good' : 'bad'}>
          {verified.verdict === 'ok' ? 'verified' : 'found bad'}
        </Badge>
      )}
      {pinned && <Badge kind="plain">pinned</Badge>}
      {scheduled && <Badge kind="plain">scheduled</Badge>}
      {holds.length > 0 && <Badge kind="plain">held</Badge>}
      {clones.length > 0 && <Badge kind="plain">cloned</Badge>}
      {quiesce === 'crash-consistent' && <Badge kind="warn">crash-consistent</Badge>}
    </>
  );
}

function PinButton({
  bench,
  snapshot: { tag, pinned },
  start,
  isBusy,
}: {
  bench: string;
  snapshot: Snapshot;
  start: ReturnType<typeof useBegin>['start'];
  isBusy: boolean;
}) {
  const word = pinned ? 'Unpin' : 'Pin';
  return (
    <button
      type="button"
      disabled={isBusy}
      aria-label={`${word} ${tag}`}
      onClick={() =>
        start(() => begin(pinned ? 'DELETE' : 'PUT', `/v1/benches/${part(bench)}/snapshots/${part(tag)}/pin`))
      }
    >
      {word}
    </button>
  );
}

function CloneDialog({ bench, tag, onClose }: { bench: string; tag: string; onClose: () => void }) {
  const [name, setName] = useState('');
  return (
    <Dialog
      title={`Clone ${bench} as it was at ${tag}`}
      action="Clone"
      isReady={name !== ''}
      onClose={onClose}
      onAgree={() => begin('POST', `/v1/benches/${part(bench)}/clones`, { name, tag })}
    >
      <p>
        A bench of its own that shares its blocks with {bench}: made in seconds, with its own database and
        port.
      </p>
      <TextField label="Name of the clone" value={name} onChange={setName} required />
    </Dialog>
  );
}
