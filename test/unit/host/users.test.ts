import { describe, expect, test } from 'vitest';
import { findUser, sudoCaller } from '../../../src/host/users.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

const runner = new ScriptedRunner([
  { argv: ['getent', 'passwd', 'alice'], stdout: 'alice:x:1000:1000::/home/alice:/bin/sh\n' },
  { argv: ['getent', 'passwd', 'gone'], exitCode: 2 },
]);

test('a user is found by name; a number or an odd name is not even looked up', async () => {
  expect(await findUser(runner, 'alice')).toEqual({ uid: 1000 });
  expect(await findUser(runner, 'gone')).toBeUndefined();
  for (const name of ['1000', 'Alice', '-x', "x'y", 'a b', '']) {
    expect(await findUser(runner, name)).toBeUndefined();
  }
});

describe('who has called sudo', () => {
  test.each([
    ['is believed where name and number belong together', 'alice', '1000', 'alice'],
    ['is nobody where they do not', 'alice', '1001', undefined],
    ['is nobody whom the host does not know', 'gone', '1000', undefined],
    ['is not root', 'root', '0', undefined],
    ['is nobody without sudo', undefined, undefined, undefined],
  ])('%s', async (_, name, uid, caller) => {
    expect(await sudoCaller(runner, { SUDO_USER: name, SUDO_UID: uid })).toBe(caller);
  });
});
