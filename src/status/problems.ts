import type { BenchConfig } from '../config/config.js';
import { formatKeySource } from '../config/key-source.js';
import { formatArgv } from '../host/exec.js';
import { missingOptions } from '../host/fstab.js';
import { formatSource, mountAt } from '../host/mounts.js';
import type { Evidence } from './evidence.js';
import type { Problem, Status } from './report.js';

/** What does no harm today: it comes last, and is shown as a note. */
const ADVICE = [
  'record-stale',
  'kept-undo',
  'pool-filling',
  'device-errors',
  'scrub-due',
  'snapshot-none',
  'snapshot-old',
  'full-soon',
  'proof-old',
  'key-copy-none',
  'key-source-missing',
];

export function isAdvice({ code }: Problem): boolean {
  return ADVICE.includes(code);
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
    if (dataset.lockedBy !== undefined) {
      // It brings everything else up, too.
      if (config.volume.key !== undefined && before.length === 0)
        return formatArgv(['bench', 'key', 'load', '-b', config.name]);
      before.push(['zfs', 'load-key', dataset.lockedBy]);
    }
    if (mountpointBlocked) before.push(['mv', mountpoint, `${mountpoint}.aside`]);
  }
  return [...before, ['bench', 'init', '-b', config.name]].map(formatArgv).join(' && ');
}

/** Pure. */
export function datasetProblems(
  config: BenchConfig,
  status: Status,
  evidence: Evidence,
  mend: string,
): Problem[] {
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
    const key = config.volume.key === undefined ? '' : ` (${formatKeySource(config.volume.key)})`;
    const message = `${name} is not mounted: it is encrypted, and the key of ${dataset.lockedBy}${key} is not loaded.`;
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
    } else {
      const own = evidence.fstab.filter((entry) => entry.target === target);
      const options = [...new Set(own.flatMap(missingOptions))];
      if (options.length > 0) problems.push(problem('fstab-options', withoutOptions(target, options), mend));
    }
    if (mounted) return problems;
    const mount = mountAt(evidence.mounts, target);
    if (mount === undefined)
      problems.push(problem('bind-missing', `${source} is not mounted at ${target}.`, mend));
    else problems.push(problem('bind-wrong', `${target} shows ${formatSource(mount)}, not ${source}.`, mend));
    return problems;
  });
}

function withoutOptions(target: string, options: readonly string[]): string {
  const harm = options.includes('nofail')
    ? 'a pool that is missing would stop the boot'
    : 'it may be mounted before ZFS is';
  return `/etc/fstab mounts ${target} without ${options.join(', ')}: ${harm}.`;
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

export function problem(code: string, message: string, fix: string): Problem {
  return { code, message, fix };
}
