import { type GuardJournal, guardCommand, readJournal, removeGuard, writeGuard } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BenchError, RefusedError } from '../errors.js';
import { CommandNotFoundError, type Runner } from '../host/exec.js';
import { type Ended, runForeground } from '../host/foreground.js';
import { catchSignals } from '../host/interrupt.js';
import { unitStates } from '../host/systemd.js';
import { keptNames } from '../snapshot/snapshot-orchestrator.js';
import { checkBench } from './check.js';
import { type Guarding, type GuardResult, resultOf } from './report.js';
import { settledSince, startAgain, type Undone, undoChange } from './undo.js';

/** One guarded change on its way. Each step is written down before it is taken. */
export class Change {
  private interruptedBy: NodeJS.Signals | undefined;
  private check: GuardResult['check'] = null;
  private ended: Ended | undefined;

  constructor(
    private readonly config: BenchConfig,
    private readonly runner: Runner,
    private readonly journal: GuardJournal,
    private readonly guarding: Guarding,
  ) {}

  async run(cwd: string): Promise<GuardResult> {
    await this.note({ phase: 'running' });
    let pass: (signal: NodeJS.Signals) => void = () => undefined;
    const release = catchSignals((signal) => {
      this.interruptedBy ??= signal;
      // What Ctrl-C is typed at gets it from the terminal, as bench does.
      if (signal !== 'SIGINT' || process.stdin.isTTY !== true) pass(signal);
    });
    try {
      this.ended = await runForeground(
        inScope(this.journal),
        { cwd, output: this.guarding.output },
        (how) => {
          pass = how;
        },
      ).catch(notFound);
      pass = () => undefined;
      const { exitCode, signal } = this.ended;
      await this.note({ exitCode, signal, reason: this.reasonOf(this.ended) });
      if (this.journal.reason === null) await this.look();
    } finally {
      release();
    }
    return this.settle();
  }

  async resume(): Promise<GuardResult> {
    const { phase } = this.journal;
    if (phase === 'snapshot') {
      await removeGuard(this.config.name);
      return resultOf(this.config, this.journal, { outcome: 'not-run' });
    }
    if (phase === 'running')
      await this.note({ reason: 'bench was cut off while it ran: how it has ended is not known' });
    if (phase === 'checking' || phase === 'failed') await this.look();
    if (phase !== 'undoing') return this.settle();
    if ((await settledSince(this.config, this.runner, this.journal)) === 'otherwise') throw this.decided();
    return this.undo();
  }

  /** Whether the bench works now. */
  private async look(): Promise<void> {
    await this.note({ phase: 'checking', reason: null });
    const reason = await checkBench({
      config: this.config,
      runner: this.runner,
      command: this.journal.check,
      scope: `${this.journal.scope.replace(/\.scope$/, '')}-check.scope`,
      timeoutMs: this.journal.checkTimeoutMs,
      isInterrupted: () => this.interruptedBy !== undefined,
    });
    this.check = { passed: reason === undefined, reason: reason ?? null };
    if (reason !== undefined) await this.note({ reason });
  }

  private reasonOf({ exitCode, signal }: Ended): string | null {
    if (this.interruptedBy !== undefined) return `it was interrupted by ${this.interruptedBy}`;
    if (signal !== null) return `the command was ended by ${signal}`;
    return exitCode === 0 ? null : `the command ended with ${exitCode}`;
  }

  private async settle(): Promise<GuardResult> {
    const { reason, undo } = this.journal;
    if (reason === null) {
      await removeGuard(this.config.name);
      return this.result({ outcome: 'done', notes: await this.stillRunning() });
    }
    const isWanted = undo === 'auto' || (undo === 'ask' && (await this.guarding.ask(reason)));
    if (isWanted) return this.undo();
    await this.note({ phase: 'failed' });
    return this.result({ outcome: 'not-undone', next: guardCommand(this.config.name, this.journal) });
  }

  async undo(): Promise<GuardResult> {
    const isLeft = ['undoing', 'failed'].includes(this.journal.phase);
    await this.note({ phase: 'undoing' });
    try {
      const undone = await this.undoOnce(isLeft);
      const notes = await startAgain(this.runner, this.journal.activeUnits ?? []);
      await removeGuard(this.config.name);
      return this.result({ outcome: 'undone', ...undone, notes });
    } catch (error) {
      if (!(error instanceof BenchError)) throw error;
      const restore = await readJournal(this.config.name).catch(() => undefined);
      if (restore !== undefined) await this.note({ restoreBegan: true });
      const notes = [`It could not be undone: ${error.message}`, ...error.suggestions];
      return this.result({
        outcome: 'not-undone',
        next: guardCommand(this.config.name, this.journal),
        notes,
      });
    }
  }

  /** Once: of a restore that was finished meanwhile, sites may be open and have written. */
  private async undoOnce(isLeft: boolean): Promise<Undone> {
    const { config, runner, journal } = this;
    if (isLeft && (await settledSince(config, runner, journal)) === 'undone')
      return { restored: 'restored', kept: keptNames(config.volume.dataset).kept };
    return undoChange(config, runner, journal, this.guarding.onStep);
  }

  private decided(): RefusedError {
    const { name } = this.config;
    return new RefusedError(
      'guard-decided',
      `The undo of this change was left half way, and another command has decided since what is live: a restore, or undo-restore. Nothing was changed.`,
      {
        suggestions: [
          `To leave things as they are: bench guard --accept -b ${name}`,
          `To bring back what was before the change all the same: bench guard --undo -b ${name}`,
        ],
      },
    );
  }

  /** A command may leave a service behind, which is what it was for. */
  private async stillRunning(): Promise<string[]> {
    const [scope] = await unitStates(this.runner, [this.journal.scope]);
    return scope?.active === 'active'
      ? [`Processes that it has started still run: systemctl status ${this.journal.scope}`]
      : [];
  }

  private async note(change: Partial<GuardJournal>): Promise<void> {
    Object.assign(this.journal, change);
    await writeGuard(this.config.name, this.journal);
  }

  private result(change: Partial<GuardResult> & Pick<GuardResult, 'outcome'>): GuardResult {
    const result = resultOf(this.config, this.journal, { check: this.check, ...change });
    return { ...result, command: { ...result.command, durationMs: Math.round(this.ended?.durationMs ?? 0) } };
  }
}

/** All processes of the command in one unit, whatever they make of themselves: so they can be told and stopped. */
function inScope({ scope, command }: GuardJournal): string[] {
  return ['systemd-run', '--scope', '--quiet', '--collect', `--unit=${scope}`, '--', ...command];
}

function notFound(error: unknown): Ended {
  if (error instanceof CommandNotFoundError) return { exitCode: 127, signal: null, durationMs: 0 };
  throw error;
}
