import { Parser } from '@oclif/core';
import { afterEach, describe, expect, test } from 'vitest';
import Init from '../../../src/commands/init.js';
import * as errors from '../../../src/errors.js';
import { CommandError, CommandNotFoundError } from '../../../src/host/exec.js';
import { MariaDbError } from '../../../src/mariadb/errors.js';
import { reportFailure, toBenchError } from '../../../src/output/failure.js';

const failed = { argv: ['zfs', 'list'], stdout: '', stderr: 'no', exitCode: 1, durationMs: 1 };

/** SPEC section 5, and docs/json.md. */
const TABLE: [string, unknown, number][] = [
  ['BenchError', new errors.BenchError('any', 'any'), 1],
  ['VolumeError', new errors.VolumeError('any', 'any'), 1],
  ['UsageError', new errors.UsageError('any', 'any'), 2],
  ['RefusedError', new errors.RefusedError('any', 'any'), 3],
  ['BusyError', new errors.BusyError('any', 'any'), 4],
  ['InterruptedError', new errors.InterruptedError('any', 'any'), 130],
  ['CommandError', new CommandError(failed, 'failed'), 1],
  ['CommandNotFoundError', new CommandNotFoundError('zfs'), 1],
  ['MariaDbError', new MariaDbError('mariadb-unreachable', 'any'), 1],
  ['a bug', new TypeError('x is undefined'), 1],
  ['what is no Error at all', 'thrown', 1],
];

describe('the exit code of', () => {
  afterEach(() => {
    process.exitCode = undefined;
  });

  test.each(TABLE)('%s', (_, error, code) => {
    expect(toBenchError(error).exitCode).toBe(code);
  });

  test('every kind of error in src/errors.ts is in the table above', () => {
    const kinds = Object.values(errors).filter((value) => typeof value === 'function');
    const named = TABLE.map(([name]) => name);
    for (const { name } of kinds) expect(named).toContain(name);
  });

  test('a wrong flag, which oclif finds', async () => {
    const error = await Parser.parse(['--nope'], { flags: Init.flags, args: {}, strict: true }).catch(
      (e) => e,
    );
    expect(toBenchError(error)).toMatchObject({ exitCode: 2, code: 'wrong-usage' });
  });

  test('--help, which oclif ends by an error, is that of the help', () => {
    reportFailure(Object.assign(new Error('EEXIT: 0'), { code: 'EEXIT', oclif: { exit: 0 } }), {
      json: true,
    });
    expect(process.exitCode).toBe(0);
  });
});
