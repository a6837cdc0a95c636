import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { giveWay } from '../../../src/host/priority.js';

/** As Node throws it; EPERM is what systemd's SystemCallFilter= answers. */
const failing = (code: string) => () => {
  throw Object.assign(new Error(`uv_os_setpriority returned ${code}`), {
    code: 'ERR_SYSTEM_ERROR',
    info: { code },
  });
};

test('a unit that may not change its priority has one of its own; anything else is a failure', () => {
  const set: unknown[] = [];
  giveWay((...args: unknown[]) => set.push(...args));
  expect(set).toEqual([constants.priority.PRIORITY_LOW]);
  expect(() => giveWay(failing('EPERM'))).not.toThrow();
  expect(() => giveWay(failing('EACCES'))).not.toThrow();
  expect(() => giveWay(failing('EINVAL'))).toThrow('EINVAL');
});
