import type { BenchConfig } from '../config/config.js';
import { UNKNOWN_UNIT, type UnitState } from '../host/systemd.js';
import { otherJobs, readRunRecord, scheduleStatus, snapshotJob } from '../schedule/schedule.js';
import { isTimer, type Job, type JobFiles, jobFiles, jobUnits } from '../timers/timers.js';
import type { JobEvidence, ScheduleEvidence } from './evidence.js';

/** What can be seen of what a bench does by itself without any process, and what is to be asked beside other things. */
export interface ScheduleLook {
  /** Units whose states are wanted; none where nothing runs by itself. */
  units: string[];
  /**
   * @param states of these units, in their order
   * @param timedByInit timers that were never made are none, see {@link isTimedByInit}
   */
  judge(
    states: readonly UnitState[],
    timedByInit: boolean,
  ): { schedule: ScheduleEvidence | undefined; jobs: JobEvidence[] };
}

export async function lookAtSchedule(config: BenchConfig): Promise<ScheduleLook> {
  const snapshots = snapshotJob(config);
  const files = await jobFiles(snapshots);
  const record = files === 'none' ? undefined : await readRunRecord(config.name);
  const others = await presentJobs(config);
  const asked = [...(files === 'none' ? [] : [snapshots]), ...others.map(({ job }) => job)].map(jobUnits);
  return {
    units: asked.flatMap(({ timer, service }) => [timer, service]),
    judge: (states, timedByInit) => {
      const unitsAt = (index: number) => {
        const [timer = UNKNOWN_UNIT, service = UNKNOWN_UNIT] = states.slice(2 * index);
        return { timer, service };
      };
      const first = files === 'none' ? 0 : 1;
      const jobs = others
        .map((each, index) => ({ ...each, units: unitsAt(first + index) }))
        .filter((each) => isTimer(each.files, timedByInit));
      if (!isTimer(files, timedByInit)) return { schedule: undefined, jobs };
      const units = unitsAt(0);
      const schedule: ScheduleEvidence = {
        status: scheduleStatus(config, units, record),
        files,
        units,
        dueAt: record?.nextAt == null ? undefined : new Date(record.nextAt),
        behindUntil: record?.behindUntil == null ? undefined : new Date(record.behindUntil),
      };
      return { schedule, jobs };
    },
  };
}

async function presentJobs(config: BenchConfig): Promise<{ job: Job; files: JobFiles }[]> {
  const found: { job: Job; files: JobFiles }[] = [];
  for (const job of otherJobs(config)) {
    const files = await jobFiles(job);
    if (files !== 'none') found.push({ job, files });
  }
  return found;
}
