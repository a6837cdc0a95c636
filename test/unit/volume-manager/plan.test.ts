import { describe, expect, test } from 'vitest';
import { hostFiles } from '../../../src/bench/host-files.js';
import { recordFor } from '../../../src/bench/host-record.js';
import { layoutOf } from '../../../src/bench/layout.js';
import type { BenchConfig } from '../../../src/config/config.js';
import { checkConfig } from '../../../src/config/load.js';
import type { DiskContents } from '../../../src/disks/describe.js';
import type { Disk } from '../../../src/disks/types.js';
import { BenchError } from '../../../src/errors.js';
import { appendLine, bindLine } from '../../../src/host/fstab.js';
import { UNKNOWN_UNIT } from '../../../src/host/systemd.js';
import type { StepKind } from '../../../src/steps/kinds.js';
import { commandsFor, describe as describeStep } from '../../../src/steps/step.js';
import type { Facts } from '../../../src/volume-manager/facts.js';
import { planInit } from '../../../src/volume-manager/plan.js';
import { GIB } from '../../../src/volume-manager/sizing.js';
import type { Dataset } from '../../../src/zfs/datasets.js';
import { disk, freshHost } from './fresh-host.js';
import { READY } from './software-facts.js';

const context = { now: '20260101-000000', mysql: { uid: 100, gid: 101 } };

async function configOf(toml = ''): Promise<BenchConfig> {
  const { config, findings } = await checkConfig(
    `[bench]\nname = "shop"\n${toml}`,
    '/srv/benches/shop/bench.toml',
  );
  if (config === undefined) throw new Error(JSON.stringify(findings));
  return config;
}

const DEVICE_TOML = `[volume]
backing = "device"
device = "/dev/sdb"
[volume.dataset]
quota = "90G"
reservation = "14G"
`;

/** The same host when init has finished. */
function finishedHost(config: BenchConfig): Facts {
  const layout = layoutOf(config);
  const { benches, mariadb } = layout.parts;
  const dataset = {
    name: 'bench-pool/shop',
    usedBytes: GIB,
    availableBytes: 89 * GIB,
    quotaBytes: 90 * GIB,
    reservationBytes: 14 * GIB,
    mounted: true,
    mountpoint: '/bench-pool/shop',
    bench: 'shop',
    canmount: 'on',
    lockedBy: undefined,
    createdAt: new Date(0),
    origin: undefined,
    clone: undefined,
  };
  const seen = {
    mount: 'dataset',
    target: 'unseen',
    source: 'ours',
    movedTo: undefined,
    disposable: false,
    move: undefined,
  } as const;
  const record = recordFor(config, layout, { kind: 'device', path: '/dev/sdb' }, []);
  return {
    ...freshHost(config),
    pool: {
      name: 'bench-pool',
      guid: '42',
      health: 'ONLINE',
      isOpen: true,
      sizeBytes: 99 * GIB,
      allocatedBytes: GIB,
      freeBytes: 98 * GIB,
      readonly: false,
      ashift: 12,
      backingPath: config.volume.device ?? '/dev/sdb',
      datasets: [
        {
          ...dataset,
          name: 'bench-pool',
          mountpoint: '/bench-pool',
          usedBytes: 14 * GIB,
          availableBytes: 82 * GIB,
          bench: undefined,
        },
        dataset,
      ],
    },
    dataset,
    properties: {
      recordsize: '16384',
      compression: 'lz4',
      atime: 'off',
      xattr: 'on',
      acltype: 'posix',
      quota: String(90 * GIB),
      reservation: String(14 * GIB),
      direct: 'disabled',
    },
    datasetVisible: true,
    rootSentinel: true,
    parts: { benches: { part: benches, ...seen }, mariadb: { part: mariadb, ...seen } },
    fstab: [benches, mariadb].reduce(
      (text, { source, target }) => appendLine(text, bindLine(source, target)),
      '',
    ),
    files: new Map(hostFiles(config, layout, undefined).map(({ path, content }) => [path, content])),
    unit: { ...UNKNOWN_UNIT, load: 'loaded', active: 'active', enabled: 'enabled', hasRun: true },
    listening: new Set([3307]),
    record: { ...record, pool: { name: 'bench-pool', guid: '42' } },
    missingStructure: [],
  };
}

function kinds(config: BenchConfig, facts: Facts): StepKind[] {
  return planInit(config, facts, context).steps.map(({ kind }) => kind);
}

function refusal(config: BenchConfig, facts: Facts): string {
  try {
    planInit(config, facts, context);
  } catch (error) {
    if (error instanceof BenchError)
      return `${error.code}${error.exitCode === 3 ? '' : ` ${error.exitCode}`}`;
    throw error;
  }
  return 'not refused';
}

describe('a fresh host', () => {
  test('is provisioned in the order that each step needs', async () => {
    const config = await configOf();
    expect(kinds(config, freshHost(config))).toEqual([
      'config.write',
      'mountpoint.guard',
      'pool.create',
      'mountpoint.guard',
      'dataset.create',
      'dataset.mount',
      'host.record',
      'sentinel.write',
      'file.write',
      'file.write',
      'file.write',
      'file.write',
      'file.write',
      'part.migrate',
      'database.initialise',
      'mountpoint.guard',
      'fstab.add',
      'mountpoint.guard',
      'fstab.add',
      'unit.enable',
      'systemd.reload',
      'mount.bind',
      'mount.bind',
      'bench.structure',
      'unit.start',
    ]);
  });

  test('gets the largest free disk by its stable name, and what was computed is written down first', async () => {
    const config = await configOf();
    const disks = [{ ...disk, serial: 'S1', transport: 'sata' }];
    const { steps } = planInit(config, { ...freshHost(config), disks }, context);
    expect(steps[0]).toEqual({
      kind: 'config.write',
      file: '/srv/benches/shop/bench.toml',
      changes: [
        { key: 'volume.backing', value: 'device' },
        { key: 'volume.device', value: '/dev/disk/by-id/wwn-1' },
        { key: 'volume.dataset.quota', value: '96G' },
        { key: 'volume.dataset.reservation', value: '14G' },
      ],
    });
    expect(steps).toContainEqual({
      kind: 'pool.create',
      pool: 'bench-pool',
      vdev: '/dev/disk/by-id/wwn-1',
      backing: 'device',
      trim: true,
      bench: 'shop',
      about: 'serial "S1", sata',
    });
  });

  test('gets a disk that can be pulled out only where it is named, and is told so', async () => {
    const reasons: Disk['reasons'] = [
      { code: 'removable', message: 'can be pulled out, and the pool with it' },
    ];
    const disks = [{ ...disk, qualifies: false, reasons }];
    const auto = await configOf();
    expect(kinds(auto, { ...freshHost(auto), disks })).toContain('image.create');
    const named = await configOf(DEVICE_TOML);
    const { steps, notes } = planInit(named, { ...freshHost(named), disks, devicePath: disk.path }, context);
    expect(steps).toContainEqual(expect.objectContaining({ kind: 'pool.create', backing: 'device' }));
    expect(notes.join('\n')).toMatch(
      / can be pulled out, and the pool with it: it is used because it is named\.$/m,
    );
  });

  test('without a free disk gets an image of 75 % of the free space', async () => {
    const config = await configOf();
    const { steps } = planInit(
      config,
      { ...freshHost(config), disks: [{ ...disk, qualifies: false }] },
      context,
    );
    const path = '/var/lib/bench-zfs/bench-pool.img';
    expect(steps).toContainEqual({ kind: 'image.create', path, sizeBytes: 30 * GIB });
    expect(steps).toContainEqual({
      kind: 'pool.create',
      pool: 'bench-pool',
      vdev: path,
      backing: 'image',
      trim: false,
      bench: 'shop',
      about: '',
    });
  });

  test('without its packages gets those first, and is looked at again', async () => {
    const config = await configOf();
    const plan = planInit(
      config,
      { ...freshHost(config), software: { ...READY, missingPackages: ['rsync'] } },
      context,
    );
    expect(plan.complete).toBe(false);
    expect(plan.steps.map(({ kind }) => kind)).toEqual(['packages.install']);
  });

  test('is refused what another bench has or another program listens on, before packages are installed', async () => {
    const config = await configOf();
    const facts = { ...freshHost(config), software: { ...READY, missingPackages: ['mariadb-server'] } };
    const other = { ...config, name: 'books', mariadb: { ...config.mariadb, port: 4000 } };
    expect(refusal(config, { ...facts, others: [other] })).toBe('bench-clash');
    const neighbour = await configOf('[mariadb]\ninstance = "books"\n');
    expect(refusal(config, { ...facts, others: [{ ...neighbour, name: 'books' }] })).toBe('bench-clash');
    expect(refusal(config, { ...facts, listening: new Set([3307]) })).toBe('port-in-use');
  });
});

describe('a finished host', () => {
  const withRoot = ({ pool }: Facts, change: Partial<Dataset>): Facts['pool'] =>
    pool && {
      ...pool,
      datasets: pool.datasets.map((dataset) =>
        dataset.name === pool.name ? { ...dataset, ...change } : dataset,
      ),
    };

  test('needs nothing', async () => {
    const config = await configOf(DEVICE_TOML);
    expect(planInit(config, finishedHost(config), context)).toEqual({ steps: [], complete: true, notes: [] });
  });

  test('needs no second line in fstab where somebody has written its paths in another way', async () => {
    const config = await configOf(DEVICE_TOML);
    const finished = finishedHost(config);
    const fstab = finished.fstab.replace(/(\/\S+) (\/\S+)/g, '$1/ /$2///');
    expect(fstab).toContain('//srv/benches/shop///');
    expect(kinds(config, { ...finished, fstab })).toEqual([]);
  });

  test.each<[string, (facts: Facts) => Partial<Facts>, StepKind[]]>([
    [
      'a disk that was replaced',
      (f) => ({ pool: f.pool && { ...f.pool, backingPath: '/dev/disk/by-id/wwn-2' } }),
      ['config.write', 'host.record'],
    ],
    [
      'an fstab whose line would stop a boot without the pool',
      (f) => ({ fstab: f.fstab.replace(',nofail,', ',') }),
      ['fstab.options', 'systemd.reload'],
    ],
    ['a lost fstab', () => ({ fstab: '' }), ['fstab.add', 'fstab.add', 'systemd.reload']],
    [
      'a stopped instance',
      (f) => ({ unit: { ...f.unit, active: 'inactive' }, listening: new Set() }),
      ['unit.start'],
    ],
    ['another quota', (f) => ({ properties: { ...f.properties, quota: '1' } }), ['dataset.set']],
    ['a lost record', () => ({ record: undefined }), ['host.record']],
    ['units that systemd has not read', () => ({ unitsStale: true }), ['systemd.reload']],
    ['an fstab that systemd has not read', () => ({ bindsKnown: false }), ['systemd.reload']],
    [
      'a lost guard',
      (f) => ({ files: new Map([...f.files].slice(0, -1)) }),
      ['file.write', 'systemd.reload'],
    ],
    [
      'a dataset that is not mounted',
      () => ({ datasetVisible: false }),
      ['mountpoint.guard', 'dataset.mount'],
    ],
    [
      'a whole pool that is not mounted',
      (f) => ({ datasetVisible: false, pool: withRoot(f, { mounted: false }) }),
      ['dataset.mount', 'mountpoint.guard', 'dataset.mount'],
    ],
    [
      'a dataset that the next boot will not mount',
      (f) => ({ dataset: { ...(f.dataset as Dataset), canmount: 'noauto' } }),
      ['dataset.set'],
    ],
    [
      'a dataset that cannot be mounted where it belongs',
      (f) => ({ datasetVisible: false, dataset: { ...(f.dataset as Dataset), mountpoint: 'none' } }),
      ['dataset.set'],
    ],
    ['a service that the boot could not start', () => ({ heldBackUnits: ['web.service'] }), ['units.start']],
  ])('with %s gets just that mended', async (_, damage, steps) => {
    const config = await configOf(DEVICE_TOML);
    const facts = finishedHost(config);
    expect(kinds(config, { ...facts, ...damage(facts) })).toEqual(steps);
  });

  test('is told that a server which runs goes on with its old settings', async () => {
    const config = await configOf(DEVICE_TOML);
    const facts = finishedHost(config);
    const path = '/etc/mysql/mariadb.conf.d/90-bench-shop.cnf';
    const files = new Map([...facts.files, [path, 'innodb_doublewrite = 0']]);
    const restart = expect.stringContaining('systemctl restart mariadb@shop.service');
    expect(planInit(config, { ...facts, files }, context).notes).toEqual([restart]);
    const stopped = {
      ...facts,
      files,
      unit: { ...facts.unit, active: 'inactive' },
      listening: new Set<number>(),
    };
    expect(planInit(config, stopped, context).notes).toEqual([]);
  });

  test('keeps what it has, whatever a bench.toml beside it says', async () => {
    const config = await configOf(DEVICE_TOML);
    expect(kinds(config, { ...finishedHost(config), others: [{ ...config, name: 'books' }] })).toEqual([]);
  });

  test.each<[string, (facts: Facts) => Partial<Facts>]>([
    ['dataset-missing', () => ({ dataset: undefined, datasetVisible: false })],
    [
      'key-not-loaded',
      (f) => ({ datasetVisible: false, dataset: { ...(f.dataset as Dataset), lockedBy: 'bench-pool' } }),
    ],
    [
      'dataset-covered',
      () => ({
        datasetVisible: false,
        mounts: [{ root: '/', target: '/bench-pool/shop', fstype: 'tmpfs', source: 'tmpfs' }],
      }),
    ],
  ])('is refused %s where an empty database could come of going on', async (code, damage) => {
    const config = await configOf(DEVICE_TOML);
    const facts = finishedHost(config);
    expect(refusal(config, { ...facts, ...damage(facts) })).toBe(code);
  });
});

describe('a dataset that was made, and got none of its properties', () => {
  async function cutOff(facts: Partial<Facts> = {}): Promise<[BenchConfig, Facts]> {
    const config = await configOf(DEVICE_TOML);
    const finished = finishedHost(config);
    const dataset = {
      ...(finished.dataset as Dataset),
      bench: undefined,
      quotaBytes: 0,
      reservationBytes: 0,
    };
    const properties = {
      ...finished.properties,
      recordsize: '131072',
      compression: 'on',
      quota: '0',
      reservation: '0',
    };
    return [
      config,
      { ...finished, dataset, properties, record: undefined, datasetIsUnfinished: true, ...facts },
    ];
  }

  test('gets all of them, and it is told why it is taken', async () => {
    const [config, facts] = await cutOff();
    const { steps, notes } = planInit(config, facts, context);
    const made = planInit(config, { ...freshHost(config), devicePath: '/dev/sdb' }, context);
    const create = made.steps.find(({ kind }) => kind === 'dataset.create');
    expect(steps[0]).toEqual({
      kind: 'dataset.set',
      dataset: 'bench-pool/shop',
      properties: create?.kind === 'dataset.create' && create.properties,
    });
    expect(notes.join()).toContain('had begun to make the dataset bench-pool/shop');
  });

  test('is mounted before anything else, to see whether it is empty', async () => {
    const { steps, complete } = planInit(...(await cutOff({ datasetVisible: false })), context);
    expect([steps.map(({ kind }) => kind), complete]).toEqual([['mountpoint.guard', 'dataset.mount'], false]);
  });

  test('is refused like any other where something is in it', async () => {
    expect(refusal(...(await cutOff({ datasetIsUnfinished: false })))).toBe('dataset-not-ours');
  });
});

describe('an interrupted migration', () => {
  test('goes on from where the original was moved to', async () => {
    const config = await configOf(DEVICE_TOML);
    const facts = finishedHost(config);
    const benches = {
      ...facts.parts.benches,
      mount: 'none',
      target: 'missing',
      source: 'missing',
      movedTo: '/aside',
    } as const;
    const { steps } = planInit(config, { ...facts, parts: { ...facts.parts, benches } }, context);
    expect(steps[0]).toMatchObject({ kind: 'part.migrate', aside: '/aside', resume: true });
  });
});

describe('existing data', () => {
  const GUARDED: StepKind[] = [
    'mountpoint.guard',
    'fstab.add',
    'mountpoint.guard',
    'fstab.add',
    'systemd.reload',
  ];

  /** A host with files, a running service and a running instance, all outside of any dataset. */
  async function hostWithData(): Promise<[BenchConfig, Facts]> {
    const config = await configOf(`${DEVICE_TOML}[maintenance]\nunits = ["web.service"]\n`);
    const facts = freshHost(config);
    const move = { usedBytes: GIB, stagedBytes: 0, writers: [] };
    return [
      config,
      {
        ...facts,
        devicePath: '/dev/sdb',
        parts: {
          benches: { ...facts.parts.benches, move },
          mariadb: { ...facts.parts.mariadb, target: 'data', move },
        },
        unit: { ...facts.unit, active: 'active' },
        activeUnits: ['web.service'],
        missingStructure: [],
      },
    ];
  }

  test('is copied while its writers stand still, with the guards in force, and they go on afterwards', async () => {
    const [config, facts] = await hostWithData();
    const all = kinds(config, facts);
    expect(all.slice(all.indexOf('sentinel.write') + 1)).toEqual([
      'file.write',
      'file.write',
      'file.write',
      'file.write',
      'file.write',
      'file.write',
      'systemd.reload',
      'units.stop',
      'part.migrate',
      'unit.stop',
      'part.migrate',
      ...GUARDED.slice(0, -1),
      'unit.enable',
      'systemd.reload',
      'mount.bind',
      'mount.bind',
      'unit.start',
      'units.start',
    ]);
    const { notes } = planInit(config, facts, context);
    expect(notes.filter((note) => note.includes('stays as'))).toHaveLength(2);
  });

  test('units that an interrupted init has stopped are started again, whatever is left to do', async () => {
    const config = await configOf(DEVICE_TOML);
    const facts = { ...finishedHost(config), stoppedUnits: ['web.service'] };
    expect(kinds(config, facts)).toEqual(['units.start']);
  });

  test('what does not fit is refused, and what is copied already counts as room', async () => {
    const [config, facts] = await hostWithData();
    const withMove = (usedBytes: number, stagedBytes: number): Facts => ({
      ...facts,
      parts: {
        ...facts.parts,
        mariadb: { ...facts.parts.mariadb, move: { usedBytes, stagedBytes, writers: [] } },
      },
    });
    expect(refusal(config, withMove(84 * GIB, 0))).toBe('not refused');
    expect(refusal(config, withMove(86 * GIB, 0))).toBe('no-room');
    expect(refusal(config, withMove(86 * GIB, 20 * GIB))).toBe('not refused');
  });

  test('a writer that is no unit of the bench is refused', async () => {
    const [config, facts] = await hostWithData();
    const writing = (unit: string | undefined): Facts => ({
      ...facts,
      parts: {
        ...facts.parts,
        mariadb: {
          ...facts.parts.mariadb,
          move: { usedBytes: 1, stagedBytes: 0, writers: [{ pid: 7, name: 'mariadbd', unit }] },
        },
      },
    });
    expect(refusal(config, writing('mariadb@shop.service'))).toBe('not refused');
    expect(refusal(config, writing('web.service'))).toBe('not refused');
    expect(refusal(config, writing('mariadb.service'))).toBe('directory-in-use');
    expect(refusal(config, writing(undefined))).toBe('directory-in-use');
  });

  test('a directory with nothing but its bench.toml is taken over, and nothing of it stays or is told', async () => {
    const config = await configOf();
    const facts = freshHost(config);
    const benches = { ...facts.parts.benches, disposable: true };
    const { steps, notes } = planInit(config, { ...facts, parts: { ...facts.parts, benches } }, context);
    const aside = '/srv/benches/shop.before-zfs-20260101-000000';
    const titles = steps.map(describeStep).filter((title) => title.includes('/srv/benches/shop'));
    expect(titles).toContain('Bring /srv/benches/shop into the dataset');
    const kind = steps.map((step) => step.kind);
    expect(kind.indexOf('original.drop')).toBe(kind.indexOf('part.migrate') + 1);
    expect(steps).toContainEqual({ kind: 'original.drop', part: benches.part, aside });
    expect(notes.join()).not.toContain('before-zfs');
  });

  test('what is left to remove of such a directory is removed by the next init', async () => {
    const config = await configOf(DEVICE_TOML);
    const facts = finishedHost(config);
    const benches = { ...facts.parts.benches, movedTo: '/aside', disposable: true };
    expect(kinds(config, { ...facts, parts: { ...facts.parts, benches } })).toEqual(['original.drop']);
  });

  test('the note of a move that is complete is removed', async () => {
    const config = await configOf(DEVICE_TOML);
    const facts = finishedHost(config);
    const benches = { ...facts.parts.benches, movedTo: '/aside' };
    expect(kinds(config, { ...facts, parts: { ...facts.parts, benches } })).toEqual(['file.remove']);
  });
});

describe('a pool that is not mounted at /<pool>', () => {
  /** A fresh bench in a pool whose root dataset is as given. */
  async function stepsIn(root: Pick<Dataset, 'mountpoint' | 'mounted'> & Partial<Dataset>) {
    const config = await configOf(DEVICE_TOML);
    const { pool, parts } = finishedHost(config);
    if (pool === undefined) throw new Error('a finished host has a pool');
    const datasets = pool.datasets.slice(0, 1).map((dataset) => ({ ...dataset, ...root }));
    const fresh = freshHost(config);
    const facts = {
      ...fresh,
      pool: { ...pool, datasets },
      parts: { ...parts, benches: fresh.parts.benches },
    };
    return planInit(config, facts, context).steps;
  }
  const OPEN = { kind: 'directory.open', path: '/bench-pool' };

  test.each(['/tank', 'none', 'legacy'])(
    'but %s: the dataset gets a mount point of its own',
    async (place) => {
      const steps = await stepsIn({ mountpoint: place, mounted: place === '/tank' });
      expect(steps.find(({ kind }) => kind === 'dataset.create')).toMatchObject({
        properties: { mountpoint: '/bench-pool/shop' },
      });
      expect(steps.filter(({ kind }) => /^(directory|mountpoint)/.test(kind)).slice(0, 2)).toEqual([
        OPEN,
        { kind: 'mountpoint.guard', path: '/bench-pool/shop' },
      ]);
    },
  );

  test('because nothing mounts it: the directory is opened for the mount point, which is inherited', async () => {
    const steps = await stepsIn({ mountpoint: '/bench-pool', mounted: false, canmount: 'noauto' });
    expect(steps).toContainEqual(OPEN);
    expect(steps.find(({ kind }) => kind === 'dataset.create')).not.toMatchObject({
      properties: { mountpoint: expect.anything() },
    });
  });

  test('where it is mounted there, nothing of that is needed', async () => {
    const steps = await stepsIn({ mountpoint: '/bench-pool', mounted: true });
    expect(steps).not.toContainEqual(OPEN);
  });
});

describe('refuses', () => {
  test.each<[string, (facts: Facts) => Partial<Facts>]>([
    ['pool-missing', () => ({ pool: undefined, dataset: undefined, datasetVisible: false })],
    ['pool-missing', (f) => ({ pool: { ...(f.pool as NonNullable<Facts['pool']>), guid: '43' } })],
    ['pool-degraded', (f) => ({ pool: { ...(f.pool as NonNullable<Facts['pool']>), health: 'DEGRADED' } })],
    ['pool-suspended', (f) => ({ pool: { ...(f.pool as NonNullable<Facts['pool']>), health: 'SUSPENDED' } })],
    [
      'dataset-not-ours',
      (f) => ({ dataset: { ...(f.dataset as NonNullable<Facts['dataset']>), bench: undefined } }),
    ],
    [
      'dataset-not-ours',
      (f) => ({ dataset: { ...(f.dataset as NonNullable<Facts['dataset']>), bench: 'other' } }),
    ],
    [
      'both-sides-have-data',
      (f) => ({ parts: { ...f.parts, mariadb: { ...f.parts.mariadb, mount: 'none', target: 'data' } } }),
    ],
    ['source-not-ours', (f) => ({ parts: { ...f.parts, benches: { ...f.parts.benches, source: 'data' } } })],
    [
      'sentinel-missing',
      (f) => ({ parts: { ...f.parts, benches: { ...f.parts.benches, source: 'empty' } } }),
    ],
    [
      'target-is-mounted',
      (f) => ({
        parts: { ...f.parts, benches: { ...f.parts.benches, mount: { foreign: 'ext4 /dev/sdc1' } } },
      }),
    ],
    ['fstab-conflict', () => ({ fstab: '/elsewhere /srv/benches/shop none bind 0 0\n' })],
    ['port-in-use', (f) => ({ unit: { ...f.unit, active: 'inactive' } })],
  ])('%s', async (code, damage) => {
    const config = await configOf(DEVICE_TOML);
    const facts = finishedHost(config);
    expect(refusal(config, { ...facts, ...damage(facts) })).toBe(code);
  });

  test('two pools of one name, and one that is not whole', async () => {
    const config = await configOf();
    const pool = { name: 'bench-pool', guid: '1', state: 'ONLINE', devices: ['sdb'] };
    const facts = freshHost(config);
    expect(refusal(config, { ...facts, importable: [pool, { ...pool, guid: '2' }] })).toBe('pool-ambiguous');
    expect(refusal(config, { ...facts, importable: [{ ...pool, state: 'UNAVAIL' }] })).toBe('pool-degraded');
    const heldBy = { name: 'db-old', hostid: 'bab10c', now: false };
    expect(refusal(config, { ...facts, importable: [{ ...pool, heldBy }] })).toBe('pool-of-another-system');
    const { record } = finishedHost(config);
    const recorded = { ...facts, record, importable: [pool, { ...pool, guid: '42' }] };
    expect(planInit(config, recorded, context).steps.at(-1)).toMatchObject({
      kind: 'pool.import',
      guid: '42',
    });
  });

  describe("a second pool of a name, while another bench's is out of sight", () => {
    const found = { name: 'bench-pool', guid: '43', state: 'ONLINE', devices: ['sdb'] };
    async function besideShop(changed: Partial<Facts> = {}) {
      const shop = finishedHost(await configOf(DEVICE_TOML));
      const { config } = await checkConfig('[bench]\nname = "books"\n', '/srv/benches/books/bench.toml');
      if (config === undefined || shop.record === undefined) throw new Error('no bench, or no record of one');
      return { config, facts: { ...freshHost(config), otherRecords: [shop.record], ...changed } };
    }

    test('whether it would be made or is a foreign one', async () => {
      for (const [importable, why] of [
        [[], 'A second pool of that name would'],
        [[found], 'is another (43), and would'],
      ] as const) {
        const { config, facts } = await besideShop({ importable: [...importable] });
        expect(refusal(config, facts)).toBe('pool-missing');
        expect(() => planInit(config, facts, context)).toThrow(
          /^The bench shop lives in pool bench-pool \(42\) on \/dev\/sdb, which is neither/,
        );
        expect(() => planInit(config, facts, context)).toThrow(why);
      }
    });

    test('and says how to forget each bench that lived in it', async () => {
      const { config, facts } = await besideShop();
      const both = facts.otherRecords.flatMap((record) => [record, { ...record, bench: 'till' }]);
      expect(() => planInit(config, { ...facts, otherRecords: both }, context)).toThrow(
        expect.objectContaining({
          message: expect.stringMatching(/^The benches shop, till live in pool bench-pool/),
          suggestions: expect.arrayContaining([
            'Only if it is lost for good: bench drop shop --forget; bench drop till --forget',
          ]),
        }),
      );
    });

    test('but not where that is found, or no bench is set up in one of that name', async () => {
      const own = await besideShop({ importable: [{ ...found, guid: '42' }] });
      expect(kinds(own.config, own.facts)).toEqual(['mountpoint.guard', 'pool.import']);
      const configured = await besideShop({
        otherRecords: [],
        others: [await configOf('[mariadb]\nport = 3308\n')],
      });
      expect(kinds(configured.config, configured.facts)).toContain('pool.create');
      const { config, facts } = await besideShop();
      const elsewhere = { ...config, volume: { ...config.volume, pool: 'second' } };
      expect(kinds(elsewhere, facts)).toContain('pool.create');
    });

    test('nor where the bench has one of its own, by its record', async () => {
      const { config, facts } = await besideShop({ importable: [found] });
      const [other] = facts.otherRecords;
      if (other === undefined) throw new Error('no record');
      const record = { ...other, bench: 'books', pool: { name: 'bench-pool', guid: '43' } };
      expect(kinds(config, { ...facts, record })).toEqual(['mountpoint.guard', 'pool.import']);
    });
  });

  test('a named disk that is in use, and an image that is there already', async () => {
    const device = await configOf('[volume]\ndevice = "/dev/sdb"\n');
    const used = {
      ...disk,
      qualifies: false,
      reasons: [{ code: 'mounted', message: 'it is mounted' } as const],
    };
    expect(refusal(device, { ...freshHost(device), devicePath: '/dev/sdb', disks: [used] })).toBe(
      'disk-not-free',
    );
    const image = await configOf('[volume]\nbacking = "image"\n[volume.image]\nsize = "20G"\n');
    expect(refusal(image, { ...freshHost(image), imageBytes: 7 })).toBe('image-exists');
    expect(refusal(image, { ...freshHost(image), imageFreeBytes: GIB })).toBe('image-does-not-fit');
  });
});

test('a pool that can be imported is imported, and nothing else until it is', async () => {
  const config = await configOf();
  const importable = [
    { name: 'bench-pool', guid: '1', state: 'ONLINE', devices: ['/var/lib/bench-zfs/bench-pool.img'] },
  ];
  const plan = planInit(config, { ...freshHost(config), importable }, context);
  expect(plan.complete).toBe(false);
  expect(plan.steps).toEqual([
    { kind: 'mountpoint.guard', path: '/bench-pool', mayNest: true },
    { kind: 'pool.import', pool: 'bench-pool', guid: '1', searchDir: '/var/lib/bench-zfs' },
  ]);
});

describe('sizes', () => {
  const other = {
    name: 'bench-pool/books',
    usedBytes: 2 * GIB,
    availableBytes: 60 * GIB,
    quotaBytes: 80 * GIB,
    reservationBytes: 40 * GIB,
    mounted: true,
    mountpoint: '/bench-pool/books',
    bench: 'books',
    canmount: 'on',
    lockedBy: undefined,
    createdAt: new Date(0),
    origin: undefined,
    clone: undefined,
  };
  /** A pool of 97G that another bench has 40G of, without a dataset of this one. */
  const shared = (config: BenchConfig, reservedBytes = 40 * GIB): Facts => {
    const { pool } = finishedHost(config);
    const root = {
      ...other,
      name: 'bench-pool',
      bench: undefined,
      usedBytes: reservedBytes,
      availableBytes: 97 * GIB - reservedBytes,
    };
    const datasets = [root, { ...other, reservationBytes: reservedBytes }];
    return { ...freshHost(config), pool: { ...(pool as NonNullable<Facts['pool']>), datasets } };
  };
  const written = (config: BenchConfig, facts: Facts) =>
    planInit(config, facts, context).steps.flatMap((step) =>
      step.kind === 'config.write' ? step.changes.map(({ key, value }) => `${key} = ${String(value)}`) : [],
    );

  test('of a second bench are what the reservations of the first leave', async () => {
    const config = await configOf();
    expect(written(config, shared(config))).toEqual([
      'volume.backing = device',
      'volume.device = /dev/sdb',
      'volume.dataset.quota = 57G',
      'volume.dataset.reservation = 8G',
    ]);
    expect(refusal(config, shared(config, 96.5 * GIB))).toBe('pool-full');
  });

  test('are computed anew with auto, whatever bench.toml holds, and kept with anything else', async () => {
    const sizes = '[volume.dataset]\nquota = "10G"\nreservation = "2G"\n';
    const auto = await configOf(`[volume]\nbacking = "auto"\n${sizes}`);
    expect(written(auto, shared(auto))).toContain('volume.dataset.quota = 57G');
    const device = await configOf(`[volume]\ndevice = "/dev/sdb"\n${sizes}`);
    expect(written(device, shared(device))).toEqual([]);
  });

  const sized = (quota: string, reservation: string) =>
    configOf(
      `[volume]\ndevice = "/dev/sdb"\n[volume.dataset]\nquota = "${quota}"\nreservation = "${reservation}"\n`,
    );
  const disk100 = { devicePath: '/dev/sdb', disks: [disk] };

  test('above the backing, or a reservation above what is free, are wrong before anything is done', async () => {
    for (const [quota, reservation, facts] of [
      ['101G', '1G', disk100],
      ['100G', '99G', disk100],
      ['60G', '58G', undefined],
    ] as const) {
      const config = await sized(quota, reservation);
      const host = facts === undefined ? shared(config) : { ...freshHost(config), ...facts };
      expect(refusal(config, host)).toBe('sizes-do-not-fit 2');
    }
  });

  const originalStays = expect.stringContaining('The original of /srv/benches/shop stays as');

  test('a quota between what can be used and what there is gets a note', async () => {
    const config = await sized('100G', '14G');
    expect(planInit(config, { ...freshHost(config), ...disk100 }, context).notes).toEqual([
      'volume.dataset.quota: the quota 100G is more than the pool can hold (96.3G): ZFS keeps the rest for itself.',
      originalStays,
    ]);
  });

  test('that are computed for a new pool say what ZFS offers of the disk', async () => {
    const config = await configOf();
    expect(planInit(config, freshHost(config), context).notes).toEqual([
      expect.stringMatching(/^Of the 100G of \/dev\/disk\/by-id\/wwn-1 ZFS offers about 96\.\dG/),
      originalStays,
    ]);
  });
});

describe('the directory of a pool to come', () => {
  const taken = { poolDirectoryObstacle: 'exists and is not empty' };

  test('is left alone when it is anything else', async () => {
    const config = await configOf();
    expect(refusal(config, { ...freshHost(config), ...taken })).toBe('pool-directory-taken');
    const importable = [{ name: 'bench-pool', guid: '1', state: 'ONLINE', devices: ['sdb'] }];
    expect(refusal(config, { ...freshHost(config), ...taken, importable })).toBe('pool-directory-taken');
  });
});

describe('--wipe-device', () => {
  const dirty: Disk = {
    ...disk,
    qualifies: false,
    reasons: [{ code: 'has-signature', message: 'carries data: ext4 "old"' }],
  };
  const contentsOf = (on: Disk): DiskContents => ({
    disk: on,
    parts: [
      {
        path: on.path,
        sizeBytes: on.sizeBytes,
        signatures: [{ type: 'ext4', offset: '0x438', label: 'old', uuid: null }],
        mountpoints: [],
      },
    ],
  });
  const wiping = (config: BenchConfig, on = dirty, changes: Partial<Facts> = {}): Facts => ({
    ...freshHost(config),
    disks: [],
    wipe: { path: '/dev/sdb', contents: contentsOf(on) },
    ...changes,
  });

  test('is written down, clears that disk, and makes the pool on it', async () => {
    const config = await configOf();
    const { steps } = planInit(config, wiping(config), context);
    expect(steps.slice(0, 4)).toEqual([
      {
        kind: 'config.write',
        file: '/srv/benches/shop/bench.toml',
        changes: expect.arrayContaining([
          { key: 'volume.backing', value: 'device' },
          { key: 'volume.device', value: '/dev/disk/by-id/wwn-1' },
        ]),
      },
      { kind: 'mountpoint.guard', path: '/bench-pool' },
      { kind: 'device.wipe', device: '/dev/disk/by-id/wwn-1', contents: contentsOf(dirty) },
      expect.objectContaining({ kind: 'pool.create', vdev: '/dev/disk/by-id/wwn-1' }),
    ]);
    const [wipe] = steps.filter(({ kind }) => kind === 'device.wipe');
    expect(wipe && describeStep(wipe)).toBe(
      'Clear /dev/disk/by-id/wwn-1 for good: 100G; /dev/sdb ext4 "old"',
    );
    expect(wipe && commandsFor(wipe).map(({ argv }) => argv.join(' '))).toEqual([
      'wipefs --all /dev/sdb',
      'udevadm settle',
    ]);
  });

  test('clears nothing where nothing is on the disk, as after a run that was cut off', async () => {
    const config = await configOf();
    const clean = kinds(config, wiping(config, disk));
    expect(clean).not.toContain('device.wipe');
    expect(clean).toContain('pool.create');
  });

  test('tells why where nobody has named the disk: making the pool on it was cut off', async () => {
    const config = await configOf(DEVICE_TOML);
    const wipe = { path: '/dev/sdb', contents: contentsOf(dirty), isUnfinished: true } as const;
    const { steps, notes } = planInit(
      config,
      wiping(config, dirty, { devicePath: '/dev/sdb', wipe }),
      context,
    );
    expect(steps.map(({ kind }) => kind)).toContain('device.wipe');
    expect(notes[0]).toContain('had found /dev/sdb free');
    expect(planInit(config, wiping(config, dirty, { devicePath: '/dev/sdb' }), context).notes).toEqual(
      notes.slice(1),
    );
  });

  test('keeps the name that bench.toml has for the same disk', async () => {
    const config = await configOf(DEVICE_TOML);
    const { steps } = planInit(config, wiping(config, dirty, { devicePath: '/dev/sdb' }), context);
    expect(steps).toContainEqual(expect.objectContaining({ kind: 'device.wipe', device: '/dev/sdb' }));
    expect(steps.map(({ kind }) => kind)).not.toContain('config.write');
  });

  test('is never for a disk in use', async () => {
    const config = await configOf();
    for (const code of ['mounted', 'swap', 'in-pool', 'in-use', 'has-holders', 'unreadable'] as const) {
      const used = { ...dirty, reasons: [...dirty.reasons, { code, message: 'is in use' }] };
      expect(refusal(config, wiping(config, used))).toBe('disk-in-use');
      expect(
        refusal(
          config,
          wiping(config, used, { software: { ...READY, missingPackages: ['zfsutils-linux'] } }),
        ),
      ).toBe('disk-in-use');
    }
  });

  test('is refused where the pool is there or can be imported', async () => {
    const config = await configOf(DEVICE_TOML);
    const wipe = { path: '/dev/sdb', contents: undefined };
    expect(refusal(config, { ...finishedHost(config), wipe })).toBe('wipe-not-needed');
    const importable = [{ name: 'bench-pool', guid: '1', state: 'ONLINE', devices: ['sdb'] }];
    expect(refusal(config, { ...freshHost(config), importable, wipe })).toBe('wipe-not-needed');
  });

  test('does not bring another pool in the place of one that is gone', async () => {
    const config = await configOf(DEVICE_TOML);
    const { record } = finishedHost(config);
    expect(refusal(config, wiping(config, dirty, { devicePath: '/dev/sdb', record }))).toBe('pool-missing');
  });

  test('does not contradict bench.toml', async () => {
    const device = await configOf('[volume]\ndevice = "/dev/sdc"\n');
    expect(refusal(device, wiping(device, dirty, { devicePath: '/dev/sdc' }))).toBe('wipe-device-conflict 2');
    expect(refusal(device, wiping(device))).toBe('wipe-device-conflict 2');
    const image = await configOf('[volume]\nbacking = "image"\n[volume.image]\nsize = "20G"\n');
    expect(refusal(image, wiping(image))).toBe('wipe-device-conflict 2');
  });

  test('is what a named disk with something on it needs, and one in use is not offered it', async () => {
    const config = await configOf('[volume]\ndevice = "/dev/sdb"\n');
    const suggestions = (on: Disk) => {
      try {
        planInit(config, { ...freshHost(config), devicePath: '/dev/sdb', disks: [on] }, context);
      } catch (error) {
        return (error as BenchError).suggestions.join('\n');
      }
      return 'not refused';
    };
    expect(suggestions(dirty)).toContain('bench init -b shop --wipe-device /dev/sdb');
    const mounted = { code: 'mounted', message: 'is mounted' } as const;
    expect(suggestions({ ...dirty, reasons: [mounted] })).not.toContain('wipe');
  });
});
