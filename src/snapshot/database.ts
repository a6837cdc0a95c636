import type { BenchConfig } from '../config/config.js';
import { VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { resetFailed, startUnits, stopUnits } from '../host/systemd.js';
import {
  ANSWER_TIMEOUT_MS,
  corruptionIn,
  loadClient,
  logSince,
  markLog,
  noRoomIn,
  waitUntilAnswering,
} from '../mariadb/mariadb.js';

/** InnoDB repeats what it says of a full disk. */
const MOST_LINES = 10;

/**
 * Starts MariaDB on the restored files and reads what it says of them. The log is read when the start fails as well:
 * it tells why. A damaged page that nothing has read yet is not in it. A database that is damaged, or has no room, is
 * stopped again.
 * @throws VolumeError `database-corrupt`, `no-space-to-start`, or what the start failed with
 */
export async function startDatabase(config: BenchConfig, runner: Runner, unit: string): Promise<void> {
  // A server that has crashed again and again on the damaged files may not be started any more for a while.
  const [mark] = await Promise.all([markLog(runner), runner.run(resetFailed([unit]))]);
  const startFailure = await startAndWait(config, runner, unit).then(
    () => undefined,
    (error: unknown) => error,
  );
  const log = await logSince(runner, unit, mark);
  const corrupt = corruptionIn(log);
  const noRoom = noRoomIn(log);
  // First: without room it says of whole files what it says of damaged ones, and an older snapshot would not mend that.
  if (noRoom.length > 0 && (corrupt.length > 0 || startFailure !== undefined)) {
    await runner.run(stopUnits([unit]));
    throw withoutRoom(config, unit, noRoom, startFailure);
  }
  if (corrupt.length > 0) {
    await runner.run(stopUnits([unit]));
    throw new VolumeError(
      'database-corrupt',
      'MariaDB reports damage in the restored files; it was stopped.',
      {
        command: ['journalctl', '-u', unit],
        stderr: corrupt.join('\n'),
        suggestions: [`Restore an older snapshot: bench volume list-snapshots -b ${config.name}`],
        cause: startFailure,
      },
    );
  }
  if (startFailure !== undefined) throw startFailure;
}

/** By `zfs` itself: bench changes no size while a restore is not finished. */
function withoutRoom(
  { name, volume }: Pick<BenchConfig, 'name' | 'volume'>,
  unit: string,
  lines: readonly string[],
  cause: unknown,
): VolumeError {
  const { dataset, pool } = volume;
  return new VolumeError(
    'no-space-to-start',
    `MariaDB has no room left in ${dataset} to start in; it was stopped. That says nothing against the restored files.`,
    {
      command: ['journalctl', '-u', unit],
      stderr: lines.slice(-MOST_LINES).join('\n'),
      suggestions: [
        `Raise the quota: zfs set quota=SIZE ${dataset}. When the restore is finished, let it stay so: bench volume set --quota SIZE -b ${name}`,
        `Where the pool itself is full, make room in it: zfs list -o space -r ${pool}`,
      ],
      cause,
    },
  );
}

async function startAndWait(config: BenchConfig, runner: Runner, unit: string): Promise<void> {
  // What asks it is loaded meanwhile.
  await Promise.all([runner.run(startUnits([unit])), loadClient()]);
  await waitUntilAnswering({ socketPath: config.mariadb.socketPath, timeoutMs: ANSWER_TIMEOUT_MS });
}
