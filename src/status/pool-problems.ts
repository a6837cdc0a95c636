import { heldByAnother } from '../bench/bench.js';
import { humanSize } from '../config/size.js';
import { formatArgv } from '../host/exec.js';
import type { PoolCondition, PoolDevice } from '../zfs/zfs.js';
import { days } from './age.js';
import type { Evidence } from './evidence.js';
import { problem } from './problems.js';
import type { Problem, Status } from './report.js';

/** Why the pool is not there, or not as it should be; anything else hangs on it. Pure. */
export function poolProblems(status: Status, evidence: Evidence, mend: string): Problem[] {
  const { name, backing } = status.pool;
  const { pool, importable, record, backingPresent } = evidence;
  const where = backing.path === null ? '' : `; it lies on ${backing.path}`;
  if (pool === undefined) {
    const found = importable?.find(({ guid }) => record === undefined || guid === record.pool.guid);
    const held = found && heldByAnother(found, mend);
    if (held !== undefined) return [problem('pool-of-another-system', held.message, held.mend)];
    if (found?.state === 'ONLINE')
      return [problem('pool-exported', `Pool ${name} is not imported${where}, which is there.`, mend)];
    if (found !== undefined) {
      const message =
        `Pool ${name} cannot be imported as it is: ${found.state}. ${found.status ?? ''}`.trim();
      return [problem('pool-damaged', message, 'zpool import')];
    }
    const gone = backingPresent || backing.path === null ? '' : ', which is not there: bring it back first';
    return [problem('pool-missing', `Pool ${name} is not imported${where}${gone}.`, mend)];
  }
  if (record !== undefined && record.pool.guid !== pool.guid) {
    const message = `Pool ${name} (${pool.guid}) is another one than that of this bench (${record.pool.guid}).`;
    return [problem('pool-other', message, `${exportCommand(status)} && ${mend}`)];
  }
  if (!pool.isOpen) {
    const message = `Pool ${name} is in the list of pools, but ZFS cannot open it (${pool.health})${where}: bring that back first.`;
    return [problem('pool-faulted', message, `${exportCommand(status)} && ${mend}`)];
  }
  if (pool.health === 'SUSPENDED') return [suspendedProblem(status.pool)];
  if (pool.health !== 'ONLINE') return [degraded(name, pool.health, evidence.condition)];
  if (pool.readonly) {
    const message = `Pool ${name} is imported read-only.`;
    return [problem('pool-readonly', message, `${exportCommand(status)} && ${mend}`)];
  }
  return [];
}

/** Its devices have been away; what was being written waits until they are back (zpool-clear(8)). */
export function suspendedProblem({ name, backing }: Status['pool']): Problem {
  const where = backing.path === null ? 'what it lies on' : backing.path;
  const message =
    `Pool ${name} is suspended: its devices have failed or are gone, and everything that reads or writes in it ` +
    `waits. Bring back ${where} first; where the mend does not help, restart the machine.`;
  return problem('pool-suspended', message, formatArgv(['zpool', 'clear', name]));
}

/** A pool is exported when nothing of this bench is in use any more. */
function exportCommand({ pool, binds, mariadb }: Status): string {
  const mounted = binds.filter((bind) => bind.mounted).map(({ target }) => ['umount', target]);
  const stop = mariadb.active ? [['systemctl', 'stop', mariadb.unit]] : [];
  return [...stop, ...mounted, ['zpool', 'export', pool.name]].map(formatArgv).join(' && ');
}

/** From the state of the first device that is not as it should be: what brings the pool's redundancy back. */
function degraded(pool: string, health: string, condition: PoolCondition | undefined): Problem {
  // The state of a disk that is being filled says nothing yet.
  if (condition?.scan.state === 'running' && condition.devices.some(({ note }) => note === '(resilvering)'))
    return problem(
      'pool-degraded',
      `Pool ${pool} is ${health}, and a disk is being filled: wait for it.`,
      formatArgv(['zpool', 'wait', '-t', 'resilver', pool]),
    );
  const device = condition?.devices.find(({ state }) => state !== 'ONLINE' && state !== 'AVAIL');
  if (device === undefined)
    return problem('pool-degraded', `Pool ${pool} is ${health}.`, formatArgv(['zpool', 'status', pool]));
  const { path, state, note } = device;
  const message = `Pool ${pool} is ${health}: ${path} is ${state}${note === '' ? '' : ` (${note})`}.`;
  const replace = ['zpool', 'replace', pool, path, 'NEW-DISK'];
  // A number stands for a disk that is not there or carries nothing of the pool any more.
  if (!path.startsWith('/')) return problem('pool-degraded', message, formatArgv(replace));
  // Errors have taken out the one, somebody or a cable the other (zpool-clear(8), zpool-online(8)).
  const verb = state === 'FAULTED' || state === 'DEGRADED' ? 'clear' : 'online';
  const also = ` Bring that disk back first; where it is lost: ${formatArgv(replace)}`;
  return problem('pool-degraded', message + also, formatArgv(['zpool', verb, pool, path]));
}

/** Shares of the pool's size that are allocated, as CAP of zpool list: ZFS becomes slow on its way to full. */
const FILLING = 0.8;
const NEARLY_FULL = 0.9;

/** Debian scrubs on the second Sunday of each month, so five weeks pass between two at most. */
const SCRUB_DAYS = 35;

/** What a pool that works needs before it does not: room, and to be read through from time to time. Pure. */
export function careProblems({ pool, condition, now, datasets }: Evidence): Problem[] {
  if (pool === undefined || !pool.isOpen || pool.health === 'SUSPENDED') return [];
  const problems: Problem[] = [];
  const { name, sizeBytes, allocatedBytes } = pool;
  const share = sizeBytes === 0 ? 0 : allocatedBytes / sizeBytes;
  if (share > FILLING) {
    const full = `${Math.floor(share * 100)} % full (${humanSize(allocatedBytes)} of ${humanSize(sizeBytes)})`;
    const list = formatArgv(['zfs', 'list', '-o', 'space', '-r', name]);
    if (share > NEARLY_FULL) {
      const message = `Pool ${name} is ${full}: when it is full, every write fails and MariaDB ends. Destroy snapshots, or add a disk.`;
      problems.push(problem('pool-nearly-full', message, list));
    } else problems.push(problem('pool-filling', `Pool ${name} is ${full}: plan for more room.`, list));
  }
  if (condition === undefined) return problems;
  problems.push(...errorProblems(name, condition));
  const createdAt = datasets.find((dataset) => dataset.name === name)?.createdAt;
  const message = scrubMissing(name, condition, now, createdAt);
  if (message !== undefined)
    problems.push(problem('scrub-due', message, formatArgv(['zpool', 'scrub', name])));
  return problems;
}

function errorProblems(pool: string, { dataErrors, scan, devices }: PoolCondition): Problem[] {
  const problems: Problem[] = [];
  if (scan.errors > 0 && dataErrors > 0) {
    const message = `Pool ${pool} holds data that is damaged beyond repair (${dataErrors} errors). Restore those files, or a snapshot; then scrub it.`;
    problems.push(problem('data-errors', message, formatArgv(['zpool', 'status', '-v', pool])));
  } else if (scan.errors > 0 || dataErrors > 0) {
    // Seen in passing, as where a disk was pulled out; or by a scrub, and what was damaged is gone since.
    const count = Math.max(dataErrors, scan.errors);
    const message = `Pool ${pool} has had ${count} errors that could not be repaired; a scrub shows what is damaged still.`;
    problems.push(problem('data-errors', message, formatArgv(['zpool', 'scrub', pool])));
  }
  const failing = devices.filter((device) => errorsOf(device) > 0);
  for (const device of failing) {
    const { path, readErrors, writeErrors, checksumErrors } = device;
    const message =
      `${path} has had errors: ${readErrors} read, ${writeErrors} write, ${checksumErrors} checksum. ` +
      'Look at the disk and its cable, then set them back.';
    problems.push(problem('device-errors', message, formatArgv(['zpool', 'clear', pool, path])));
  }
  return problems;
}

function errorsOf({ readErrors, writeErrors, checksumErrors }: PoolDevice): number {
  return readErrors + writeErrors + checksumErrors;
}

/** Why the pool should be read through now; a resilver has read as much of it as was needed. */
function scrubMissing(
  pool: string,
  { scan: { state, endedAt } }: PoolCondition,
  now: Date,
  createdAt: Date | undefined,
): string | undefined {
  switch (state) {
    case 'none': {
      const isNew = createdAt === undefined || days(createdAt, now) <= SCRUB_DAYS;
      return isNew ? undefined : `Pool ${pool} has never been scrubbed: nobody knows of damage on its disks.`;
    }
    case 'paused':
      return `The scrub of pool ${pool} is paused.`;
    case 'canceled':
      return `The last scrub of pool ${pool} was stopped before its end.`;
    case 'finished': {
      const age = endedAt === undefined ? 0 : Math.floor(days(endedAt, now));
      return age > SCRUB_DAYS ? `The last scrub of pool ${pool} was ${age} days ago.` : undefined;
    }
    default:
      return undefined;
  }
}
