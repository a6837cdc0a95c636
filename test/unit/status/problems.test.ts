import { describe, expect, test } from 'vitest';
import { hostFiles } from '../../../src/bench/host-files.js';
import { recordFor } from '../../../src/bench/host-record.js';
import { layoutOf } from '../../../src/bench/layout.js';
import type { BenchConfig } from '../../../src/config/config.js';
import { checkConfig } from '../../../src/config/load.js';
import { UNKNOWN_UNIT, type UnitState } from '../../../src/host/systemd.js';
import type { Evidence, Interrupted } from '../../../src/status/evidence.js';
import { findProblems } from '../../../src/status/find-problems.js';
import type { Status } from '../../../src/status/report.js';
import type { Dataset } from '../../../src/zfs/datasets.js';
import { type PoolCondition, type PoolScan, parsePoolStatus } from '../../../src/zfs/pool-status.js';
import type { PoolSummary } from '../../../src/zfs/pools.js';

import { fixture } from '../support/fixture.js';

const TOML =
  '[bench]\nname = "shop"\n[mariadb]\ninstance = "my-shop"\n[maintenance]\nunits = ["web.service"]\n';
const RUNNING: UnitState = {
  ...UNKNOWN_UNIT,
  load: 'loaded',
  active: 'active',
  sub: 'running',
  enabled: 'enabled',
  hasRun: true,
};
const HELD_BACK: UnitState = { ...RUNNING, active: 'inactive', sub: 'dead', hasRun: false };
const NOW = new Date('2026-11-22T12:00:00Z');
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 24 * 3600_000);
const GIB = 1024 ** 3;
const MEND = 'bench init -b shop';

interface World {
  config: BenchConfig;
  status: Status;
  evidence: Evidence;
}

/** A bench that lacks nothing. */
async function healthy(): Promise<World> {
  const { config } = await checkConfig(TOML, '/srv/benches/shop/bench.toml');
  if (config === undefined) throw new Error('the bench.toml of this test is wrong');
  const layout = layoutOf(config);
  const pool: PoolSummary = {
    name: 'bench-pool',
    guid: '42',
    health: 'ONLINE',
    isOpen: true,
    sizeBytes: 1000,
    allocatedBytes: 1,
    freeBytes: 999,
    readonly: false,
    ashift: 12,
  };
  const dataset: Dataset = {
    name: layout.dataset,
    usedBytes: 1,
    availableBytes: 1,
    quotaBytes: 0,
    reservationBytes: 0,
    mounted: true,
    mountpoint: layout.mountpoint,
    bench: 'shop',
    canmount: 'on',
    lockedBy: undefined,
    createdAt: NOW,
    origin: undefined,
    clone: undefined,
  };
  const binds = Object.values(layout.parts).map(({ source, target }) => ({ source, target }));
  const files = hostFiles(config, layout, undefined);
  const record = recordFor(config, layout, { kind: 'device', path: '/dev/sdb' }, []);
  return {
    config,
    status: {
      pool: { ...pool, backing: { kind: 'device', path: '/dev/sdb' } },
      dataset: { ...dataset },
      binds: binds.map((bind) => ({ ...bind, mounted: true, inFstab: true })),
      mariadb: {
        instance: 'my-shop',
        unit: layout.unit,
        active: true,
        version: '11.8.6',
        socket: '/run/s.sock',
      },
      snapshots: { count: 0, latest: null },
      clone: null,
      clones: [],
      schedule: null,
      forecast: null,
      problems: [],
    },
    evidence: {
      mounts: [],
      fstab: [],
      record: { ...record, pool: { name: 'bench-pool', guid: '42' } },
      pool,
      importable: undefined,
      backingPresent: true,
      dataset,
      registry: undefined,
      datasets: [{ ...dataset, name: 'bench-pool', bench: undefined, availableBytes: 100 * GIB }, dataset],
      condition: { scan: { state: 'none', endedAt: undefined, errors: 0 }, devices: [], dataErrors: 0 },
      now: NOW,
      proofs: [],
      jobs: [],
      kept: undefined,
      mountpointBlocked: false,
      hostFiles: files,
      files: new Map(files.map(({ path, content }) => [path, content])),
      unit: RUNNING,
      settings: { changedAt: NOW.getTime() - 60_000, readAt: NOW.getTime() - 30_000 },
      others: [{ name: 'web.service', state: RUNNING }],
      upgrade: { name: 'bench-mariadb-upgrade@my\\x2dshop.service', state: UNKNOWN_UNIT },
    },
  };
}

async function problemsAfter(
  damage: (world: World) => void,
  interrupted: Interrupted = {},
): Promise<[string, string][]> {
  const world = await healthy();
  damage(world);
  return findProblems(world.config, world.status, interrupted, world.evidence).map(({ code, fix }) => [
    code,
    fix,
  ]);
}

const unmounted = ({ status }: World) => {
  status.dataset.mounted = false;
  for (const bind of status.binds) bind.mounted = false;
};
const tmpfsAt = (target: string) => ({ root: '/', target, fstype: 'tmpfs', source: 'tmpfs' });

test('a bench that lacks nothing has no problem', async () => {
  expect(await problemsAfter(() => undefined)).toEqual([]);
});

describe('a pool that is not there', () => {
  const gone = (importable: Evidence['importable']) => (world: World) => {
    unmounted(world);
    world.status.pool.health = 'MISSING';
    world.evidence = { ...world.evidence, pool: undefined, dataset: undefined, importable };
  };
  const found = { name: 'bench-pool', guid: '42', state: 'ONLINE', devices: ['sdb'] };

  test.each<[string, string, Evidence['importable']]>([
    ['pool-exported', MEND, [found]],
    ['pool-missing', MEND, []],
    ['pool-missing', MEND, undefined],
    ['pool-missing', MEND, [{ ...found, guid: '43' }]],
    ['pool-damaged', 'zpool import', [{ ...found, state: 'UNAVAIL' }]],
    [
      'pool-of-another-system',
      `Only if db-old does not use it any more: zpool import -d /dev/disk/by-id -d /dev -f 42 && ${MEND}`,
      [{ ...found, heldBy: { name: 'db-old', hostid: 'bab10c', now: false } }],
    ],
    [
      'pool-of-another-system',
      `Only if that system does not use it any more: zpool import -d /img -f 42 && ${MEND}`,
      [{ ...found, devices: ['/img/pool.img'], heldBy: { name: undefined, hostid: undefined, now: false } }],
    ],
    [
      'pool-of-another-system',
      `On db-new: zpool export bench-pool; then here: ${MEND}`,
      [{ ...found, state: 'UNAVAIL', heldBy: { name: 'db-new', hostid: 'bab10d', now: true } }],
    ],
  ])('is %s, and that alone is named', async (code, fix, importable) => {
    expect(await problemsAfter(gone(importable))).toEqual([[code, fix]]);
  });
});

describe('a dataset', () => {
  const first = async (change: (world: World) => void) =>
    (
      await problemsAfter((world) => {
        unmounted(world);
        change(world);
      })
    )[0];
  const dataset = (world: World) => world.evidence.dataset as Dataset;

  test('of another pool of that name is not mistaken for ours', async () => {
    expect(
      await problemsAfter(({ evidence }) => {
        evidence.pool = { ...(evidence.pool as PoolSummary), guid: '43' };
      }),
    ).toEqual([
      [
        'pool-other',
        `systemctl stop 'mariadb@my\\x2dshop.service' && umount /srv/benches/shop && umount /var/lib/mysql-my-shop && zpool export bench-pool && ${MEND}`,
      ],
    ]);
  });

  test('of a pool that ZFS cannot open is not looked for', async () => {
    const faulted = (world: World) => {
      unmounted(world);
      const pool = {
        ...(world.evidence.pool as PoolSummary),
        health: 'FAULTED',
        isOpen: false,
        sizeBytes: 0,
      };
      Object.assign(world.status.mariadb, { active: false });
      Object.assign(world.evidence, { pool, dataset: undefined, datasets: [], condition: undefined });
    };
    expect(await problemsAfter(faulted)).toEqual([['pool-faulted', `zpool export bench-pool && ${MEND}`]]);
  });

  test.each<[string, string, (world: World) => void]>([
    ['dataset-unmounted', MEND, () => undefined],
    ['dataset-unmounted', MEND, (world) => Object.assign(dataset(world), { canmount: 'off' })],
    [
      'key-not-loaded',
      `zfs load-key bench-pool && ${MEND}`,
      (world) => Object.assign(dataset(world), { lockedBy: 'bench-pool' }),
    ],
    [
      'dataset-covered',
      `umount /bench-pool/shop && ${MEND}`,
      ({ evidence }) => Object.assign(evidence, { mounts: [tmpfsAt('/bench-pool/shop')] }),
    ],
    [
      'mountpoint-blocked',
      `mv /bench-pool/shop /bench-pool/shop.aside && ${MEND}`,
      ({ evidence }) => Object.assign(evidence, { mountpointBlocked: true }),
    ],
  ])('that is not mounted is %s: %s', async (code, fix, change) => {
    expect(await first(change)).toEqual([code, fix]);
  });

  test('that is mounted now and not at the next boot is a problem already', async () => {
    expect(await problemsAfter((world) => Object.assign(dataset(world), { canmount: 'noauto' }))).toEqual([
      ['dataset-not-at-boot', MEND],
    ]);
  });
});

test('a bind mount of something else is taken down by the command that mends it', async () => {
  const fix = `systemctl stop 'mariadb@my\\x2dshop.service' && umount /var/lib/mysql-my-shop && ${MEND}`;
  expect(
    await problemsAfter(({ status, evidence }) => {
      const [, datadir] = status.binds;
      Object.assign(datadir as object, { mounted: false, inFstab: false });
      Object.assign(evidence, { mounts: [tmpfsAt('/var/lib/mysql-my-shop')] });
    }),
  ).toEqual([
    ['fstab-missing', fix],
    ['bind-wrong', fix],
  ]);
});

test.each([
  [
    'bind,x-systemd.after=zfs-mount.service',
    'without nofail, x-systemd.requires=zfs-mount.service: a pool that',
  ],
  [
    'noatime,nofail,bind,x-systemd.requires=zfs-mount.service',
    'without x-systemd.after=zfs-mount.service: it may',
  ],
])('a line of fstab with the options %s', async (options, message) => {
  const world = await healthy();
  const [{ source = '', target = '' } = {}] = world.status.binds;
  Object.assign(world.evidence, { fstab: [{ source, target, fstype: 'none', options }] });
  expect(findProblems(world.config, world.status, {}, world.evidence)).toMatchObject([
    { code: 'fstab-options', message: expect.stringContaining(message), fix: MEND },
  ]);
});

test('a disk that was replaced since it was recorded is advice', async () => {
  const replaced = ({ status }: World) =>
    Object.assign(status.pool, { backing: { kind: 'device', path: '/dev/sdc' } });
  expect(await problemsAfter(replaced)).toEqual([['record-stale', MEND]]);
});

test('a guard that was lost or changed, and files that systemd has not read', async () => {
  expect(
    await problemsAfter(({ evidence }) => {
      const files = new Map(evidence.files);
      files.set('/etc/systemd/system/srv-benches-shop.mount.d/50-bench-volume.conf', '[Unit]\n');
      files.delete('/etc/systemd/system/web.service.d/50-bench-volume.conf');
      Object.assign(evidence, { files, unit: { ...RUNNING, stale: true } });
    }),
  ).toEqual([
    ['guard-missing', MEND],
    ['guard-missing', MEND],
    ['systemd-stale', MEND],
  ]);
});

describe('services', () => {
  const START = "systemctl start 'mariadb@my\\x2dshop.service'";
  const down = (unit: UnitState) => (world: World) => {
    world.status.mariadb.active = false;
    world.evidence.unit = unit;
  };
  const messageOf = async (unit: UnitState) => {
    const world = await healthy();
    down(unit)(world);
    return findProblems(world.config, world.status, {}, world.evidence)[0]?.message;
  };

  test.each<[string, UnitState, string, string]>([
    ['held back at boot', HELD_BACK, MEND, 'could not be mounted'],
    [
      'held back by its assertion',
      { ...HELD_BACK, heldBackBy: 'assertion' as const },
      MEND,
      'assertion failed',
    ],
    ['stopped', { ...HELD_BACK, hasRun: true }, START, 'is not running'],
    [
      'failed',
      { ...HELD_BACK, hasRun: true, active: 'failed', result: 'exit-code' },
      START,
      'failed (exit-code)',
    ],
  ])('MariaDB %s', async (_, unit, fix, message) => {
    expect(await problemsAfter(down(unit))).toEqual([['mariadb-down', fix]]);
    expect(await messageOf(unit)).toContain(message);
  });

  test('that a boot should start and did not, or will not start', async () => {
    expect(
      await problemsAfter(({ evidence }) => {
        evidence.unit = { ...RUNNING, enabled: 'disabled' };
        evidence.others = [{ name: 'web.service', state: HELD_BACK }];
      }),
    ).toEqual([
      ['mariadb-not-at-boot', MEND],
      ['unit-down', MEND],
    ]);
  });
});

test('a server that was started before its settings were changed', async () => {
  const changed = ({ evidence, status }: World) => {
    evidence.settings = { changedAt: NOW.getTime(), readAt: NOW.getTime() - 30_000 };
    return status.mariadb;
  };
  expect(await problemsAfter(changed)).toEqual([
    ['mariadb-settings-old', "systemctl restart 'mariadb@my\\x2dshop.service'"],
  ]);
  // One that does not run reads them when it starts.
  const codes = (await problemsAfter((world) => Object.assign(changed(world), { active: false }))).map(
    ([code]) => code,
  );
  expect(codes).not.toContain('mariadb-settings-old');
});

test.each<[string, (world: World) => void]>([
  ['unmounted', unmounted],
  [
    'set aside',
    (world) => {
      unmounted(world);
      world.evidence.dataset = undefined;
    },
  ],
  [
    'stopped',
    ({ status, evidence }) => {
      status.mariadb.active = false;
      evidence.unit = { ...RUNNING, active: 'inactive' };
    },
  ],
])('what was cut off in the middle of a restore, %s, is mended by the restore alone', async (_, damage) => {
  const problems = await problemsAfter(damage, { restore: { mode: 'keep', tag: 'before' } });
  expect(problems.length).toBeGreaterThan(1);
  expect(problems[0]?.[0]).toBe('restore-unfinished');
  expect(new Set(problems.map(([, fix]) => fix))).toEqual(
    new Set(['bench volume restore-snapshot before --keep -b shop']),
  );
});

describe('care for the pool', () => {
  const pool = (change: Partial<PoolSummary>) => (world: World) => {
    world.evidence.pool = { ...(world.evidence.pool as PoolSummary), ...change };
  };
  const condition = (change: Partial<PoolCondition>) => (world: World) => {
    world.evidence.condition = { ...(world.evidence.condition as PoolCondition), ...change };
  };
  const device = {
    path: '/dev/vdc1',
    state: 'ONLINE',
    readErrors: 0,
    writeErrors: 0,
    checksumErrors: 0,
    note: '',
  };
  const scan = (state: PoolScan['state'], days?: number, errors = 0): PoolScan => ({
    state,
    endedAt: days === undefined ? undefined : daysAgo(days),
    errors,
  });
  const aged = (world: World, days: number) => {
    for (const dataset of world.evidence.datasets) dataset.createdAt = daysAgo(days);
    world.status.snapshots = {
      count: 1,
      latest: { tag: 'new', createdAt: NOW.toISOString() },
    };
  };
  const LIST = 'zfs list -o space -r bench-pool';

  test.each<[number, string[]]>([
    [800, []],
    [801, ['pool-filling']],
    [900, ['pool-filling']],
    [901, ['pool-nearly-full']],
    [1000, ['pool-nearly-full']],
  ])('with %d of 1000 allocated', async (allocatedBytes, codes) => {
    expect(await problemsAfter(pool({ allocatedBytes }))).toEqual(codes.map((code) => [code, LIST]));
  });

  test.each<[string, string, string]>([
    ['OFFLINE', 'zpool online bench-pool /dev/vdc1', 'REMOVED'],
    ['FAULTED', 'zpool clear bench-pool /dev/vdc1', 'DEGRADED'],
  ])('a device that is %s: %s', async (state, fix, alike) => {
    for (const each of [state, alike]) {
      const damage = (world: World) => {
        pool({ health: 'DEGRADED' })(world);
        condition({
          devices: [
            { ...device, path: '/dev/vdb1' },
            { ...device, state: each },
          ],
        })(world);
      };
      expect(await problemsAfter(damage)).toEqual([['pool-degraded', fix]]);
    }
  });

  test('a disk that takes the place of another is waited for', async () => {
    const damage = (world: World) => {
      pool({ health: 'DEGRADED' })(world);
      world.evidence.condition = parsePoolStatus(fixture('zpool/status-replacing.txt'));
    };
    expect(await problemsAfter(damage)).toEqual([['pool-degraded', 'zpool wait -t resilver bench-pool']]);
  });

  test('a device that is gone for good has to be replaced', async () => {
    const damage = (world: World) => {
      pool({ health: 'DEGRADED' })(world);
      condition({ devices: [{ ...device, path: '1166', state: 'UNAVAIL', note: 'was /dev/vdc1' }] })(world);
    };
    expect(await problemsAfter(damage)).toEqual([
      ['pool-degraded', 'zpool replace bench-pool 1166 NEW-DISK'],
    ]);
  });

  test.each<[string, PoolScan, number, string[]]>([
    ['never scrubbed and new', scan('none'), 3, []],
    ['never scrubbed in five weeks', scan('none'), 36, ['scrub-due']],
    ['scrubbed last month', scan('finished', 35), 100, []],
    ['scrubbed long ago', scan('finished', 36), 100, ['scrub-due']],
    ['being scrubbed', scan('running'), 100, []],
    ['stopped in its scrub', scan('canceled'), 3, ['scrub-due']],
    ['halted in its scrub', scan('paused'), 3, ['scrub-due']],
    ['in a state nobody knows', scan('unknown'), 100, []],
    ['found damaged by a scrub', scan('finished', 1, 2), 100, ['data-errors']],
  ])('a pool %s', async (_, last, days, codes) => {
    const problems = await problemsAfter((world) => {
      condition({ scan: last })(world);
      aged(world, days);
    });
    expect(problems).toEqual(codes.map((code) => [code, 'zpool scrub bench-pool']));
  });

  test('errors that were seen in passing are looked for by a scrub', async () => {
    expect(await problemsAfter(condition({ dataErrors: 6 }))).toEqual([
      ['data-errors', 'zpool scrub bench-pool'],
    ]);
  });

  test('damage comes first, errors that were mended last', async () => {
    const damage = condition({
      dataErrors: 2,
      scan: scan('finished', 1, 1),
      devices: [{ ...device, checksumErrors: 4 }],
    });
    expect(
      await problemsAfter((world) => {
        damage(world);
        world.evidence.unit = { ...RUNNING, enabled: 'disabled' };
      }),
    ).toEqual([
      ['data-errors', 'zpool status -v bench-pool'],
      ['mariadb-not-at-boot', MEND],
      ['device-errors', 'zpool clear bench-pool /dev/vdc1'],
    ]);
  });

  test.each<[string, number, number | undefined, string[]]>([
    ['a bench of this morning', 0.5, undefined, []],
    ['a bench of yesterday without a snapshot', 1.5, undefined, ['snapshot-none']],
    ['a snapshot of this week', 30, 6, []],
    ['no snapshot for a week', 30, 8, ['snapshot-old']],
  ])('%s', async (_, age, snapshotAge, codes) => {
    const problems = await problemsAfter((world) => {
      aged(world, age);
      if (snapshotAge === undefined) world.status.snapshots = { count: 0, latest: null };
      else world.status.snapshots.latest = { tag: 'old', createdAt: daysAgo(snapshotAge).toISOString() };
    });
    expect(problems).toEqual(codes.map((code) => [code, 'bench volume snapshot -b shop']));
  });
});

describe('sizes', () => {
  const sizes =
    (inFile: [number, number], inForce: [number, number], usedGib = 1) =>
    (world: World) => {
      const { config, evidence } = world;
      Object.assign(evidence.pool as PoolSummary, { sizeBytes: 100 * GIB });
      Object.assign(config.volume, {
        backing: 'device',
        quotaBytes: inFile[0] * GIB,
        reservationBytes: inFile[1] * GIB,
      });
      Object.assign(evidence.dataset as Dataset, {
        quotaBytes: inForce[0] * GIB,
        reservationBytes: inForce[1] * GIB,
        usedBytes: usedGib * GIB,
      });
    };
  const SET = 'bench volume set';

  test.each<[string, Parameters<typeof sizes>, [string, string][]]>([
    [
      'as bench.toml says',
      [
        [60, 15],
        [60, 15],
      ],
      [],
    ],
    [
      'another quota',
      [
        [60, 15],
        [80, 15],
      ],
      [['quota-differs', `${SET} --quota 60G -b shop`]],
    ],
    [
      'no reservation',
      [
        [60, 15],
        [60, 0],
      ],
      [['reservation-differs', `${SET} --reservation 15G -b shop`]],
    ],
    [
      'both',
      [
        [60, 15],
        [0, 0],
      ],
      [
        ['quota-differs', `${SET} --quota 60G --reservation 15G -b shop`],
        ['reservation-differs', `${SET} --quota 60G --reservation 15G -b shop`],
      ],
    ],
    [
      'a quota in bench.toml that is used up',
      [[5, 1], [20, 1], 10],
      [['quota-differs', `${SET} --quota 20G -b shop`]],
    ],
    [
      'the same without one in force',
      [[5, 1], [0, 1], 10],
      [['quota-differs', `${SET} --quota 13G -b shop`]],
    ],
    ['a quota beyond the pool', [[500, 1], [20, 1], 10], [['quota-differs', `${SET} --quota 20G -b shop`]]],
    ['nine tenths used', [[20, 1], [20, 1], 18], []],
    ['more', [[20, 1], [20, 1], 19], [['quota-nearly-full', `${SET} --quota 24G -b shop`]]],
    [
      'more of all there is',
      [[100, 1], [100, 1], 95],
      [['quota-nearly-full', 'zfs list -o space -t all -r bench-pool/shop']],
    ],
  ])('%s', async (_, world, problems) => {
    expect(await problemsAfter(sizes(...world))).toEqual(problems);
  });
});
