import { useState } from 'preact/hooks';
import type { FleetBench, FleetHost, FleetVolume } from '../../fleet/fleet.js';
import type { Session } from '../api.js';
import { type Polled, usePolled, useSettled } from '../hooks.js';
import { Badge, Empty, Loaded, Table } from '../widgets/basics.js';
import { Choice, TextField } from '../widgets/form.js';
import { away, size } from '../words.js';
import { MoveDialog, PromoteDialog } from './fleet-dialogs.js';

/** Hosts tell of themselves every few minutes, and the server asks etcd at most twice a minute. */
const FAR_MS = 30_000;

type Asked = { what: 'promote' | 'move'; bench: FleetBench };

/** Many hosts as one: the hosts, their benches with the copies of each, and the volumes of all of them. */
export function FleetPage({ session }: { session: Session }) {
  const [limit, setLimit] = useState('');
  const [asked, setAsked] = useState<Asked>();
  const settled = useSettled(limit);
  const query = settled === '' ? '' : `?${new URLSearchParams({ limit: settled })}`;
  const hosts = usePolled<{ hosts: FleetHost[] } | null>(`/v1/fleet/hosts${query}`, FAR_MS);
  const benches = usePolled<{ benches: FleetBench[] } | null>(`/v1/fleet/benches${query}`, FAR_MS);
  const close = () => setAsked(undefined);
  return (
    <>
      <h1>Fleet</h1>
      <div class="panel line">
        <TextField
          label="Hosts"
          value={limit}
          onChange={setLimit}
          hint="Names, patterns and labels: web*,&role=prod,!web3"
        />
      </div>
      <Known of={hosts}>{({ hosts: all }) => <Hosts hosts={all} />}</Known>
      <h2>Benches</h2>
      <Known of={benches}>
        {({ benches: all }) => <Benches benches={all} mayChange={session.scope === 'admin'} ask={setAsked} />}
      </Known>
      <h2>Volumes</h2>
      <Volumes limit={settled} />
      {asked?.what === 'promote' && <PromoteDialog bench={asked.bench} onClose={close} />}
      {asked?.what === 'move' && <MoveDialog bench={asked.bench} onClose={close} />}
    </>
  );
}

/** What etcd says; a host that is in no fleet has nothing to show. */
function Known<T>({
  of,
  children,
}: {
  of: Polled<T | null>;
  children: (found: T) => preact.ComponentChildren;
}) {
  return (
    <Loaded of={of}>
      {(found) =>
        found === null ? (
          <Empty>
            This host is in no fleet. On it: <code>bench fleet setup</code>
          </Empty>
        ) : (
          children(found)
        )
      }
    </Loaded>
  );
}

function Seen({ present, seenAt }: { present: boolean; seenAt: string }) {
  return present ? (
    <Badge kind="good">present</Badge>
  ) : (
    <>
      <Badge kind="bad">absent</Badge> <span class="quiet">{away(seenAt)}</span>
    </>
  );
}

function At({ place: { host, present } }: { place: { host: string; present: boolean } }) {
  return (
    <>
      {host} {!present && <Badge kind="bad">absent</Badge>}
    </>
  );
}

function Hosts({ hosts }: { hosts: FleetHost[] }) {
  if (hosts.length === 0) return <Empty>No host is like that.</Empty>;
  return (
    <Table caption="Hosts" head={['Host', 'State', 'Benches', 'Volumes', 'Copies', 'Pools', 'Labels']}>
      {hosts.map(({ name, present, seenAt, benches, volumes, copies, pools, labels }) => (
        <tr key={name}>
          <th scope="row">{name}</th>
          <td>
            <Seen present={present} seenAt={seenAt} />
          </td>
          <td>{benches}</td>
          <td>{volumes}</td>
          <td>{copies}</td>
          <td>
            {pools.map((pool) => (
              <p key={pool.name}>
                {pool.name} <Badge kind={pool.health === 'ONLINE' ? 'good' : 'bad'}>{pool.health}</Badge>
              </p>
            ))}
          </td>
          <td class="quiet">
            {Object.entries(labels)
              .map(([key, value]) => `${key}=${value}`)
              .join(' ')}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Benches({
  benches,
  mayChange,
  ask,
}: {
  benches: FleetBench[];
  mayChange: boolean;
  ask: (asked: Asked) => void;
}) {
  if (benches.length === 0) return <Empty>There is no bench on these hosts.</Empty>;
  return (
    <Table
      caption="Benches of all hosts"
      head={['Bench', 'Host', 'State', 'Used', 'Right to run it', 'Copies', '']}
    >
      {benches.map((bench) => (
        <tr key={`${bench.host} ${bench.name}`}>
          <th scope="row">{bench.name}</th>
          <td>
            <At place={bench} />
          </td>
          <td>
            <Badge kind={bench.state === 'running' ? 'good' : 'plain'}>
              {bench.state.replaceAll('-', ' ')}
            </Badge>
          </td>
          <td>{bench.usedBytes === null ? '' : size(bench.usedBytes)}</td>
          <td>{bench.owner ?? <span class="quiet">not in question</span>}</td>
          <td>
            {bench.copies.map((copy) => (
              <p key={copy.host}>
                <At place={copy} />
              </p>
            ))}
          </td>
          <td>
            <div class="buttons">
              {mayChange && bench.replicateTo !== null && (
                <button
                  type="button"
                  aria-label={`Move ${bench.name}`}
                  onClick={() => ask({ what: 'move', bench })}
                >
                  Move
                </button>
              )}
              {mayChange && bench.copies.length > 0 && (
                <button
                  type="button"
                  aria-label={`Take up ${bench.name} elsewhere`}
                  onClick={() => ask({ what: 'promote', bench })}
                >
                  Take up
                </button>
              )}
            </div>
          </td>
        </tr>
      ))}
    </Table>
  );
}

const STATUS = { '': 'all', available: 'available', attached: 'attached', incomplete: 'incomplete' } as const;
/** More rows than anybody reads; the search is what finds one among thousands. */
const MOST_ROWS = 200;

function Volumes({ limit }: { limit: string }) {
  const [search, setSearch] = useState('');
  const [status, setStatus] = useState<keyof typeof STATUS>('');
  const settled = useSettled(search);
  const query = new URLSearchParams({
    ...(limit === '' ? {} : { limit }),
    ...(settled === '' ? {} : { search: settled }),
    ...(status === '' ? {} : { status }),
  });
  const list = usePolled<{ volumes: FleetVolume[] } | null>(`/v1/fleet/volumes?${query}`, FAR_MS);
  return (
    <>
      <div class="panel line">
        <TextField label="Search" value={search} onChange={setSearch} />
        <Choice label="Status" value={status} options={STATUS} onChange={setStatus} />
      </div>
      <Known of={list}>
        {({ volumes }) =>
          volumes.length === 0 ? (
            <Empty>No volume is like that.</Empty>
          ) : (
            <>
              <Table caption="Volumes of all hosts" head={['Volume', 'Host', 'Status', 'Size', 'Used']}>
                {volumes.slice(0, MOST_ROWS).map((volume) => (
                  <tr key={`${volume.host} ${volume.dataset}`}>
                    <th scope="row">
                      {volume.name}
                      {volume.description !== '' && <p class="quiet">{volume.description}</p>}
                    </th>
                    <td>
                      <At place={volume} />
                    </td>
                    <td>{volume.status}</td>
                    <td>{volume.sizeBytes === 0 ? 'no limit' : size(volume.sizeBytes)}</td>
                    <td>{size(volume.usedBytes)}</td>
                  </tr>
                ))}
              </Table>
              {volumes.length > MOST_ROWS && (
                <p class="quiet">… and {volumes.length - MOST_ROWS} more: search for what you want to see.</p>
              )}
            </>
          )
        }
      </Known>
    </>
  );
}
