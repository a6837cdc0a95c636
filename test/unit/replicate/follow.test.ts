import { expect, test } from 'vitest';
import { checkConfig } from '../../../src/config/load.js';
import { JOBS } from '../../../src/replicate/follow.js';
import { benchJobs } from '../../../src/schedule/schedule.js';

test('nothing that a bench does by itself goes on where it follows another host', async () => {
  const { config } = await checkConfig('[bench]\nname = "shop"\n', '/srv/benches/shop/bench.toml');
  if (config === undefined) throw new Error('not valid');
  expect([...JOBS].sort()).toEqual(
    benchJobs(config)
      .map(({ name }) => name)
      .sort(),
  );
});
