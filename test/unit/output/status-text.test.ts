import { expect, test } from 'vitest';
import { statusText } from '../../../src/output/text.js';
import type { Problem, Status } from '../../../src/status/report.js';

function withProblems(...problems: Problem[]): Status {
  const sizes = { usedBytes: 0, availableBytes: 0, quotaBytes: 0, reservationBytes: 0 };
  return {
    pool: {
      name: 'bench-pool',
      health: 'ONLINE',
      sizeBytes: 0,
      allocatedBytes: 0,
      freeBytes: 0,
      backing: { kind: 'device', path: '/dev/sdb' },
    },
    dataset: { name: 'bench-pool/shop', mountpoint: '/bench-pool/shop', mounted: true, ...sizes },
    binds: [],
    mariadb: { instance: 'shop', unit: 'mariadb@shop.service', active: false, version: null, socket: '/s' },
    snapshots: { count: 0, latest: null },
    clone: null,
    clones: [],
    schedule: null,
    forecast: null,
    problems,
  };
}

test('problems that one command mends stand together above it; commands are never broken; notes come last', () => {
  const mend = 'bench init -b shop';
  const fix = `zfs list -o space -r ${'a-pool-with-a-long-name'.repeat(4)}`;
  const text = statusText(
    withProblems(
      { code: 'fstab-missing', message: `${'/etc/fstab has lost its line. '.repeat(3)}`.trim(), fix: mend },
      { code: 'bind-missing', message: 'It is not mounted.', fix: mend },
      { code: 'pool-nearly-full', message: 'It is full.', fix },
      { code: 'scrub-due', message: 'It was long ago.', fix: 'zpool scrub bench-pool' },
    ),
  );
  expect(
    text.slice(text.indexOf('\n\n') + 2),
  ).toBe(`Problem: /etc/fstab has lost its line. /etc/fstab has lost its line. /etc/fstab
  has lost its line.
Problem: It is not mounted.
  Mend: bench init -b shop

Problem: It is full.
  Mend: ${fix}

Note: It was long ago.
  zpool scrub bench-pool`);
});

test('a bench without problems has nothing below its lines', () => {
  expect(statusText(withProblems())).not.toContain('\n\n');
});
