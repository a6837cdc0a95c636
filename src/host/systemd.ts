import type { Command, Runner } from './exec.js';

/** What systemd knows of a unit (systemctl(1), `show`). */
export interface UnitState {
  /** `loaded`, `not-found`, `masked`, … */
  load: string;
  /** `active`, `activating`, `deactivating`, `inactive`, `failed`. */
  active: string;
  /** `enabled`, `disabled`, `static`, … or empty. */
  enabled: string;
  /** The file that it is loaded from; empty where systemd knows it from elsewhere, such as a mount from the kernel. */
  fragment: string;
  /** Its files have changed since systemd has read them. */
  stale: boolean;
}

const PROPERTIES = [
  'Id',
  'LoadState',
  'ActiveState',
  'UnitFileState',
  'FragmentPath',
  'NeedDaemonReload',
] as const;

/** The states of several units by one process, in the order asked for. */
export async function unitStates(runner: Runner, units: readonly string[]): Promise<UnitState[]> {
  if (units.length === 0) return [];
  const { stdout } = await runner.run({
    argv: ['systemctl', 'show', `--property=${PROPERTIES.join(',')}`, '--', ...units],
  });
  return parseShow(stdout);
}

/** `systemctl show` prints one block of `Key=value` lines a unit, with a blank line between. */
export function parseShow(stdout: string): UnitState[] {
  return stdout
    .trim()
    .split(/\n\n+/)
    .map((block) => {
      const fields = new Map(block.split('\n').map((line) => line.split(/=(.*)/s, 2) as [string, string]));
      return {
        load: fields.get('LoadState') ?? '',
        active: fields.get('ActiveState') ?? '',
        enabled: fields.get('UnitFileState') ?? '',
        fragment: fields.get('FragmentPath') ?? '',
        stale: fields.get('NeedDaemonReload') === 'yes',
      };
    });
}

/** MariaDB's unit may take its time to recover or to flush; Debian's own limit is 15 minutes. */
const UNIT_TIMEOUT_MS = 16 * 60_000;

export function daemonReload(): Command {
  return { argv: ['systemctl', 'daemon-reload'], privileged: true };
}

export function startUnits(units: readonly string[]): Command {
  return { argv: ['systemctl', 'start', '--', ...units], privileged: true, timeoutMs: UNIT_TIMEOUT_MS };
}

export function stopUnits(units: readonly string[]): Command {
  return { argv: ['systemctl', 'stop', '--', ...units], privileged: true, timeoutMs: UNIT_TIMEOUT_MS };
}

/** Lets a unit be started again that has failed too often; 1 where systemd has not loaded it. */
export function resetFailed(units: readonly string[]): Command {
  return { argv: ['systemctl', 'reset-failed', '--', ...units], privileged: true, okExitCodes: [0, 1] };
}

export function enableUnit(unit: string): Command {
  return { argv: ['systemctl', 'enable', '--', unit], privileged: true };
}

/** Not `--now`: what runs is not stopped. */
export function disableUnit(unit: string): Command {
  return { argv: ['systemctl', 'disable', '--', unit], privileged: true };
}
