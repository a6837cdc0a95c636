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
  waitUntilAnswering,
} from '../mariadb/mariadb.js';

/**
 * Starts MariaDB on the restored files and reads what it says of them. The log is read when the start fails as well:
 * it tells why. A damaged page that nothing has read yet is not in it. A database that is damaged is stopped again.
 * @throws VolumeError `database-corrupt`, or what the start failed with
 */
export async function startDatabase(config: BenchConfig, runner: Runner, unit: string): Promise<void> {
  // A server that has crashed again and again on the damaged files may not be started any more for a while.
  const [mark] = await Promise.all([markLog(runner), runner.run(resetFailed([unit]))]);
  const startFailure = await startAndWait(config, runner, unit).then(
    () => undefined,
    (error: unknown) => error,
  );
  const corrupt = corruptionIn(await logSince(runner, unit, mark));
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

async function startAndWait(config: BenchConfig, runner: Runner, unit: string): Promise<void> {
  // What asks it is loaded meanwhile.
  await Promise.all([runner.run(startUnits([unit])), loadClient()]);
  await waitUntilAnswering({ socketPath: config.mariadb.socketPath, timeoutMs: ANSWER_TIMEOUT_MS });
}
