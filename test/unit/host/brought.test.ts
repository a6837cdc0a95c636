import { describe, expect, test } from 'vitest';
import { CommandError, CommandNotFoundError, HostRunner } from '../../../src/host/exec.js';
import { fixture } from '../support/fixture.js';

const failed = (argv: string[], stderr: string) =>
  new CommandError({ argv, stdout: '', stderr, exitCode: 1, durationMs: 0 }, 'failed').suggestions;

describe('what bench init would bring is never just "not installed"', () => {
  test.each(['zfs', 'zpool', '/usr/sbin/zfs', 'rsync', 'mariadb-install-db'])('%s', (program) => {
    expect(new CommandNotFoundError(program).suggestions).toEqual([
      expect.stringMatching(/^bench init brings \S+ to this host: sudo bench init -b NAME$/),
    ]);
  });

  test('nothing is promised of what it does not bring', async () => {
    const missing = new HostRunner().run({ argv: ['no-such-program'] });
    await expect(missing).rejects.toMatchObject({ code: 'command-not-found', suggestions: [] });
  });

  test('a program that sudo does not find', () => {
    const argv = ['sudo', '-n', '--', 'zpool', 'import'];
    expect(failed(argv, 'sudo: zpool: command not found\n')[0]).toContain('brings ZFS');
    expect(failed(argv, 'sudo: a password is required\n')).toEqual([]);
  });

  test.each([
    fixture('zpool/no-module.stderr'),
    "The ZFS modules are not loaded.\nTry running 'modprobe zfs' as root to load them.\n",
    "The ZFS modules cannot be auto-loaded.\nTry running 'modprobe zfs' as root to manually load them.\n",
  ])('a kernel without ZFS: %j', (stderr) => {
    expect(failed(['zfs', 'list'], stderr)[0]).toContain('bench init loads the module');
    expect(failed(['sudo', '-n', '--', 'zpool', 'import'], stderr)[0]).toContain(
      'bench init loads the module',
    );
    expect(failed(['cat'], stderr)).toEqual([]);
  });
});
