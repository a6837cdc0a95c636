import { layoutOf, type PartName } from '../../../src/bench/layout.js';
import type { BenchConfig } from '../../../src/config/config.js';
import type { Disk } from '../../../src/disks/types.js';
import { UNKNOWN_UNIT } from '../../../src/host/systemd.js';
import type { Facts, PartFacts } from '../../../src/volume-manager/facts.js';
import { GIB } from '../../../src/volume-manager/sizing.js';
import { READY } from './software-facts.js';

export const disk: Disk = {
  path: '/dev/sdb',
  stablePath: '/dev/disk/by-id/wwn-1',
  sizeBytes: 100 * GIB,
  model: null,
  serial: null,
  transport: null,
  rotational: false,
  supportsTrim: true,
  qualifies: true,
  reasons: [],
};

/** A host with MariaDB and ZFS installed, one free disk, and a bench.toml in place. */
export function freshHost(config: BenchConfig): Facts {
  const layout = layoutOf(config);
  const part = (name: PartName, target: PartFacts['target']): PartFacts => ({
    part: layout.parts[name],
    mount: 'none',
    target,
    source: 'unseen',
    movedTo: undefined,
    disposable: false,
    move: target === 'data' ? { usedBytes: 4096, stagedBytes: 0, writers: [] } : undefined,
  });
  return {
    layout,
    software: READY,
    access: { operators: [], accounts: [], lockPermitted: true },
    pool: undefined,
    importable: [],
    poolDirectoryObstacle: undefined,
    disks: [disk],
    wipe: undefined,
    devicePath: undefined,
    rootFreeBytes: 40 * GIB,
    imageFreeBytes: 40 * GIB,
    imageBytes: undefined,
    dataset: undefined,
    properties: {},
    datasetVisible: false,
    datasetIsUnfinished: false,
    knowsDirect: true,
    knowsZstd: true,
    rootSentinel: false,
    parts: { benches: part('benches', 'data'), mariadb: part('mariadb', 'missing') },
    fstab: '',
    files: new Map(),
    mounts: [],
    unit: { ...UNKNOWN_UNIT, load: 'loaded', enabled: 'disabled' },
    activeUnits: [],
    heldBackUnits: [],
    stoppedUnits: [],
    unitsStale: false,
    bindsKnown: true,
    listening: new Set(),
    others: [],
    otherRecords: [],
    record: undefined,
    registry: undefined,
    limits: {},
    missingStructure: ['apps'],
    benchOwner: { uid: 0, gid: 0 },
  };
}
