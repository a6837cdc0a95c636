import type { Guest } from '../../guest/guest.js';
import { quote } from '../../guest/ssh.js';

/** Sets the clock, and ends once the run of the bench's schedule that has become due by that has ended. */
const RUN_AT = `#!/bin/bash
set -eu
shown() { systemctl show -p "$2" --value "bench-snapshot-$1.service"; }
# Nights follow each other within seconds here, more than systemd starts a unit in ten.
systemctl reset-failed "bench-snapshot-$1.service" 2> /dev/null || true
before=$(shown "$1" InvocationID)
/usr/bin/date -s "$2" > /dev/null
for _ in $(seq 1200); do
  # The timer has elapsed some time before its service has begun.
  if [ "$(shown "$1" InvocationID)" != "$before" ]; then
    case $(shown "$1" ActiveState) in inactive | failed) exit 0 ;; esac
  fi
  sleep 0.2
done
echo "no run of bench-snapshot-$1 at $2" >&2
exit 1
`;

/** At boot, before any timer counts: the time in /root/clock, as of a machine whose clock is right. */
const CLOCK_UNIT = `[Unit]
DefaultDependencies=no
Before=sysinit.target
ConditionPathExists=/root/clock
[Service]
Type=oneshot
ExecStart=/bin/sh -c '/usr/bin/date -s "$(cat /root/clock)"'
[Install]
WantedBy=sysinit.target
`;

/** What follows sets the guest's clock, and nobody else does: not even whoever has booted it. */
export async function ownClock(guest: Guest): Promise<void> {
  await guest.write('/usr/local/bin/run-at', RUN_AT);
  await guest.write('/usr/local/bin/date', '#!/bin/sh\n[ "$1" = -s ] && exit 0\nexec /usr/bin/date "$@"\n');
  await guest.write('/etc/systemd/system/clock.service', CLOCK_UNIT);
  await guest.sh('chmod +x /usr/local/bin/*; systemctl daemon-reload; systemctl enable clock.service');
}

/** Lets the clock jump to each of these times, UTC, and waits for the run that is due by then. */
export async function runsAt(guest: Guest, bench: string, times: readonly string[]): Promise<void> {
  const lines = times.map((time) => `run-at ${bench} ${quote(time)}`);
  await guest.sh(lines.join('\n'), { timeoutMs: 590_000 });
}

export async function setClock(guest: Guest, time: string): Promise<void> {
  await guest.run(['/usr/bin/date', '-s', time]);
}
