import type { Runner } from './exec.js';

/** What systemd knows of a timer and of the service that it starts. */
export interface TimerState {
  active: boolean;
  enabled: boolean;
  /** Its unit files have changed since systemd has read them. */
  stale: boolean;
  /** When it elapses next; undefined while it does not run, or its service is under way. */
  nextAt: Date | undefined;
  /** The service is under way. */
  running: boolean;
  /** The service has ended badly the last time, and nobody has reset that. */
  failed: boolean;
}

const PROPERTIES = [
  'Id',
  'ActiveState',
  'UnitFileState',
  'NeedDaemonReload',
  'NextElapseUSecRealtime',
] as const;

/** The states of several timers with their services by one process, in the order asked for. */
export async function timerStates(
  runner: Runner,
  units: readonly { timer: string; service: string }[],
): Promise<TimerState[]> {
  if (units.length === 0) return [];
  const { stdout } = await runner.run({
    argv: [
      'systemctl',
      'show',
      '--timestamp=unix',
      `--property=${PROPERTIES.join(',')}`,
      '--',
      ...units.flatMap(({ timer, service }) => [timer, service]),
    ],
  });
  return parseTimerStates(stdout);
}

/** Blocks of `Key=value` lines, a timer's and its service's in turn. Pure. */
export function parseTimerStates(stdout: string): TimerState[] {
  const blocks = stdout
    .trim()
    .split(/\n\n+/)
    .map((block) => new Map(block.split('\n').map((line) => line.split(/=(.*)/s, 2) as [string, string])));
  const states: TimerState[] = [];
  for (let index = 0; index + 1 < blocks.length; index += 2) {
    const [timer, service] = [blocks[index], blocks[index + 1]];
    const active = service?.get('ActiveState') ?? '';
    states.push({
      active: timer?.get('ActiveState') === 'active',
      enabled: timer?.get('UnitFileState') === 'enabled',
      stale: [timer, service].some((unit) => unit?.get('NeedDaemonReload') === 'yes'),
      nextAt: unixTime(timer?.get('NextElapseUSecRealtime')),
      running: active === 'activating' || active === 'active' || active === 'deactivating',
      failed: active === 'failed',
    });
  }
  return states;
}

/** `@1795313397` as `--timestamp=unix` prints it; nothing for none. */
function unixTime(text: string | undefined): Date | undefined {
  const [, seconds] = /^@(\d+)$/.exec(text ?? '') ?? [];
  return seconds === undefined || seconds === '0' ? undefined : new Date(Number(seconds) * 1000);
}
