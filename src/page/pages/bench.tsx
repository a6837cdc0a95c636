import type { Status } from '../../status/status.js';
import { part, type Session } from '../api.js';
import { usePolled } from '../hooks.js';
import type { TabProps } from '../tab-props.js';
import { CopiesTab } from '../tabs/copies.js';
import { OverviewTab } from '../tabs/overview.js';
import { ProblemsTab } from '../tabs/problems.js';
import { ScheduleTab } from '../tabs/schedule.js';
import { SnapshotsTab } from '../tabs/snapshots.js';
import { VolumeTab } from '../tabs/volume.js';
import { Badge, Loaded } from '../widgets/basics.js';
import { VolumesPage } from './volumes.js';

const TABS: readonly [string, string][] = [
  ['overview', 'Overview'],
  ['snapshots', 'Snapshots'],
  ['zfs-volume', 'ZFS Volume'],
  ['volumes', 'Volumes'],
  ['schedule', 'Schedule'],
  ['copies', 'Copies'],
  ['problems', 'Problems'],
];

export function BenchPage({ bench, tab, session }: { bench: string; tab: string; session: Session }) {
  const status = usePolled<Status>(`/v1/benches/${part(bench)}`);
  const problems = status.data?.problems.length ?? 0;
  return (
    <>
      <h1>{bench}</h1>
      <nav class="tabs" aria-label={`Bench ${bench}`}>
        {TABS.map(([id, label]) => (
          <a
            key={id}
            href={`#/benches/${part(bench)}/${id}`}
            {...(id === tab ? { 'aria-current': 'page' as const } : {})}
          >
            {label}
            {id === 'problems' && problems > 0 && <Badge kind="warn">{problems}</Badge>}
          </a>
        ))}
      </nav>
      <Loaded of={status}>{(now) => <Tab tab={tab} bench={bench} status={now} session={session} />}</Loaded>
    </>
  );
}

function Tab({ tab, ...props }: TabProps & { tab: string }) {
  switch (tab) {
    case 'snapshots':
      return <SnapshotsTab {...props} />;
    case 'zfs-volume':
      return <VolumeTab {...props} />;
    case 'volumes':
      return <VolumesPage bench={props.bench} session={props.session} />;
    case 'schedule':
      return <ScheduleTab {...props} />;
    case 'copies':
      return <CopiesTab {...props} />;
    case 'problems':
      return <ProblemsTab {...props} />;
    default:
      return <OverviewTab {...props} />;
  }
}
