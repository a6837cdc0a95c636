import {
  describeGuard,
  type GuardJournal,
  guardCommand,
  guardLock,
  layoutOf,
  readGuard,
  readJournal,
  removeGuard,
  utcStamp,
  writeGuard,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BusyError, RefusedError, UsageError } from '../errors.js';
import { formatArgv, type Runner } from '../host/exec.js';
import { withLock } from '../host/lock.js';
import { startOf } from '../host/open-files.js';
import { isRunning, unitStates } from '../host/systemd.js';
import { standings, takeSnapshot } from '../snapshot/snapshot-orchestrator.js';
import { destroySnapshot } from '../zfs/zfs.js';
import { Change } from './change.js';
import { type Guarding, type GuardResult, resultOf } from './report.js';
import { refuseUndoable } from './undo.js';

export type UndoPolicy = 'auto' | 'ask' | 'never';

export interface GuardRequest {
  command: readonly string[];
  /** Where the command runs. */
  cwd: string;
  /** Null for what bench checks by itself. */
  check: readonly string[] | null;
  checkTimeoutMs: number;
  undo: UndoPolicy;
  /** Whether an older kept copy may be dropped, should the change be undone. */
  mayDrop: boolean;
}

/**
 * Takes a snapshot, runs a command, looks whether the bench works, and brings back what was before where it does not
 * (SPEC-2 section 16). Nothing was changed before the snapshot stood.
 * @throws RefusedError `guard-unfinished`, `kept-in-the-way`, and those of a snapshot and a restore; UsageError
 */
export async function guard(
  config: BenchConfig,
  runner: Runner,
  request: GuardRequest,
  guarding: Guarding,
): Promise<GuardResult> {
  return alone(config, runner, async () => {
    const left = await readGuard(config.name);
    if (left !== undefined) throw await unfinished(config.name, left);
    const stamp = utcStamp(new Date());
    const journal: GuardJournal = {
      version: 1,
      tag: `guard-${stamp}`,
      phase: 'snapshot',
      command: [...request.command],
      scope: `bench-guard-${config.name}-${stamp}.scope`,
      pid: process.pid,
      start: await startOf(process.pid),
      startedAt: new Date().toISOString(),
      check: request.check === null ? null : [...request.check],
      checkTimeoutMs: request.checkTimeoutMs,
      undo: request.undo,
      ...{ exitCode: null, signal: null, reason: null },
    };
    await begin(config, runner, journal, request);
    return new Change(config, runner, journal, guarding).run(request.cwd);
  });
}

/**
 * Goes on where a guard was cut off. How its command ended is not known, so that it counts as failed. An undo that was
 * finished since is not done again.
 * @throws RefusedError `guard-decided` where another command has decided since what is live
 */
export async function resumeGuard(
  config: BenchConfig,
  runner: Runner,
  guarding: Guarding,
): Promise<GuardResult> {
  return alone(config, runner, async () => {
    const journal = await requireGuard(config, runner);
    return new Change(config, runner, journal, guarding).resume();
  });
}

/** Undoes a guarded change that has failed or was cut off. */
export async function undoGuard(
  config: BenchConfig,
  runner: Runner,
  guarding: Guarding,
): Promise<GuardResult> {
  return alone(config, runner, async () => {
    const journal = await requireGuard(config, runner);
    return new Change(config, runner, journal, guarding).undo();
  });
}

/** Leaves things as they are, and forgets the change. */
export async function acceptGuard(config: BenchConfig, runner: Runner): Promise<GuardResult> {
  return alone(config, runner, async () => {
    const journal = await requireGuard(config, runner);
    if (await isRestoring(config.name, journal)) throw await unfinished(config.name, journal);
    await removeGuard(config.name);
    return resultOf(config, journal, { outcome: 'accepted' });
  });
}

/** One guard a bench. It is no lock of the bench's: the command may be one that takes that. */
async function alone<T>(config: BenchConfig, runner: Runner, work: () => Promise<T>): Promise<T> {
  // Else bench's own working directory could keep the dataset from being undone.
  process.chdir('/');
  const lock = { path: guardLock(config.name), timeoutMs: 0, purpose: 'bench guard', runner };
  return withLock(lock, work);
}

async function requireGuard(config: BenchConfig, runner: Runner): Promise<GuardJournal> {
  const journal = await readGuard(config.name);
  if (journal === undefined) {
    throw new UsageError(
      'guard-missing',
      `No guarded change of ${config.name} was cut off or left. Nothing was changed.`,
      { suggestions: [`bench volume status -b ${config.name}`] },
    );
  }
  const [scope] = await unitStates(runner, [journal.scope]);
  if (journal.phase === 'running' && scope?.active === 'active') {
    throw new BusyError(
      'guard-running',
      `${formatArgv(journal.command)} still runs, without the bench that guarded it. Nothing was changed.`,
      { suggestions: ['Wait for it, or stop it: ', `systemctl stop ${journal.scope}`] },
    );
  }
  return journal;
}

/** Its undo was cut off in the middle of the restore: then it cannot be left as it is. */
async function isRestoring(bench: string, { phase }: GuardJournal): Promise<boolean> {
  return phase === 'undoing' && (await readJournal(bench)) !== undefined;
}

async function unfinished(bench: string, journal: GuardJournal): Promise<RefusedError> {
  const mayAccept = !(await isRestoring(bench, journal));
  return new RefusedError('guard-unfinished', `${describeGuard(journal)} Nothing was changed.`, {
    suggestions: [
      guardCommand(bench, journal),
      ...(mayAccept ? [`To leave things as they are: bench guard --accept -b ${bench}`] : []),
    ],
  });
}

/** The snapshot, and whether a restore of it could be done. Where not, nothing has run, and it is taken away again. */
async function begin(
  config: BenchConfig,
  runner: Runner,
  journal: GuardJournal,
  { undo, mayDrop }: GuardRequest,
): Promise<void> {
  await writeGuard(config.name, journal);
  try {
    const { name } = await takeSnapshot(config, runner, {
      tag: journal.tag,
      note: `before: ${formatArgv(journal.command)}`.slice(0, 500),
    });
    const { dataset } = config.volume;
    const units = [layoutOf(config).unit, ...config.maintenance.units];
    const states = await unitStates(runner, units);
    journal.activeUnits = units.filter((_, index) => isRunning(states[index]));
    journal.liveGuid = (await standings(runner, dataset)).get(dataset)?.guid;
    if (undo === 'never') return;
    await refuseUndoable(config, runner, journal.tag, mayDrop).catch(async (error: unknown) => {
      await runner.run(destroySnapshot(name));
      throw error;
    });
  } catch (error) {
    await removeGuard(config.name);
    throw error;
  }
}
