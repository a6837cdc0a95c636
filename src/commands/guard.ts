import { Flags } from '@oclif/core';
import { BaseCommand, benchFlag } from '../base-command.js';
import { layoutOf } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { durationMs } from '../config/duration.js';
import { EXIT, UsageError } from '../errors.js';
import type { Guarding, GuardRequest, GuardResult, UndoPolicy } from '../guard/guard.js';
import { requireVolumeHost } from '../host/platform.js';
import { guardText } from '../output/guard.js';
import { ask, canAsk } from '../output/prompt.js';
import { tellingSteps } from '../output/step-reporter.js';

const EXIT_CODES = {
  done: EXIT.done,
  'not-run': EXIT.done,
  accepted: EXIT.done,
  undone: EXIT.undone,
  'not-undone': EXIT.notUndone,
};

export default class Guard extends BaseCommand {
  static override summary =
    'Run a command that changes the bench; where it fails, bring back what was before';
  static override description =
    'Takes a snapshot, runs the command in the directory of the bench, and checks whether the bench works: MariaDB ' +
    'answers and every unit of maintenance.units is active, or what --check says. On failure or a signal it restores the ' +
    'snapshot; the failed state is kept, for a look and for undo-restore. Exit codes: 0 done, 10 failed and undone, 11 ' +
    'failed and not undone. Cut off anywhere, --resume goes on and --undo undoes.';
  static override examples = [
    '<%= config.bin %> guard -b shop -- sudo -u frappe bench migrate',
    '<%= config.bin %> guard -b shop --check "curl -fsS http://127.0.0.1:8000/api/method/ping" -- ./upgrade.sh',
    '<%= config.bin %> guard -b shop --undo ask --check-timeout 2m -- sh -c "cd apps/erpnext && git pull"',
    '<%= config.bin %> guard --resume -b shop',
    '<%= config.bin %> guard --undo=now -b shop',
    '<%= config.bin %> guard --accept -b shop',
  ];
  static override strict = false;
  static override usage = 'guard -b NAME [--check CMD] [--undo auto|ask|never] -- COMMAND...';
  static override flags = {
    bench: benchFlag,
    check: Flags.string({
      summary: 'A command that ends with 0 where the bench works; no shell reads it',
      helpValue: 'CMD',
    }),
    'check-timeout': Flags.string({
      summary: 'How long the check may take to pass',
      default: '60s',
      helpValue: 'TIME',
    }),
    undo: Flags.string({
      summary: 'Whether a failed change is undone; without a command: undo it now',
      options: ['auto', 'ask', 'never', 'now'],
      default: 'auto',
    }),
    resume: Flags.boolean({ summary: 'Go on with a change that was cut off' }),
    accept: Flags.boolean({ summary: 'Leave things as they are, and forget a change that has failed' }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask; an older copy that is kept may be dropped' }),
  };

  async run(): Promise<GuardResult> {
    this.argv = withUndoNow(this.argv);
    const { argv, flags } = await this.parse(Guard);
    const command = argv.map(String);
    const isLater = flags.resume || flags.accept || flags.undo === 'now';
    if (isLater === command.length > 0) throw wrongUsage();
    const timeoutMs = durationMs(flags['check-timeout']);
    if (timeoutMs === undefined)
      throw new UsageError(
        'wrong-usage',
        '--check-timeout needs a time such as 60s or 5m, at most one hour.',
        { suggestions: ['Such as: --check-timeout 2m'] },
      );
    const guards = await import('../guard/guard.js');
    const check = flags.check === undefined ? null : guards.commandWords(flags.check);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, false);
    const undo = flags.undo as UndoPolicy;
    const cwd = layoutOf(config).parts.benches.target;
    const request: GuardRequest = {
      command,
      cwd,
      check,
      checkTimeoutMs: timeoutMs,
      undo,
      mayDrop: flags.yes,
    };
    const result = await tellingSteps(this.jsonEnabled(), (onStep) => {
      const guarding = this.guarding(config, onStep);
      if (flags.accept) return guards.acceptGuard(config, this.runner);
      if (flags.resume) return guards.resumeGuard(config, this.runner, guarding);
      if (isLater) return guards.undoGuard(config, this.runner, guarding);
      return guards.guard(config, this.runner, request, guarding);
    });
    process.exitCode = EXIT_CODES[result.outcome];
    this.log(guardText(result));
    return result;
  }

  private guarding({ name }: BenchConfig, onStep: Guarding['onStep']): Guarding {
    const isJson = this.jsonEnabled();
    return {
      output: isJson ? 'stderr' : 'stdout',
      onStep,
      ask: async (reason) => {
        if (!canAsk(isJson)) return false;
        this.logToStderr(`It has failed: ${reason}`);
        return (await ask(`Type ${name} to undo it, anything else to leave it: `)).trim() === name;
      },
    };
  }
}

/** `--undo` without a word means: now. */
function withUndoNow(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  return argv.map((word, index) => {
    const next = flags[index + 1];
    const isBare = word === '--undo' && index < flags.length && (next === undefined || next.startsWith('-'));
    return isBare ? '--undo=now' : word;
  });
}

function wrongUsage(): UsageError {
  return new UsageError(
    'wrong-usage',
    'Either a command behind "--", or one of --resume, --undo and --accept.',
    {
      suggestions: ['bench guard -b NAME -- COMMAND', 'bench guard --help'],
    },
  );
}
