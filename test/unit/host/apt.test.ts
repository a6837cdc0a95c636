import { describe, expect, test } from 'vitest';
import { BusyError } from '../../../src/errors.js';
import { type LockHolder, lockOwner, runApt, waitForApt } from '../../../src/host/apt.js';
import { ScriptedRunner } from '../support/scripted-runner.js';

describe('the owner of a lock', () => {
  // The first two lines as captured while a process held /var/lib/dpkg/lock-frontend, on /dev/vda (254:0).
  const table = `1: POSIX  ADVISORY  WRITE 1447 fe:00:31215 0 EOF
2: POSIX  ADVISORY  WRITE 411 00:18:998 0 EOF
3: FLOCK  ADVISORY  WRITE 1190 fe:00:29751 0 EOF
4: POSIX  ADVISORY  READ 1188 fe:00:29752 0 EOF
4: -> POSIX  ADVISORY  WRITE 1189 fe:00:29752 0 EOF
5: POSIX  ADVISORY  WRITE 412 103:10002:77 0 EOF
`;
  const vda = 0xfe00;
  test('is found by device and inode', () => {
    expect(lockOwner(table, { dev: vda, ino: 31215 })).toBe(1447);
    expect(lockOwner(table, { dev: 0x18, ino: 998 })).toBe(411);
  });
  test('is nobody for flock(2), for who reads, and for who only waits', () => {
    expect(lockOwner(table, { dev: vda, ino: 29751 })).toBeUndefined();
    expect(lockOwner(table, { dev: vda, ino: 29752 })).toBeUndefined();
  });
  test('is found on a device with large numbers', () => {
    // makedev(0x103, 0x10002) of glibc.
    expect(lockOwner(table, { dev: 0x10010302, ino: 77 })).toBe(412);
  });
});

const holder: LockHolder = { path: '/var/lib/dpkg/lock-frontend', pid: 7, program: 'unattended-upgr' };
const free = async () => undefined;

describe('waiting for apt', () => {
  test('says once who is waited for, and goes on when they have ended', async () => {
    const answers = [holder, holder, undefined];
    const messages: string[] = [];
    await waitForApt({
      report: (message) => messages.push(message),
      findHolder: async () => answers.shift(),
    });
    expect(messages).toEqual(['Waiting: unattended-upgr (pid 7) holds /var/lib/dpkg/lock-frontend']);
  });

  test('ends when it takes too long', async () => {
    const waiting = waitForApt({ report: () => undefined, waitMs: 0, findHolder: async () => holder });
    await expect(waiting).rejects.toThrow(BusyError);
    await expect(waiting).rejects.toMatchObject({ code: 'apt-busy', exitCode: 4 });
  });
});

describe('apt', () => {
  const argv = ['apt-get', 'update'] as const;
  // As captured from apt 3.0 and dpkg 1.22.
  test.each([
    'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1448 (python3)\nE: Unable to lock directory /var/lib/apt/lists/\n',
    'dpkg: error: dpkg frontend lock was locked by /usr/bin/python3.13 process with pid 1447\n',
  ])('is run again when somebody was faster: %s', async (stderr) => {
    const runner = new ScriptedRunner([{ argv, exitCode: 100, stderr }, { argv }]);
    await runApt(runner, [{ argv }], { report: () => undefined, findHolder: free });
    expect(runner.lines).toEqual(['apt-get update', 'apt-get update']);
  });

  test('that fails otherwise is reported with its stderr', async () => {
    const runner = new ScriptedRunner([{ argv, exitCode: 100, stderr: 'E: Unable to locate package x\n' }]);
    await expect(
      runApt(runner, [{ argv }], { report: () => undefined, findHolder: free }),
    ).rejects.toMatchObject({
      code: 'packages-not-installed',
      exitCode: 1,
      stderr: 'E: Unable to locate package x\n',
    });
  });
});
