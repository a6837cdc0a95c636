import { useState } from 'preact/hooks';
import type { FleetBench } from '../../fleet/fleet.js';
import type { PromoteJson } from '../../output/promote.js';
import { begin, part } from '../api.js';
import { usePolled, useSettled } from '../hooks.js';
import { Badge, Loaded } from '../widgets/basics.js';
import { Check, Choice, Dialog, TextField } from '../widgets/form.js';
import { size, time } from '../words.js';

/** A preview asks the hosts: once. */
const ONCE_MS = 3_600_000;

interface Props {
  bench: FleetBench;
  onClose: () => void;
}

const SOURCE: Readonly<Record<PromoteJson['source']['state'], string>> = {
  live: 'runs it now, and is stopped first',
  stopped: 'answers, and does not run it: it is told to leave it',
  gone: 'answers, and has no such bench',
  unreachable: 'does not answer: make sure that it does not run it, or two would',
};

/** Takes a bench up from its copy; what was written since that is lost, so the preview is read first. */
export function PromoteDialog({ bench: { name, copies }, onClose }: Props) {
  const [on, setOn] = useState(copies[0]?.host ?? '');
  const [stopSource, setStop] = useState(false);
  const path = `/v1/fleet/benches/${part(name)}/promote`;
  const preview = usePolled<PromoteJson & { host: string }>(
    `${path}?${new URLSearchParams({ on, stopSource: String(stopSource) })}`,
    ONCE_MS,
  );
  return (
    <Dialog
      title={`Take ${name} up on ${on}`}
      action="Take it up"
      word={name}
      isReady={preview.data !== undefined}
      onClose={onClose}
      onAgree={() => begin('POST', path, { on, stopSource, confirm: name })}
    >
      {copies.length > 1 && (
        <Choice
          label="Host"
          value={on}
          options={Object.fromEntries(copies.map(({ host }) => [host, host]))}
          onChange={setOn}
        />
      )}
      <Check label="Stop it on the host that runs it" checked={stopSource} onChange={setStop} />
      <Loaded of={preview}>
        {({ tag, createdAt, from, source, fleet }) => (
          <ul>
            {tag === null ? (
              <li>A promotion that was cut off goes on.</li>
            ) : (
              <li>
                The copy from {from} is of {time(createdAt ?? '')} ({tag}).{' '}
                <strong>Lost: what was written since.</strong>
              </li>
            )}
            <li>
              {source.host} {SOURCE[source.state]}.
            </li>
            {fleet.state === 'silent' && (
              <li>
                <Badge kind="bad">etcd does not answer</Badge> Nobody can know who has the right to run it.
              </li>
            )}
            {fleet.owner !== null && <li>{fleet.owner} loses the right to run it.</li>}
          </ul>
        )}
      </Loaded>
    </Dialog>
  );
}

/** Brings a bench to another host; nothing is lost. */
export function MoveDialog({ bench: { name, host, usedBytes, replicateTo, copies }, onClose }: Props) {
  const [to, setTo] = useState(copies.find((copy) => copy.host !== host)?.host ?? replicateTo ?? '');
  const settled = useSettled(to);
  const path = `/v1/fleet/benches/${part(name)}/move`;
  const preview = usePolled<{ from: string; to: string }>(
    settled === '' ? undefined : `${path}?${new URLSearchParams({ to: settled })}`,
    ONCE_MS,
  );
  return (
    <Dialog
      title={`Move ${name}`}
      action="Move it"
      word={name}
      isReady={preview.data?.to === to}
      onClose={onClose}
      onAgree={() => begin('POST', path, { to, confirm: name })}
    >
      <TextField label="To the host" value={to} onChange={setTo} required />
      <Loaded of={preview}>
        {(found) => (
          <ul>
            <li>
              It stops on {found.from} for the time of its last increment, and runs on {found.to} then.
              Nothing is lost.
            </li>
            {usedBytes !== null && (
              <li>{size(usedBytes)} in all; only what has changed goes over meanwhile.</li>
            )}
          </ul>
        )}
      </Loaded>
    </Dialog>
  );
}
