import { expect, test } from 'vitest';
import { newFindings } from '../../../src/host/fstab-verify.js';

/** What findmnt 2.38 says of an fstab that a real host may well have. */
const OLD = {
  stdout: `/
   [W] unreachable source: /dev/sda1: No such file or directory
   [W] cannot detect on-disk filesystem type (No such file or directory)
/nonexist
   [E] unreachable on boot required target: No such file or directory
/srv
   [E] unreachable on boot required source: UUID=abc
`,
  stderr: `findmnt: /etc/fstab: parse error at line 4 -- ignored

1 parse error, 2 errors, 2 warnings
`,
};

test('what was wrong before is not counted, however much it is', () => {
  const stderr = OLD.stderr.replace('/etc/fstab', '/run/bench-fstab.candidate');
  expect(newFindings(OLD, { ...OLD, stderr })).toEqual([]);
});

test('an error more, also the same one once more, and a line that cannot be parsed are found', () => {
  const more = `${OLD.stdout}/srv\n   [E] unreachable on boot required source: UUID=abc\n`;
  expect(newFindings(OLD, { ...OLD, stdout: more })).toEqual([
    '/srv: unreachable on boot required source: UUID=abc',
  ]);
  const stderr = `${OLD.stderr}findmnt: /etc/fstab: parse error at line 9 -- ignored\n`;
  expect(newFindings(OLD, { ...OLD, stderr })).toEqual(['parse error at line 9']);
});

test('warnings do not count, nor does an fstab that was not there before', () => {
  const none = { stdout: '', stderr: "findmnt: can't read /etc/fstab: No such file or directory\n" };
  const warned = { stdout: '/mnt\n   [W] target specified more than once\n', stderr: '' };
  expect(newFindings(none, warned)).toEqual([]);
  const fine = { stdout: '\nSuccess, no errors or warnings detected\n', stderr: '' };
  expect(newFindings(none, fine)).toEqual([]);
});
