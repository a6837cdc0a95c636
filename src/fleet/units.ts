import { benchesRoot } from '../host/environment.js';
import type { Runner } from '../host/exec.js';
import { readText } from '../host/files.js';
import { UNKNOWN_UNIT, type UnitState, unitStates } from '../host/systemd.js';
import type { Step } from '../steps/steps.js';
import { HOST_READ_ONLY, programPath, quoteArgument, unitPath } from '../timers/timers.js';

/** One timer a host: it tells the fleet what is on it. */
export const TIMER = 'bench-fleet.timer';
const SERVICE = 'bench-fleet.service';

export interface TimerFacts {
  /** What the files should hold, by path. */
  wanted: Readonly<Record<string, string>>;
  /** What they hold. */
  files: Readonly<Record<string, string | undefined>>;
  state: UnitState;
}

export async function inspectTimer(runner: Runner): Promise<TimerFacts> {
  const wanted = {
    [unitPath(SERVICE)]: serviceText(await programPath(), benchesRoot()),
    [unitPath(TIMER)]: TIMER_TEXT,
  };
  const files: Record<string, string | undefined> = {};
  for (const path of Object.keys(wanted)) files[path] = await readText(path);
  const [state = UNKNOWN_UNIT] = await unitStates(runner, [TIMER]);
  return { wanted, files, state };
}

const HEAD = '# Written by bench fleet setup; bench fleet leave takes it away.';

/** Five processes a run, bench itself included: one a minute. Each host has its own place in the five minutes. */
const TIMER_TEXT = `${HEAD}
[Unit]
Description=What is on this host, told to its fleet by itself

[Timer]
OnBootSec=30s
OnUnitActiveSec=5min
RandomizedDelaySec=30
FixedRandomDelay=true
AccuracySec=1s

[Install]
WantedBy=timers.target
`;

/** Root, because of ZFS; it sees the host read-only but for bench's own records. */
export function serviceText(program: string, root: string): string {
  return `${HEAD}
[Unit]
Description=Tell the fleet what is on this host
Documentation=man:bench(1)
Wants=network-online.target
After=network-online.target zfs.target

[Service]
Type=oneshot
ExecStart=${quoteArgument(program)} fleet publish
Environment=${quoteArgument(`BENCHES_ROOT=${root}`)}
TimeoutStartSec=4min
UMask=0022
${HOST_READ_ONLY.join('\n')}
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
`;
}

/** What makes the timer, or mends it; nothing where it is as it should be. Pure. */
export function planTimer({ wanted, files, state }: TimerFacts): Step[] {
  const steps = Object.entries(wanted).flatMap(([path, content]): Step[] =>
    files[path] === content
      ? []
      : [{ kind: 'file.write', path, content, purpose: 'what is on this host is told to its fleet' }],
  );
  if (steps.length > 0 || state.stale) steps.push({ kind: 'systemd.reload' });
  if (state.enabled !== 'enabled') steps.push({ kind: 'unit.enable', unit: TIMER });
  if (state.active !== 'active') steps.push({ kind: 'timer.start', unit: TIMER });
  return steps;
}

/** What takes it away; nothing where it is not there. The timer ends before its files do. Pure. */
export function planNoTimer({ files, state }: Omit<TimerFacts, 'wanted'>): Step[] {
  const paths = Object.keys(files).filter((path) => files[path] !== undefined);
  if (paths.length === 0) return [];
  const reason = 'this host leaves its fleet';
  return [
    ...(state.active === 'active' ? [{ kind: 'unit.stop', unit: TIMER, reason } as const] : []),
    ...(state.enabled === 'enabled' ? [{ kind: 'unit.disable', unit: TIMER, reason } as const] : []),
    ...paths.map((path) => ({ kind: 'file.remove', path, reason }) as const),
    { kind: 'systemd.reload' },
  ];
}
