import { BaseCommand, benchFlag } from '../../base-command.js';
import { scheduleText } from '../../output/schedule.js';
import { readSchedules, type ScheduleList } from '../../schedule/schedule.js';

export default class ScheduleStatus extends BaseCommand {
  static override summary = 'Show when snapshots take themselves: last run, how it went, and the next';
  static override description = 'Of one bench, or of all that have a schedule.';
  static override examples = [
    '<%= config.bin %> schedule status',
    '<%= config.bin %> schedule status -b shop --json',
  ];
  static override flags = { bench: benchFlag };

  async run(): Promise<ScheduleList> {
    const { flags } = await this.parse(ScheduleStatus);
    const config = flags.bench === undefined ? undefined : await this.openBench(flags.bench, false);
    const list = await readSchedules(config, this.runner);
    this.log(scheduleText(list));
    return list;
  }
}
