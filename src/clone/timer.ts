import { benchesRoot } from '../host/environment.js';
import type { Runner } from '../host/exec.js';
import { readText } from '../host/files.js';
import { UNKNOWN_UNIT, type UnitState, unitStates } from '../host/systemd.js';
import type { Step } from '../steps/steps.js';
import { programPath, quoteArgument, unitPath } from '../timers/timers.js';

/** One timer a host: it drops the clones whose time is over. It comes with the first clone that has an end. */
export const TIMER = 'bench-clones.timer';
const SERVICE = 'bench-clones.service';

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

const TIMER_TEXT = `# Written by bench clone, with the first clone that has an end; bench takes it away with the last one.
[Unit]
Description=End of clones of benches whose time is over

[Timer]
OnCalendar=*:0/5
RandomizedDelaySec=30

[Install]
WantedBy=timers.target
`;

/**
 * Root, and in the host's own mount namespace: what it unmounts has to be unmounted for everybody. Busy (4) is no
 * failure, for the next run comes soon.
 */
function serviceText(program: string, root: string): string {
  return `# Written by bench clone, with the first clone that has an end; bench takes it away with the last one.
[Unit]
Description=Drop clones of benches whose time is over
Documentation=man:bench(1)
After=zfs.target local-fs.target

[Service]
Type=oneshot
ExecStart=${quoteArgument(program)} clone sweep
Environment=${quoteArgument(`BENCHES_ROOT=${root}`)}
SuccessExitStatus=4
TimeoutStartSec=1h
UMask=0022
NoNewPrivileges=yes
`;
}

/** What makes the timer, or mends it; nothing where it is as it should be. Pure. */
export function planTimer({ wanted, files, state }: TimerFacts): Step[] {
  const steps = Object.entries(wanted).flatMap(([path, content]): Step[] =>
    files[path] === content
      ? []
      : [{ kind: 'file.write', path, content, purpose: 'clones end when their time is over' }],
  );
  if (steps.length > 0 || state.stale) steps.push({ kind: 'systemd.reload' });
  if (state.enabled !== 'enabled') steps.push({ kind: 'unit.enable', unit: TIMER });
  if (state.active !== 'active') steps.push({ kind: 'timer.start', unit: TIMER });
  return steps;
}

/** What takes it away; nothing where it is not there. The timer ends before its files do. Pure. */
export function planNoTimer({ files, state }: TimerFacts): Step[] {
  const paths = Object.keys(files).filter((path) => files[path] !== undefined);
  if (paths.length === 0) return [];
  const reason = 'no clone has an end';
  return [
    ...(state.active === 'active' ? [{ kind: 'unit.stop', unit: TIMER, reason } as const] : []),
    ...(state.enabled === 'enabled' ? [{ kind: 'unit.disable', unit: TIMER, reason } as const] : []),
    ...paths.map((path) => ({ kind: 'file.remove', path, reason }) as const),
    { kind: 'systemd.reload' },
  ];
}
