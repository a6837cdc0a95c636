import { describe, expect, test } from 'vitest';
import type { HostRecord } from '../../../src/bench/host-record.js';
import { checkConfig } from '../../../src/config/load.js';
import { operatorNotes, planOperators, wantedOperators } from '../../../src/volume-manager/operators.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

const user = (name: string, uid: number) => ({
  argv: ['getent', 'passwd', name],
  stdout: `${name}:x:${uid}:${uid}::/:/bin/sh\n`,
});
const runner = new ScriptedRunner([
  user('alice', 1000),
  user('bob', 1001),
  user('root', 0),
  { argv: ['getent', 'passwd', 'gone'], exitCode: 2 },
  {
    argv: ['getent', 'passwd', 'alice', 'gone', 'bob'],
    stdout: 'alice:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n',
    exitCode: 2,
  },
]);
const recorded = (...operators: string[]) => ({ operators }) as HostRecord;

describe('operators', () => {
  test('are those recorded and those named, without users who are gone', async () => {
    expect(await wantedOperators(runner, ['bob'], recorded('alice', 'gone', 'bob'))).toEqual([
      'alice',
      'bob',
    ]);
  });
  test.each(['root', 'gone', 'Alice', '0'])('can not be %s', async (name) => {
    await expect(wantedOperators(runner, [name], undefined)).rejects.toMatchObject({
      code: 'operator-invalid',
      exitCode: 2,
    });
  });
});

describe('what they lack', async () => {
  const { config } = await checkConfig('[bench]\nname = "shop"\n', '/srv/benches/shop/bench.toml');
  if (config === undefined) throw new Error('no config');
  const operators = ['alice', 'bob'];

  test('is planned, and nothing where they have it', () => {
    const steps = planOperators(config, { operators, accounts: ['ready', 'missing'], lockPermitted: false });
    expect(steps).toMatchObject([
      { kind: 'lock.permit', file: '/var/lib/bench/shop/lock', operators },
      { kind: 'account.create', operators: ['bob'] },
    ]);
    expect(planOperators(config, { operators, accounts: ['ready', 'ready'], lockPermitted: true })).toEqual(
      [],
    );
  });

  test('on a server that does not run yet is planned as well', () => {
    const facts = { operators, accounts: ['unknown', 'unknown'] as const, lockPermitted: true };
    expect(planOperators(config, { ...facts, accounts: [...facts.accounts] })).toMatchObject([{ operators }]);
  });

  test('is told where the server lets nobody in, so that init comes to an end', () => {
    const facts = { operators, accounts: ['denied' as const, 'denied' as const], lockPermitted: true };
    expect(planOperators(config, facts)).toEqual([]);
    expect(operatorNotes(facts)[0]).toContain('alice, bob got no account');
  });

  test('is refused where the name is taken', () => {
    expect(() =>
      planOperators(config, { operators, accounts: ['ready', 'foreign'], lockPermitted: true }),
    ).toThrow(/'bob'@'localhost'/);
  });
});
