import { useState } from 'preact/hooks';
import type { VolumeJson, VolumeList } from '../../volumes/volumes.js';
import type { Session } from '../api.js';
import { part } from '../api.js';
import { usePolled } from '../hooks.js';
import { Badge, Empty, Loaded, Table } from '../widgets/basics.js';
import { Field, TextField } from '../widgets/form.js';
import { size } from '../words.js';
import {
  AttachDialog,
  CreateDialog,
  DeleteDialog,
  DetachDialog,
  ResizeDialog,
  TakeUpDialog,
} from './volume-dialogs.js';

type Asked =
  | { what: 'create' }
  | { what: 'attach' | 'resize' | 'delete' | 'take-up'; volume: VolumeJson }
  | { what: 'detach'; volume: VolumeJson; attachment: string };

/** The volumes of the host, or of one bench: found, made, attached, detached, resized, deleted. */
export function VolumesPage({ bench, session }: { bench?: string; session: Session }) {
  const [search, setSearch] = useState('');
  const [status, setStatus] = useState('');
  const [asked, setAsked] = useState<Asked>();
  const query = new URLSearchParams({
    ...(search === '' ? {} : { search }),
    ...(status === '' ? {} : { status }),
    ...(bench === undefined ? {} : { bench }),
  });
  const list = usePolled<VolumeList>(`/v1/volumes${query.size === 0 ? '' : `?${query}`}`);
  const close = () => setAsked(undefined);
  const mayOperate = session.scope !== 'read';
  return (
    <>
      {bench === undefined ? <h1>Volumes</h1> : <h2>Volumes of {bench}</h2>}
      <div class="panel line">
        <TextField label="Search" value={search} onChange={setSearch} />
        <Field label="Status">
          {(attributes) => (
            <select {...attributes} value={status} onChange={(event) => setStatus(event.currentTarget.value)}>
              <option value="">all</option>
              <option value="available">available</option>
              <option value="attached">attached</option>
              <option value="incomplete">incomplete</option>
            </select>
          )}
        </Field>
        {mayOperate && (
          <button type="button" class="main" onClick={() => setAsked({ what: 'create' })}>
            New volume
          </button>
        )}
      </div>
      <Loaded of={list}>
        {({ volumes, pools }) =>
          volumes.length === 0 ? (
            <Empty>{query.size === 0 ? 'There is no volume yet.' : 'No volume is like that.'}</Empty>
          ) : (
            <>
              <Table caption="Volumes" head={['Volume', 'Kind', 'Size', 'Used', 'Status', 'Attached to', '']}>
                {volumes.map((volume) => (
                  <Row key={volume.dataset} volume={volume} session={session} ask={setAsked} />
                ))}
              </Table>
              {bench === undefined &&
                pools.map((pool) => (
                  <p class="quiet" key={pool.name}>
                    Pool {pool.name}: {size(pool.usedBytes)} used, {size(pool.availableBytes)} free;{' '}
                    {pool.volumes} data volumes that may grow to {size(pool.provisionedBytes)}
                  </p>
                ))}
            </>
          )
        }
      </Loaded>
      {asked?.what === 'create' && <CreateDialog onClose={close} />}
      {asked?.what === 'attach' && <AttachDialog volume={asked.volume} bench={bench} onClose={close} />}
      {asked?.what === 'resize' && <ResizeDialog volume={asked.volume} onClose={close} />}
      {asked?.what === 'take-up' && <TakeUpDialog volume={asked.volume} onClose={close} />}
      {asked?.what === 'delete' && <DeleteDialog volume={asked.volume} onClose={close} />}
      {asked?.what === 'detach' && (
        <DetachDialog volume={asked.volume} attachment={asked.attachment} onClose={close} />
      )}
    </>
  );
}

function Row({
  volume,
  session,
  ask,
}: {
  volume: VolumeJson;
  session: Session;
  ask: (asked: Asked) => void;
}) {
  const { name, role, kind, format, sizeBytes, usedBytes, status, attachments, description } = volume;
  const isData = role === 'data' && session.scope !== 'read';
  return (
    <tr>
      <th scope="row">
        {name}
        {role !== 'data' && <span class="quiet"> ({role})</span>}
        {description !== '' && <p class="quiet">{description}</p>}
      </th>
      <td>{format ?? kind}</td>
      <td>{sizeBytes === 0 ? 'no limit' : size(sizeBytes)}</td>
      <td>{size(usedBytes)}</td>
      <td>
        <Badge kind={status === 'incomplete' ? 'warn' : status === 'attached' ? 'good' : 'plain'}>
          {status}
        </Badge>
      </td>
      <td>
        {attachments.map((each) => {
          const id = 'bench' in each ? `bench:${each.bench}` : `machine:${each.machine}`;
          return (
            <p key={id}>
              {'bench' in each ? (
                <a href={`#/benches/${part(each.bench)}`}>{each.bench}</a>
              ) : (
                `machine ${each.machine}`
              )}{' '}
              <span class="quiet">
                {'bench' in each ? each.path : each.drive} ({each.mode})
              </span>{' '}
              {isData && (
                <button
                  type="button"
                  aria-label={`Detach ${name} from ${id.replace(':', ' ')}`}
                  onClick={() => ask({ what: 'detach', volume, attachment: id })}
                >
                  Detach
                </button>
              )}
            </p>
          );
        })}
      </td>
      <td>
        <div class="buttons">
          {isData && (
            <>
              <button
                type="button"
                aria-label={`Attach ${name}`}
                onClick={() => ask({ what: 'attach', volume })}
              >
                Attach
              </button>
              <button
                type="button"
                aria-label={`Resize ${name}`}
                onClick={() => ask({ what: 'resize', volume })}
              >
                Resize
              </button>
            </>
          )}
          {role === 'preserved' && session.scope === 'admin' && (
            <button
              type="button"
              aria-label={`Make a bench of ${name}`}
              onClick={() => ask({ what: 'take-up', volume })}
            >
              Make a bench
            </button>
          )}
          {isData && session.scope === 'admin' && (
            <button
              type="button"
              aria-label={`Delete ${name}`}
              onClick={() => ask({ what: 'delete', volume })}
            >
              Delete
            </button>
          )}
        </div>
      </td>
    </tr>
  );
}
