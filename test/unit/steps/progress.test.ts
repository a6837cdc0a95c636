import { expect, test } from 'vitest';
import { aptProgress, rsyncProgress } from '../../../src/steps/progress.js';
import { fixture } from '../support/fixture.js';

test('rsync: bytes and rate at once, a percentage as soon as every file is listed', () => {
  const read = rsyncProgress();
  const lines = fixture('rsync/progress2.txt').split(/[\r\n]+/);
  const told = lines.map(read).filter((progress) => progress !== undefined);
  expect(told[0]).toEqual({ percent: undefined, detail: '32K copied, 0.00kB/s' });
  expect(told[1]).toEqual({ percent: 8, detail: '2.9M copied, 8.79MB/s' });
  expect(told.at(-1)).toEqual({ percent: 100, detail: '34M copied, 7.87MB/s' });
  // Between the ends of two files there is no count of what is left.
  expect(lines.filter((line) => /%.*\d\s*$/.test(line)).length).toBeGreaterThan(1);
  expect(told.slice(1).every(({ percent }) => percent !== undefined)).toBe(true);
});

test('rsync: while it is still listing, its percentage is that of a part', () => {
  const read = rsyncProgress();
  expect(read('      1,238,099 100%  146.38kB/s    0:00:08  (xfr#5, ir-chk=1169/1396)')).toEqual({
    percent: undefined,
    detail: '1.2M copied, 146.38kB/s',
  });
  expect(read('>fcsT...... sites/100% 1 2/s')).toBeUndefined();
});

test('apt: what it fetches, then how many packages are unpacked and set up', () => {
  const lines = [
    'Reading package lists...',
    'The following NEW packages will be installed:',
    '0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.',
    'Get:1 http://deb.debian.org/debian bookworm/main amd64 libpopt0 amd64 1.19+dfsg-1 [43.3 kB]',
    'Fetched 569 kB in 0s (18.2 MB/s)',
    'Selecting previously unselected package libgdbm6:amd64.',
    '(Reading database ... 6089 files and directories currently installed.)',
    'Preparing to unpack .../1-libgdbm6_1.23-3_amd64.deb ...',
    'Unpacking libgdbm6:amd64 (1.23-3) ...',
    'Unpacking libpopt0:amd64 (1.19+dfsg-1) ...',
    'Setting up libgdbm6:amd64 (1.23-3) ...',
    'Setting up libpopt0:amd64 (1.19+dfsg-1) ...',
    'Processing triggers for libc-bin (2.36-9+deb12u10) ...',
  ];
  expect(lines.map(aptProgress()).filter((progress) => progress !== undefined)).toEqual([
    { percent: undefined, detail: 'fetching libpopt0' },
    { percent: 25, detail: 'unpacking libgdbm6:amd64' },
    { percent: 50, detail: 'unpacking libpopt0:amd64' },
    { percent: 75, detail: 'setting up libgdbm6:amd64' },
    { percent: 100, detail: 'setting up libpopt0:amd64' },
  ]);
});
