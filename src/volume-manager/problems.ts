import type { BenchConfig } from '../config/config.js';
import { formatArgv } from '../host/exec.js';
import type { FstabEntry } from '../host/fstab.js';
import { formatSource, type Mount, mountAt } from '../host/mounts.js';
import { isHeldBack, type UnitState } from '../host/systemd.js';
import { stateOf } from '../mariadb/state.js';
import type { KeptCopy } from '../snapshot/kept.js';
import type { HostFile } from './host-files.js';
import type { HostRecord } from './host-record.js';
import type { Status } from './status.js';
import type { Dataset } from './zfs.js';
import type { ImportablePool, PoolSummary } from './zpool.js';

/** One thing that is wrong, with the command that mends it. */
export interface Problem {
  code: string;
  message: string;
  fix: string;
}

/** What is known beyond the status itself. */
export interface Evidence {
  mounts: readonly Mount[];
  fstab: readonly FstabEntry[];
  record: HostRecord | undefined;
  pool: PoolSummary | undefined;
  /** Pools of this name that could be imported; undefined where that could not be found out (it takes root). */
  importable: readonly ImportablePool[] | undefined;
  /** Whether what the pool lies on is there. */
  backingPresent: boolean;
  dataset: Dataset | undefined;
  /** What `undo-restore` would bring back. */
  kept: KeptCopy | undefined;
  /** Something that is no directory lies where the dataset belongs. */
  mountpointBlocked: boolean;
  /** What bench writes on the host, and what of it is there. */
  hostFiles: readonly HostFile[];
  files: ReadonlyMap<string, string>;
  unit: UnitState;
  /** Of `maintenance.units`. */
  others: readonly { name: string; state: UnitState }[];
  upgrade: { name: string; state: UnitState };
}

/**
 * The one command line that mends whatever `bench init` can mend: what init does not do by itself, because it is not
 * bench's to undo, comes before it. Pure.
 */
export function mendCommand(config: BenchConfig, status: Status, evidence: Evidence): string {
  const { dataset, mounts, mountpointBlocked } = evidence;
  const { mountpoint, mounted } = status.dataset;
  const covered = status.binds.filter((bind) => !bind.mounted && mountAt(mounts, bind.target) !== undefined);
  const before: string[][] = [];
  if (covered.length > 0 && status.mariadb.active) before.push(['systemctl', 'stop', status.mariadb.unit]);
  before.push(...covered.map(({ target }) => ['umount', target]));
  if (dataset !== undefined && !mounted) {
    if (mountAt(mounts, mountpoint) !== undefined) before.push(['umount', mountpoint]);
    if (dataset.lockedBy !== undefined) before.push(['zfs', 'load-key', dataset.lockedBy]);
    if (mountpointBlocked) before.push(['mv', mountpoint, `${mountpoint}.aside`]);
  }
  return [...before, ['bench', 'init', '-b', config.name]].map(formatArgv).join(' && ');
}

/** Why the pool is not there, or not as it should be; anything else hangs on it. Pure. */
export function poolProblems(status: Status, evidence: Evidence, mend: string): Problem[] {
  const { name, backing } = status.pool;
  const { pool, importable, record, backingPresent } = evidence;
  const where = backing.path === null ? '' : `; it lies on ${backing.path}`;
  if (pool === undefined) {
    const found = importable?.find(({ guid }) => record === undefined || guid === record.pool.guid);
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
  // Its devices have been away; what was being written waits (zpool-clear(8)).
  if (pool.health === 'SUSPENDED')
    return [
      problem('pool-suspended', `Pool ${name} is suspended: its devices failed.`, `zpool clear ${name}`),
    ];
  if (pool.health !== 'ONLINE')
    return [problem('pool-degraded', `Pool ${name} is ${pool.health}.`, `zpool status ${name}`)];
  if (pool.readonly) {
    const message = `Pool ${name} is imported read-only.`;
    return [problem('pool-readonly', message, `${exportCommand(status)} && ${mend}`)];
  }
  return [];
}

/** A pool is exported when nothing of this bench is in use any more. */
function exportCommand({ pool, binds, mariadb }: Status): string {
  const mounted = binds.filter((bind) => bind.mounted).map(({ target }) => ['umount', target]);
  const stop = mariadb.active ? [['systemctl', 'stop', mariadb.unit]] : [];
  return [...stop, ...mounted, ['zpool', 'export', pool.name]].map(formatArgv).join(' && ');
}

/** Pure. */
export function datasetProblems(status: Status, evidence: Evidence, mend: string): Problem[] {
  const { name, mountpoint, mounted } = status.dataset;
  const { dataset, mounts, mountpointBlocked } = evidence;
  if (dataset === undefined)
    return [
      problem(
        'dataset-missing',
        `There is no dataset ${name}.`,
        `zfs list -r -t filesystem -o name,bench:name ${status.pool.name}`,
      ),
    ];
  const unwilling = dataset.canmount === 'on' ? '' : `canmount=${dataset.canmount}`;
  if (mounted) {
    if (unwilling === '') return [];
    return [problem('dataset-not-at-boot', `The next boot will not mount ${name}: ${unwilling}.`, mend)];
  }
  const cover = mountAt(mounts, mountpoint);
  if (cover !== undefined) {
    const message = `${mountpoint} shows ${formatSource(cover)} instead of ${name}.`;
    return [problem('dataset-covered', message, mend)];
  }
  if (dataset.lockedBy !== undefined) {
    const message = `${name} is not mounted: it is encrypted, and the key of ${dataset.lockedBy} is not loaded.`;
    return [problem('key-not-loaded', message, mend)];
  }
  if (mountpointBlocked) {
    const message = `${name} is not mounted: there is something that is no directory at ${mountpoint}.`;
    return [problem('mountpoint-blocked', message, mend)];
  }
  const reason = unwilling === '' ? '' : ` (${unwilling})`;
  return [problem('dataset-unmounted', `${name} is not mounted at ${mountpoint}${reason}.`, mend)];
}

/** Pure. */
export function bindProblems(status: Status, evidence: Evidence, mend: string): Problem[] {
  return status.binds.flatMap(({ source, target, mounted, inFstab }) => {
    const problems: Problem[] = [];
    const other = evidence.fstab.find((entry) => entry.target === target && entry.source !== source);
    if (other !== undefined) {
      const message = `/etc/fstab mounts ${other.source} at ${target}, where ${source} belongs.`;
      problems.push(problem('fstab-wrong', message, `Remove that line from /etc/fstab, then: ${mend}`));
    } else if (!inFstab) {
      problems.push(problem('fstab-missing', `/etc/fstab does not mount ${source} at ${target}.`, mend));
    }
    if (mounted) return problems;
    const mount = mountAt(evidence.mounts, target);
    if (mount === undefined)
      problems.push(problem('bind-missing', `${source} is not mounted at ${target}.`, mend));
    else problems.push(problem('bind-wrong', `${target} shows ${formatSource(mount)}, not ${source}.`, mend));
    return problems;
  });
}

/** What bench has written on the host, and systemd has read. Pure. */
export function fileProblems(evidence: Evidence, mend: string): Problem[] {
  const problems = evidence.hostFiles
    .filter(({ path, content }) => evidence.files.get(path) !== content)
    .map(({ path, purpose }) => {
      const state = evidence.files.has(path) ? 'was changed' : 'is missing';
      const code = purpose.startsWith('guard') ? 'guard-missing' : 'host-file-missing';
      return problem(code, `${path} ${state} (${purpose}).`, mend);
    });
  const units = [evidence.unit, evidence.upgrade.state, ...evidence.others.map(({ state }) => state)];
  if (units.some(({ stale }) => stale))
    problems.push(problem('systemd-stale', 'systemd has not read the unit files as they are now.', mend));
  return problems;
}

/**
 * The instance, and the bench's own processes.
 * @param mend what starts them where they should have been started at boot
 */
export function serviceProblems(status: Status, evidence: Evidence, mend: string): Problem[] {
  const problems: Problem[] = [];
  const { unit: name, active, version, socket } = status.mariadb;
  const { unit, others, upgrade } = evidence;
  const state = stateOf(unit);
  const start = formatArgv(['systemctl', 'start', name]);
  const log = formatArgv(['journalctl', '-u', name]);
  if (unit.load === 'masked')
    problems.push(
      problem(
        'mariadb-masked',
        `${name} is masked.`,
        `${formatArgv(['systemctl', 'unmask', name])} && ${mend}`,
      ),
    );
  else if (state === 'starting')
    problems.push(
      problem('mariadb-starting', `${name} is still starting.`, formatArgv(['journalctl', '-f', '-u', name])),
    );
  else if (!active)
    problems.push(problem('mariadb-down', whyDown(name, unit, log), isHeldBack(unit) ? mend : start));
  else if (version === null)
    problems.push(problem('mariadb-silent', `MariaDB does not answer on ${socket}.`, log));
  if (unit.load === 'loaded' && unit.enabled !== 'enabled')
    problems.push(problem('mariadb-not-at-boot', `The next boot will not start ${name}.`, mend));
  for (const other of others) {
    if (isHeldBack(other.state))
      problems.push(problem('unit-down', `${other.name} was not started at boot.`, mend));
    else if (other.state.active === 'failed')
      problems.push(
        problem('unit-down', `${other.name} has failed.`, formatArgv(['systemctl', 'start', other.name])),
      );
  }
  if (upgrade.state.active === 'failed') {
    const message = `MariaDB's system tables could not be brought up to its version: ${formatArgv(['journalctl', '-u', upgrade.name])}`;
    problems.push(
      problem('mariadb-upgrade-failed', message, formatArgv(['systemctl', 'start', upgrade.name])),
    );
  }
  return problems;
}

function whyDown(name: string, unit: UnitState, log: string): string {
  if (unit.heldBackBy === 'assertion')
    return `${name} was kept from starting: it did not see the dataset in its directories (assertion failed).`;
  if (unit.heldBackBy === 'condition')
    return `${name} was not started: a condition of its unit does not hold.`;
  if (stateOf(unit) === 'failed') return `${name} has failed (${unit.result}): ${log}`;
  return isHeldBack(unit)
    ? `${name} was not started at boot: its directories could not be mounted.`
    : `${name} is not running.`;
}

function problem(code: string, message: string, fix: string): Problem {
  return { code, message, fix };
}
