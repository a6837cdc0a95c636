import { expect, test } from 'vitest';
import { checkConfig } from '../../../src/config/load.js';
import { lookAtSchedule } from '../../../src/status/schedule-look.js';

const TIMES = '[schedule]\nsnapshot = "hourly"\n[verify]\nschedule = "daily"\n';

test('timers that were never made are missed, but in a clone, which gets them by an init', async () => {
  const { config } = await checkConfig(`[bench]\nname = "nowhere-made"\n${TIMES}`, '/bench.toml');
  if (config === undefined) throw new Error('not valid');
  const look = await lookAtSchedule(config);
  expect(look.units).toHaveLength(4);
  const own = look.judge([], false);
  expect(own.schedule?.files).toBe('missing');
  expect(own.jobs.map(({ job, files }) => [job.name, files])).toEqual([['verify', 'missing']]);
  expect(look.judge([], true)).toEqual({ schedule: undefined, jobs: [] });
});
