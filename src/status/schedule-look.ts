import type { BenchConfig } from '../config/config.js';
import { UNKNOWN_UNIT, type UnitState } from '../host/systemd.js';
import { readRunRecord, scheduleStatus, scheduleUnits, timerFiles } from '../schedule/schedule.js';
import type { ScheduleEvidence } from './evidence.js';

/** What can be seen of a schedule without any process, and what is to be asked beside other things. */
export interface ScheduleLook {
  /** Units whose states are wanted; none where there is no schedule. */
  units: string[];
  /** @param states of these units, in their order */
  judge(states: readonly UnitState[]): ScheduleEvidence | undefined;
}

export async function lookAtSchedule(config: BenchConfig): Promise<ScheduleLook> {
  const files = await timerFiles(config);
  if (files === 'none') return { units: [], judge: () => undefined };
  const names = scheduleUnits(config.name);
  const record = await readRunRecord(config.name);
  return {
    units: [names.timer, names.service],
    judge: ([timer = UNKNOWN_UNIT, service = UNKNOWN_UNIT]) => ({
      status: scheduleStatus(config, { timer, service }, record),
      files,
      units: { timer, service },
      dueAt: record?.nextAt == null ? undefined : new Date(record.nextAt),
      behindUntil: record?.behindUntil == null ? undefined : new Date(record.behindUntil),
    }),
  };
}
