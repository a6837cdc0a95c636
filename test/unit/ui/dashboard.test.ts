import { describe, expect, test } from 'vitest';
import { VolumeError } from '../../../src/errors.js';
import type { Status } from '../../../src/status/report.js';
import { NOTHING_SEEN, type Seen } from '../../../src/status/watch.js';
import { dashboardRows } from '../../../src/ui/dashboard-rows.js';
import { bar, cut, row, wrap } from '../../../src/ui/rows.js';
import { sparkline } from '../../../src/ui/sparkline.js';
import type { Snapshot } from '../../../src/zfs/snapshots.js';

const GIB = 1024 ** 3;
const NOW = Date.UTC(2026, 4, 28, 14, 0, 0);

const status: Status = {
  pool: {
    name: 'bench-pool',
    health: 'ONLINE',
    sizeBytes: 100 * GIB,
    allocatedBytes: 92 * GIB,
    freeBytes: 8 * GIB,
    backing: { kind: 'device', path: '/dev/sdb' },
  },
  dataset: {
    name: 'bench-pool/shop',
    mountpoint: '/bench-pool/shop',
    mounted: true,
    usedBytes: 30 * GIB,
    availableBytes: 30 * GIB,
    quotaBytes: 60 * GIB,
    reservationBytes: 15 * GIB,
  },
  binds: [
    { source: '/bench-pool/shop/benches', target: '/srv/benches/shop', mounted: true, inFstab: true },
    { source: '/bench-pool/shop/mariadb', target: '/var/lib/mysql-shop', mounted: true, inFstab: true },
  ],
  mariadb: {
    instance: 'shop',
    unit: 'mariadb@shop.service',
    active: true,
    version: '11.8.6-MariaDB',
    socket: '/run/mysqld/mysqld-shop.sock',
  },
  snapshots: { count: 0, latest: null },
  clone: null,
  clones: [],
  schedule: null,
  forecast: null,
  problems: [],
};

const snapshot = (tag: string, note?: string) =>
  ({ tag, createdAt: new Date(NOW), usedBytes: GIB, note }) as unknown as Snapshot;
const problem = (code: string) => ({
  code,
  message: `${code}: ${'it is so '.repeat(20)}`,
  fix: 'bench init',
});

const seen = (found: Partial<Seen> = {}): Seen => ({ ...NOTHING_SEEN, status, readAt: NOW, ...found });
const shown = (what: Seen, size = { columns: 80, rows: 24 }, now = NOW) =>
  dashboardRows('shop', what, now, NOW, size).map((spans) =>
    spans
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );

test('what is well takes half of a screen of 80x24', () => {
  const io = { readOperations: 12, writeOperations: 210, readBytes: 1258291, writeBytes: 3 * 1024 ** 2 };
  expect(shown(seen({ io, snapshots: [snapshot('before-upgrade', 'two\nlines')] }))).toEqual([
    'bench shop                                                 14:00:00 UTC  q quits',
    '',
    'Pool       bench-pool            ONLINE',
    '  space        [#####################################---]  92G of 100G      92%',
    'Dataset    bench-pool/shop       avail=30G',
    '  quota        [####################--------------------]  30G of 60G       50%',
    '  reservation  [########################################]  30G of 15G      100%',
    'Mount      /srv/benches/shop     from /bench-pool/shop/benches',
    'Mount      /var/lib/mysql-shop   from /bench-pool/shop/mariadb',
    'MariaDB    mariadb@shop.service  running  11.8.6-MariaDB',
    'IO         read 1.2M/s (12 op/s)   write 3.0M/s (210 op/s)',
    'Snapshots  1',
    '  before-upgrade           2026-05-28 14:00:00    1.0G  two\\nlines',
  ]);
});

test('snapshots that take themselves, how the bench grows, and how it has grown', () => {
  const last = {
    startedAt: '2026-05-28T13:00:00.000Z',
    endedAt: null,
    outcome: 'failed' as const,
    snapshot: null,
    pruned: null,
    error: null,
  };
  const schedule = {
    ...{ bench: 'shop', snapshot: 'hourly', calendars: ['hourly'], keep: null, prune: false },
    ...{ timer: 'bench-snapshot-shop.timer', active: true, enabled: true, last },
    nextAt: '2026-05-28T15:00:00.000Z',
  };
  const forecast = {
    ...{ at: '2026-05-28T14:00:00.000Z', state: 'growing' as const, basis: 'samples' as const },
    ...{ growthBytesPerDay: 1.5 * GIB, poolGrowthBytesPerDay: null, reservationFullAt: null },
    ...{ quotaFullAt: '2026-06-17T15:00:00.000Z', poolFullAt: null, fullAt: '2026-06-17T15:00:00.000Z' },
  };
  const snapshots = [...Array(20).keys()].map((day) => ({
    ...snapshot(`t${day}`),
    createdAt: new Date(NOW - day * 24 * 3_600_000),
    referencedBytes: (30 - day) * GIB,
  }));
  const rows = dashboardRows(
    'shop',
    seen({ status: { ...status, schedule, forecast }, snapshots }),
    NOW,
    NOW,
    {
      columns: 80,
      rows: 24,
    },
  );
  const lines = rows.map((spans) => spans.map(({ text }) => text).join(''));
  expect(lines.slice(11, 15)).toEqual([
    'Schedule   hourly                last 05-28 13:00 FAILED  next 05-28 15:00',
    'Growth     1.5G a day            quota full in 20 days',
    'Sizes      ▁▁▁▁▁▁▂▂▂▃▃▃▃▃▃▄▄▄▅▅▅▅▆▆▆▆▆▇▇▇▇████   11G to 30G  since 2026-05-09',
    'Snapshots  20',
  ]);
  expect(rows[11]?.[0]?.color).toBe('red');
});

test('a full pool is red, a reservation that is exceeded is not', () => {
  const colors = dashboardRows('shop', seen(), NOW, NOW, { columns: 80, rows: 24 }).flatMap((spans) =>
    spans.filter(({ text }) => text.startsWith('[')).map(({ color }) => color),
  );
  expect(colors).toEqual(['red', 'green', 'cyan']);
});

test('where there is no answer that is said, with what is known', () => {
  const rows = shown(seen(), undefined, NOW + 34_500);
  expect(rows[0]).toMatch(/^bench shop +no answer for 34 s {2}q quits$/);
  expect(rows[2]).toBe('Pool       bench-pool            ONLINE');
  expect(shown(NOTHING_SEEN)).toEqual([expect.stringMatching(/^bench shop +looking … {2}q quits$/), '']);
});

test('a look that failed is a problem, with what the command said and what to do', () => {
  const failure = new VolumeError('pool-suspended', 'Pool bench-pool is suspended.', {
    stderr: 'no such device\n',
    suggestions: ['zpool clear bench-pool'],
  });
  expect(shown(seen({ failure })).slice(-3)).toEqual([
    'Problem: Pool bench-pool is suspended.',
    '  no such device',
    '  Next: zpool clear bench-pool',
  ]);
});

describe('whatever there is', () => {
  const problems = [...Array(20).keys()].map((index) => problem(`problem-${index}`));
  const much = seen({
    status: { ...status, problems },
    snapshots: [...Array(300).keys()].map((index) => snapshot(`t${index}`)),
  });

  test('no screen is filled to its last line, and the latest snapshot stays', () => {
    for (let rows = 5; rows < 80; rows += 1) {
      for (const columns of [40, 80, 200]) {
        const lines = shown(much, { columns, rows });
        expect(lines.length).toBeLessThan(rows);
        if (rows >= 24) expect(lines).toContainEqual(expect.stringMatching(/^ {2}t0 /));
      }
    }
  });

  test('what is left out is counted', () => {
    const lines = shown(much);
    const listed = lines.filter((line) => /^ {2}t\d/.test(line)).length;
    expect(lines).toContain(`  … and ${300 - listed} more`);
    expect(lines.at(-1)).toMatch(/^… and \d+ more: bench volume status -b shop$/);
    const told = lines.filter((line) => line.startsWith('Problem: ')).length;
    expect(lines.at(-1)).toContain(` ${20 - told} more`);
  });
});

test('text is broken at blanks, and anywhere where there are none', () => {
  expect(wrap('one two three four', 12, '  ')).toEqual(['  one two', '  three four']);
  expect(wrap('x'.repeat(25), 12, '  ')).toEqual([
    `  ${'x'.repeat(10)}`,
    `  ${'x'.repeat(10)}`,
    `  ${'x'.repeat(5)}`,
  ]);
});

test('blocks are shown whole or not at all', () => {
  const blocks = ['a', 'b', 'c'].map((name) => [row(name), row(name)]);
  const more = (left: number) => `${left} more`;
  const texts = (room: number) => cut(blocks, room, more).map(([span]) => span?.text);
  expect(texts(6)).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
  expect(texts(5)).toEqual(['a', 'a', 'b', 'b', '1 more']);
  expect(texts(4)).toEqual(['a', 'a', '2 more']);
  expect(texts(1)).toEqual(['3 more']);
  expect(texts(0)).toEqual([]);
});

test('a bar is as wide as it should be, whatever its share', () => {
  expect(bar(0, 0, 10)).toBe('[----------]');
  expect(bar(15, 10, 10)).toBe('[##########]');
  expect(bar(5, 10, 10)).toBe('[#####-----]');
});

describe('a sparkline', () => {
  const hourly = (...bytes: number[]) => bytes.map((size, hour) => ({ time: hour * 3_600_000, bytes: size }));

  test('goes from the smallest to the largest, in equal steps of time', () => {
    expect(sparkline(hourly(0, 1, 2, 3, 4, 5, 6, 7), 8)).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([...hourly(7, 5, 3, 1)].reverse(), 4)).toBe('█▆▃▁');
    const late = [...hourly(1, 2), { time: 20 * 3_600_000, bytes: 9 }];
    expect(sparkline(late, 5)).toBe('▁▂▂▂█');
  });

  test('of one size is flat, and of one moment none', () => {
    expect(sparkline(hourly(5, 5, 5), 6)).toBe('▁▁▁▁▁▁');
    expect(sparkline(hourly(5), 6)).toBeUndefined();
    expect(sparkline([], 6)).toBeUndefined();
    expect(sparkline(hourly(1, 2), -3)).toBeUndefined();
  });
});
