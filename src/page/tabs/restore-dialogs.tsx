import { useState } from 'preact/hooks';
import type { DestroyResult, KeptCopy, RestorePreview } from '../../snapshot/snapshot-orchestrator.js';
import { begin, part } from '../api.js';
import { usePolled } from '../hooks.js';
import { Loaded } from '../widgets/basics.js';
import { Check, Dialog } from '../widgets/form.js';
import { size, time } from '../words.js';

export interface KeptNow {
  kept: KeptCopy | null;
}

/** A preview is looked at once: it costs, and a number that moves while one reads helps nobody. */
const ONCE_MS = 3_600_000;

export function RestoreDialog({ bench, tag, onClose }: { bench: string; tag: string; onClose: () => void }) {
  const [keep, setKeep] = useState(true);
  const path = `/v1/benches/${part(bench)}/snapshots/${part(tag)}/restore?keep=${keep}`;
  const preview = usePolled<RestorePreview>(path, ONCE_MS);
  return (
    <Dialog
      title={`Restore ${bench} to ${tag}`}
      action="Restore"
      word={tag}
      isReady={preview.data !== undefined}
      onClose={onClose}
      onAgree={() => begin('POST', `/v1/benches/${part(bench)}/restore`, { tag, keep, confirm: tag })}
    >
      <Check label="Keep what is there now, so that this can be undone" checked={keep} onChange={setKeep} />
      <Loaded of={preview}>{(found) => <RestoreText preview={found} />}</Loaded>
    </Dialog>
  );
}

function RestoreText({ preview }: { preview: RestorePreview }) {
  const { createdAt, destroys, lostBytes, keeps, replaces, finishes, volumes, releases } = preview;
  return (
    <ul>
      <li>Files and database become what they were at {time(createdAt)}. Services stop meanwhile.</li>
      {finishes && <li>It finishes the restore that was cut off.</li>}
      {keeps ? (
        <li>Nothing is lost: what is there now is set aside with all its snapshots.</li>
      ) : (
        <li>
          <strong>Lost for good:</strong> {size(lostBytes)} that were written since
          {destroys.length > 0 && `, and the newer snapshots ${destroys.join(', ')}`}
        </li>
      )}
      {replaces !== null && (
        <li>
          <strong>Dropped:</strong> the copy that an earlier restore has kept at {time(replaces.keptAt)} (
          {size(replaces.usedBytes)})
        </li>
      )}
      {volumes.map(({ name, action, reason, destroys: newer }) => (
        <li key={name}>
          The volume {name} is {action === 'restored' ? 'restored along' : `left as it is: ${reason ?? ''}`}
          {newer.length > 0 && `; lost: its newer snapshots ${newer.join(', ')}`}
        </li>
      ))}
      {releases.length > 0 && (
        <li>
          Holds for copies elsewhere end with the newer snapshots: the next copy is a whole one, or another
          host refuses it and says what to do.
        </li>
      )}
    </ul>
  );
}

export function DestroyDialog({ bench, tag, onClose }: { bench: string; tag: string; onClose: () => void }) {
  const preview = usePolled<DestroyResult>(
    `/v1/benches/${part(bench)}/snapshots/${part(tag)}/destroy`,
    ONCE_MS,
  );
  return (
    <Dialog
      title={`Destroy the snapshot ${tag}`}
      action="Destroy"
      word={tag}
      isReady={preview.data !== undefined}
      onClose={onClose}
      onAgree={() =>
        begin('DELETE', `/v1/benches/${part(bench)}/snapshots/${part(tag)}?confirm=${part(tag)}`)
      }
    >
      <Loaded of={preview}>
        {({ freedBytes, volumes }) => (
          <ul>
            <li>{size(freedBytes)} become free. It cannot be brought back.</li>
            {volumes.map(({ dataset, tags }) => (
              <li key={dataset}>
                {dataset} loses {tags.join(', ')}, taken at the same moment
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Dialog>
  );
}

export function UndoDialog({
  bench,
  kept,
  isDiscard,
  onClose,
}: {
  bench: string;
  kept: KeptCopy;
  isDiscard: boolean;
  onClose: () => void;
}) {
  const path = `/v1/benches/${part(bench)}/undo`;
  return (
    <Dialog
      title={isDiscard ? `Drop the kept copy of ${bench}` : `Undo the restore of ${bench}`}
      action={isDiscard ? 'Drop it' : 'Undo'}
      word={bench}
      onClose={onClose}
      onAgree={() =>
        isDiscard
          ? begin('DELETE', `${path}?confirm=${part(bench)}&keptAt=${part(kept.keptAt)}`)
          : begin('POST', path, { confirm: bench })
      }
    >
      <ul>
        {isDiscard ? (
          <li>
            {size(kept.usedBytes)} become free, and {kept.snapshots.length} snapshots go. Then nothing can be
            undone.
          </li>
        ) : (
          <li>
            What was set aside at {time(kept.keptAt)} and what is there now change places, each with all its
            snapshots. Undone once more, they change back. Services stop meanwhile.
          </li>
        )}
      </ul>
    </Dialog>
  );
}
