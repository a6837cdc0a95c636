import { benchFlag, VolumeCommand } from '../../base-command.js';
import { requireVolumeHost } from '../../host/platform.js';
import { runText } from '../../output/schedule.js';
import { type RunResult, runSchedule } from '../../schedule/schedule.js';

export default class ScheduleRun extends VolumeCommand {
  static override summary = 'Take a scheduled snapshot now, and prune what no rule keeps any more';
  static override description =
    'What the timer of a bench starts. Where no snapshot could be taken nothing is pruned, and the run has failed.';
  static override examples = ['<%= config.bin %> schedule run -b shop'];
  static override flags = { bench: benchFlag };

  async run(): Promise<RunResult> {
    const { flags } = await this.parse(ScheduleRun);
    await requireVolumeHost(this.runner);
    const config = await this.openBench(flags.bench, false);
    const result = await runSchedule(config, this.runner);
    this.log(runText(result));
    return result;
  }
}
