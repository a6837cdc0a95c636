import type { Command, Runner } from './exec.js';
import { exists } from './files.js';

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
  /** Below `active`: `running`, `auto-restart`, `exited`, … */
  sub: string;
  /** How it ended: `success`, `exit-code`, `timeout`, … */
  result: string;
  /** Which of its checks has kept it from starting the last time, if one has. */
  heldBackBy: 'condition' | 'assertion' | undefined;
  /** Whether it has been started since boot, with or without success. */
  hasRun: boolean;
  /** When it was started the last time, in milliseconds since boot; undefined where it was not. */
  startedMs: number | undefined;
  /** Of a timer: when it elapses next; undefined while it does not run, or what it starts is under way. */
  nextElapse: Date | undefined;
}

const PROPERTIES = [
  'Id',
  'LoadState',
  'ActiveState',
  'SubState',
  'Result',
  'UnitFileState',
  'FragmentPath',
  'NeedDaemonReload',
  'ConditionResult',
  'ConditionTimestampMonotonic',
  'AssertResult',
  'AssertTimestampMonotonic',
  'InactiveExitTimestampMonotonic',
  'NextElapseUSecRealtime',
] as const;

/** A unit that systemd does not know. */
export const UNKNOWN_UNIT: UnitState = {
  load: 'not-found',
  active: 'inactive',
  enabled: '',
  fragment: '',
  stale: false,
  sub: 'dead',
  result: 'success',
  heldBackBy: undefined,
  hasRun: false,
  startedMs: undefined,
  nextElapse: undefined,
};

/** The states of several units by one process, in the order asked for. */
export async function unitStates(runner: Runner, units: readonly string[]): Promise<UnitState[]> {
  if (units.length === 0) return [];
  const { stdout } = await runner.run({
    argv: ['systemctl', 'show', `--property=${PROPERTIES.join(',')}`, '--', ...units],
    // When a timer elapses is printed for people, in the zone of whoever asks.
    env: { TZ: 'UTC' },
  });
  return Promise.all(parseShow(stdout).map(withoutRemoved));
}

/**
 * Until it reads its files again, systemd goes on telling of a unit whose file was removed what it was; but it neither
 * enables nor disables it.
 */
async function withoutRemoved(state: UnitState): Promise<UnitState> {
  if (!state.stale || state.fragment === '' || (await exists(state.fragment))) return state;
  return { ...state, enabled: '' };
}

/**
 * Unit → its state, of the units that systemd has in memory and whose name is like this; one that is in none has not been
 * started since boot. By one process that asks once: `show` of 200 units that are not running loads each, which takes
 * seconds.
 * @param pattern e.g. `mariadb@*.service` (systemctl(1), `list-units`)
 */
export async function activeStates(runner: Runner, pattern: string): Promise<Map<string, string>> {
  const { stdout } = await runner.run({
    argv: ['systemctl', 'list-units', '--all', '--plain', '--no-legend', '--full', '--', pattern],
  });
  return parseUnits(stdout);
}

/** A line a unit: its name, LoadState, ActiveState, SubState and description, parted by blanks. */
export function parseUnits(stdout: string): Map<string, string> {
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  return new Map(
    lines.map((line) => {
      const [unit = '', , active = ''] = line.trim().split(/ +/);
      return [unit, active];
    }),
  );
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
        sub: fields.get('SubState') ?? '',
        result: fields.get('Result') ?? '',
        heldBackBy: heldBackBy(fields),
        hasRun: isSet(fields.get('InactiveExitTimestampMonotonic')),
        startedMs: millisecondsOf(fields.get('InactiveExitTimestampMonotonic')),
        nextElapse: timeOf(fields.get('NextElapseUSecRealtime')),
      };
    });
}

/** Whether a unit is up or on its way: one that systemd starts again and again is `activating` most of the time. */
export function isRunning(state: UnitState | undefined): boolean {
  return state !== undefined && state.active !== 'inactive' && state.active !== 'failed';
}

/**
 * Whether a unit belongs to those that a boot starts, and has not been started since: an assertion or what it depends
 * on has kept it from it. One that was stopped later is none of these, nor one whose own condition does not hold.
 */
export function isHeldBack(unit: UnitState | undefined): boolean {
  return unit?.enabled === 'enabled' && !unit.hasRun && unit.heldBackBy !== 'condition';
}

/** A check that was never made has the result `no`, too: only its time tells. */
function heldBackBy(fields: ReadonlyMap<string, string>): UnitState['heldBackBy'] {
  const failed = (check: string) =>
    fields.get(`${check}Result`) === 'no' && isSet(fields.get(`${check}TimestampMonotonic`));
  if (failed('Condition')) return 'condition';
  return failed('Assert') ? 'assertion' : undefined;
}

/** `Tue 2026-11-24 17:01:18 UTC`; empty for none. */
function timeOf(text: string | undefined): Date | undefined {
  const [, date, time] = /^\w{3} (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC$/.exec(text ?? '') ?? [];
  return date === undefined ? undefined : new Date(`${date}T${time}Z`);
}

/** Of a monotonic timestamp, which systemd counts in microseconds. */
function millisecondsOf(timestamp: string | undefined): number | undefined {
  return isSet(timestamp) ? Number(timestamp) / 1000 : undefined;
}

function isSet(timestamp: string | undefined): boolean {
  return timestamp !== undefined && timestamp !== '0' && timestamp !== '';
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

/** systemd reads its files again where that is said, or another step does it. */
export function enableUnit(unit: string, { reload = true }: { reload?: boolean | undefined } = {}): Command {
  return { argv: ['systemctl', 'enable', ...(reload ? [] : ['--no-reload']), '--', unit], privileged: true };
}

/** Not `--now`: what runs is not stopped. systemd reads its files again where that is said, or another step does it. */
export function disableUnit(unit: string, { reload = true } = {}): Command {
  return { argv: ['systemctl', 'disable', ...(reload ? [] : ['--no-reload']), '--', unit], privileged: true };
}
