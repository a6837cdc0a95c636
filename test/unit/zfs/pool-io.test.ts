import { expect, test } from 'vitest';
import { measureIo, parseIo } from '../../../src/zfs/pool-io.js';
import { fixture } from '../support/fixture.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

test('one sample of a second, as zpool iostat prints it', async () => {
  const argv = ['zpool', 'iostat', '-H', '-p', '-y', 'bench-pool', '1', '1'];
  const runner = new ScriptedRunner([{ argv, stdout: fixture('zpool/iostat-busy.txt') }]);
  expect(await measureIo(runner, 'bench-pool')).toEqual({
    readOperations: 0,
    writeOperations: 32,
    readBytes: 0,
    writeBytes: 7520298,
  });
});

test.each(['', 'bench-pool\t1\t2\t3\t4\t5\n', 'bench-pool\t4.0M\t19G\t0\t32\t0\t7.1M\n'])(
  'anything else is an error: %j',
  (stdout) => expect(() => parseIo(stdout)).toThrow('another shape'),
);
