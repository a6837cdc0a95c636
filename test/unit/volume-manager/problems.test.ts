import { describe, expect, test } from 'vitest';
import type { BenchConfig } from '../../../src/config/config.js';
import { checkConfig } from '../../../src/config/load.js';
import { UNKNOWN_UNIT, type UnitState } from '../../../src/host/systemd.js';
import { hostFiles } from '../../../src/volume-manager/host-files.js';
import { recordFor } from '../../../src/volume-manager/host-record.js';
import { layoutOf } from '../../../src/volume-manager/layout.js';
import type { Evidence } from '../../../src/volume-manager/problems.js';
import { findProblems, type Interrupted, type Status } from '../../../src/volume-manager/status.js';
import type { Dataset } from '../../../src/volume-manager/zfs.js';
import type { PoolSummary } from '../../../src/volume-manager/zpool.js';

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
  };
  const binds = Object.values(layout.parts).map(({ source, target }) => ({ source, target }));
  const files = hostFiles(config, layout);
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
      kept: undefined,
      mountpointBlocked: false,
      hostFiles: files,
      files: new Map(files.map(({ path, content }) => [path, content])),
      unit: RUNNING,
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
