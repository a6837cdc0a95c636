import { formatArgv } from '../host/exec.js';
import { isHeldBack, type UnitState } from '../host/systemd.js';
import { stateOf } from '../mariadb/mariadb.js';
import type { Evidence } from './evidence.js';
import { problem } from './problems.js';
import type { Problem, Status } from './report.js';

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
  if (active && isOlderThanSettings(evidence))
    problems.push(
      problem(
        'mariadb-settings-old',
        'MariaDB may run with other settings than these: they were written after it was started.',
        formatArgv(['systemctl', 'restart', name]),
      ),
    );
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

/** Both times are exact to a tick of the kernel, and init starts a server after it has written its settings. */
const CLOCK_MS = 1000;

function isOlderThanSettings({ settings: { changedAt, readAt } }: Evidence): boolean {
  return changedAt !== undefined && readAt !== undefined && changedAt > readAt + CLOCK_MS;
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
