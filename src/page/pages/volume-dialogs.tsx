import { useState } from 'preact/hooks';
import { formatSize } from '../../config/size.js';
import type { ForecastBench } from '../../forecast/forecast.js';
import type { VolumeJson } from '../../volumes/volumes.js';
import { begin, part } from '../api.js';
import { usePolled } from '../hooks.js';
import { Dialog, Field, requireBytes, sizeProblem, TextField } from '../widgets/form.js';
import { size } from '../words.js';

interface Props {
  volume: VolumeJson;
  onClose: () => void;
}

const path = ({ id }: VolumeJson) => `/v1/volumes/${part(id)}`;

export function CreateDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [bytes, setBytes] = useState('10G');
  const [kind, setKind] = useState('filesystem');
  const [description, setDescription] = useState('');
  return (
    <Dialog
      title="New volume"
      action="Make it"
      isReady={name !== '' && sizeProblem(bytes, true) === undefined}
      onClose={onClose}
      onAgree={() =>
        begin('POST', '/v1/volumes', { name, sizeBytes: requireBytes(bytes), kind, description })
      }
    >
      <p>It outlives every bench.</p>
      <TextField label="Name" value={name} onChange={setName} required />
      <TextField label="Size" value={bytes} onChange={setBytes} problem={sizeProblem(bytes, true)} />
      <Field label="Kind">
        {(attributes) => (
          <select {...attributes} value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
            <option value="filesystem">filesystem, for benches</option>
            <option value="block">block, for machines</option>
          </select>
        )}
      </Field>
      <TextField label="Description" value={description} onChange={setDescription} />
    </Dialog>
  );
}

export function AttachDialog({ volume, bench, onClose }: Props & { bench: string | undefined }) {
  const isBlock = volume.kind === 'block';
  const benches = usePolled<{ benches: ForecastBench[] }>(isBlock ? undefined : '/v1/benches');
  const names = benches.data?.benches.map(({ name }) => name) ?? [];
  const [chosen, setChosen] = useState(bench ?? '');
  const [at, setAt] = useState(isBlock ? '' : `sites/${volume.name}`);
  const [mode, setMode] = useState('rw');
  const who = chosen || names[0] || '';
  return (
    <Dialog
      title={`Attach ${volume.name}`}
      action="Attach"
      isReady={isBlock ? at !== '' : who !== '' && at !== ''}
      onClose={onClose}
      onAgree={() =>
        begin(
          'POST',
          `${path(volume)}/attach`,
          isBlock ? { machine: at, mode } : { bench: who, path: at, mode },
        )
      }
    >
      {isBlock ? (
        <TextField label="Machine" value={at} onChange={setAt} hint="As its own tool calls it" />
      ) : (
        <>
          <Field label="Bench">
            {(attributes) => (
              <select {...attributes} value={who} onChange={(event) => setChosen(event.currentTarget.value)}>
                {names.map((name) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <TextField label="Path" value={at} onChange={setAt} hint="Below the directory of the bench" />
        </>
      )}
      <Field label="May">
        {(attributes) => (
          <select {...attributes} value={mode} onChange={(event) => setMode(event.currentTarget.value)}>
            <option value="rw">read and write</option>
            <option value="ro">only read</option>
          </select>
        )}
      </Field>
    </Dialog>
  );
}

export function DetachDialog({ volume, attachment, onClose }: Props & { attachment: string }) {
  const [kind, name = ''] = attachment.split(':');
  const overlay = volume.attachments.some(
    (each) => 'bench' in each && each.bench === name && each.mode === 'overlay',
  );
  const [keepAs, setKeepAs] = useState('');
  return (
    <Dialog
      title={`Detach ${volume.name} from the ${kind} ${name}`}
      action="Detach"
      isReady={!overlay || keepAs !== ''}
      onClose={onClose}
      onAgree={() =>
        begin('POST', `${path(volume)}/detach/${part(attachment)}`, keepAs === '' ? {} : { keepAs })
      }
    >
      <p>The data stay. It is refused while files in it are open.</p>
      {overlay && (
        <TextField label="Keep what was written to the private copy as" value={keepAs} onChange={setKeepAs} />
      )}
    </Dialog>
  );
}

export function ResizeDialog({ volume, onClose }: Props) {
  const [bytes, setBytes] = useState(formatSize(volume.sizeBytes));
  return (
    <Dialog
      title={`Resize ${volume.name}`}
      action="Resize"
      isReady={sizeProblem(bytes, true) === undefined}
      onClose={onClose}
      onAgree={() => begin('PATCH', path(volume), { sizeBytes: requireBytes(bytes) })}
    >
      <p>
        It has {size(volume.sizeBytes)}, of which {size(volume.usedBytes)} are used.{' '}
        {volume.kind === 'block' ? 'A block volume only grows.' : 'It may shrink down to what is used.'}
      </p>
      <TextField label="Size" value={bytes} onChange={setBytes} problem={sizeProblem(bytes, true)} />
    </Dialog>
  );
}

export function DeleteDialog({ volume, onClose }: Props) {
  const { id, name, usedBytes, description } = volume;
  return (
    <Dialog
      title={`Delete the volume ${name}`}
      action="Delete"
      word={name}
      onClose={onClose}
      onAgree={() => begin('DELETE', `${path(volume)}?confirm=${part(id)}`)}
    >
      <ul>
        <li>
          <strong>Lost for good:</strong> {size(usedBytes)}
          {description === '' ? '' : ` (${description})`}, and its snapshots
        </li>
        <li>It is refused while somebody has it.</li>
      </ul>
    </Dialog>
  );
}

/** Of a bench that was dropped with its volume kept, or of a copy that came back. */
export function TakeUpDialog({ volume, onClose }: { volume: VolumeJson; onClose: () => void }) {
  const [name, setName] = useState(volume.name);
  return (
    <Dialog
      title={`Make a bench of ${volume.name}`}
      action="Make it"
      isReady={name !== ''}
      onClose={onClose}
      onAgree={() => begin('POST', '/v1/benches', { name, fromVolume: volume.name })}
    >
      <p>Files, database and snapshots as they were, under this name, with a port of its own.</p>
      <TextField label="Name" value={name} onChange={setName} required />
    </Dialog>
  );
}
