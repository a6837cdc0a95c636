import { chmod, chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { layoutOf } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BenchError, InterruptedError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { catchSignals } from '../host/interrupt.js';
import { holding, withLock } from '../host/lock.js';
import { stopUnits } from '../host/systemd.js';
import {
  type Connect,
  corruptionIn,
  lazyConnect,
  listens,
  logSince,
  markLog,
  type Session,
} from '../mariadb/mariadb.js';
import { type OnStep, perform } from '../steps/steps.js';
import type { Snapshot } from '../zfs/zfs.js';
import { cloneAndMount, ensureParent, refuseNoRoom, roomFor } from './clone.js';
import { takeAway } from './leftovers.js';
import { newScratchId, type ScratchNames, scratchNames } from './names.js';
import { ACCOUNTS_SQL, READER_ACCOUNT, ROOT_ACCOUNT, startServer } from './server.js';

export interface ScratchOptions {
  config: BenchConfig;
  snapshot: Pick<Snapshot, 'name'>;
  /** For whoever is kept waiting, e.g. `bench volume verify`. */
  purpose: string;
  onStep: OnStep;
  connect?: Connect;
}

/** A MariaDB that serves a copy of a snapshot, for root of this host alone. */
export interface Scratch {
  socketPath: string;
  /** Room on the copy for files of MariaDB's. */
  temporary: string;
  /** `reader` may read tables and no file of the host: for statements that somebody else has written. */
  connect(as: 'root' | 'reader', timeoutMs: number): Promise<Session>;
  /** Whether it is still there: it may have died of what it was asked. */
  isRunning(): Promise<boolean>;
  /** What it has written to its log, from its start on. */
  log(): Promise<string>;
}

/** MariaDB did not start on the copy. */
export class ScratchStartError extends VolumeError {
  constructor(
    snapshot: string,
    /** The lines of its log that mean damage; none where something else kept it from starting. */
    readonly damage: readonly string[],
    log: string,
    cause: unknown,
  ) {
    super('scratch-not-started', `MariaDB does not start on a copy of ${snapshot}.`, {
      ...(cause instanceof BenchError && cause.command !== undefined ? { command: cause.command } : {}),
      stderr: (damage.length > 0 ? damage.join('\n') : lastLines(log)) || String(cause),
      suggestions: ['What the server has said: journalctl -t mariadbd -n 100'],
      cause,
    });
  }
}

/**
 * Runs `work` with a MariaDB on a clone of a snapshot, out of sight, and takes everything away again, whatever happens;
 * a signal ends it, too. What a killed bench leaves is found by {@link removeLeftovers}. The bench itself goes on
 * working, and its lock is not taken: only the snapshot cannot be destroyed meanwhile.
 * @throws ScratchStartError, InterruptedError, what `work` throws, RefusedError `no-space-scratch`, `scratch-not-ours`;
 *   VolumeError `no-space-scratch` where the room did not last
 */
export async function withScratch<T>(
  options: ScratchOptions,
  host: Runner,
  work: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const { config, snapshot, purpose } = options;
  const { pool } = config.volume;
  const names = scratchNames(pool, newScratchId(config.name));
  const lock = { path: names.lock, timeoutMs: 0, purpose: `${purpose} of ${snapshot.name}`, runner: host };
  return withLock(lock, async (held) => {
    const runner = holding(host, held);
    const interruption = new Interruption(runner, names.unit);
    const done = await outcomeOf(async () => {
      const step = stepping(options, interruption);
      await step('Clone the snapshot out of sight', async () => {
        const quotaBytes = await roomFor(runner, pool);
        await ensureParent(runner, pool);
        await makeDirectory(names);
        await cloneAndMount(runner, names, snapshot.name, quotaBytes);
      });
      const scratch = await step('Start MariaDB on it and let it recover', () =>
        boot(options, runner, names),
      );
      return work(scratch);
    });
    const away = await outcomeOf(() => takeAway(runner, names));
    interruption.end();
    // What went wrong first says more than what it made go wrong.
    const first = interruption.error ?? ('error' in done ? done.error : undefined);
    if ('error' in away) throw first === undefined ? away.error : stillThere(first, names, away.error);
    if (first !== undefined) throw first;
    if ('error' in done) throw done.error;
    return done.value;
  });
}

/** Whatever was refused or has failed, something is left, and that is said; where damage was found, that goes first. Pure. */
export function stillThere(first: unknown, { dataset }: ScratchNames, cause: unknown): unknown {
  if (!(first instanceof BenchError) || first instanceof ScratchStartError) return first;
  const why = cause instanceof Error ? cause.message : String(cause);
  const Failed = first instanceof InterruptedError ? InterruptedError : VolumeError;
  return new Failed(first.code, `${first.message} The copy ${dataset} could not be taken away: ${why}`, {
    ...first.details(),
    suggestions: [...first.suggestions, 'The next one takes the copy away, or now: bench volume repair'],
  });
}

async function outcomeOf<T>(work: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

type Step = <T>(title: string, work: () => Promise<T>) => Promise<T>;

function stepping({ onStep }: ScratchOptions, interruption: Interruption): Step {
  return async (title, work) => {
    interruption.check();
    const value = await perform(title, work, onStep);
    interruption.check();
    return value;
  };
}

/** A signal stops the server: whatever waits for it fails, and everything is taken away on the way out. */
class Interruption {
  error: InterruptedError | undefined;
  readonly end: () => void;

  constructor(runner: Runner, unit: string) {
    this.end = catchSignals((signal) => {
      this.error ??= new InterruptedError(
        'interrupted',
        `Interrupted by ${signal}; what ran out of sight was ended.`,
      );
      void runner.run({ ...stopUnits([unit]), okExitCodes: [0, 1, 5] }).catch(() => undefined);
    });
  }

  check(): void {
    if (this.error !== undefined) throw this.error;
  }
}

/** A directory for root and MariaDB: what is in it is a copy of somebody's data. */
async function makeDirectory(names: ScratchNames): Promise<void> {
  await mkdir(names.directory, { mode: 0o700 });
  await mkdir(names.volume, { mode: 0o755 });
  await mkdir(names.runtime, { mode: 0o700 });
}

async function boot(
  { config, snapshot, connect = lazyConnect }: ScratchOptions,
  runner: Runner,
  names: ScratchNames,
): Promise<Scratch> {
  const layout = layoutOf(config);
  const dataDir = join(names.volume, layout.parts.mariadb.name);
  const owner = await stat(dataDir).catch((cause: unknown) => {
    throw new VolumeError('snapshot-without-database', `${snapshot.name} holds no database of bench's.`, {
      suggestions: [`bench volume list-snapshots -b ${config.name}`],
      cause,
    });
  });
  await chown(names.directory, 0, owner.gid);
  await chmod(names.directory, 0o750);
  const initFile = join(names.directory, 'accounts.sql');
  await writeFile(initFile, ACCOUNTS_SQL, { mode: 0o644, flag: 'wx' });
  await mkdir(names.temporary, { mode: 0o700 });
  for (const path of [names.runtime, names.temporary]) await chown(path, owner.uid, owner.gid);
  const mark = await markLog(runner);
  const log = () => logSince(runner, names.unit, mark);
  try {
    await runner.run(startServer(names, layout, config.mariadb.instance, initFile));
  } catch (error) {
    const text = await log();
    refuseNoRoom(text);
    throw new ScratchStartError(snapshot.name, corruptionIn(text), text, error);
  }
  return {
    socketPath: names.socketPath,
    temporary: names.temporary,
    connect: (as, timeoutMs) =>
      connect({
        socketPath: names.socketPath,
        user: as === 'root' ? ROOT_ACCOUNT : READER_ACCOUNT,
        timeoutMs,
      }),
    isRunning: () => listens(names.socketPath),
    log,
  };
}

const SHOWN_LINES = 20;

function lastLines(log: string): string {
  return log.trim().split('\n').slice(-SHOWN_LINES).join('\n');
}
