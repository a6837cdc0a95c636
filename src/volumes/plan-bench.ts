import { volumeDataset, volumeMount } from '../bench/bench.js';
import type { BenchConfig, WantedVolume } from '../config/config.js';
import { RefusedError } from '../errors.js';
import { isBenchAttachment, type Registry, type Volume } from '../registry/registry.js';
import type { Step } from '../steps/steps.js';
import {
  attachNotes,
  fstabSteps,
  mountedSteps,
  recordSteps,
  refuseForBench,
  type ShowFacts,
  showSteps,
} from './bench-steps.js';
import { planCreate } from './create.js';
import { newId } from './id.js';
import { isLeftover } from './refuse-new.js';

/** What `bench init` does so that a bench has the volumes of its bench.toml. */
export interface VolumesPlan {
  /** Made, recorded, mounted, and in fstab: systemd has to read that before they are shown. */
  prepare: Step[];
  show: Step[];
  notes: string[];
}

/**
 * From what bench.toml wants and what is there. Nothing is ever detached by it: what is attached and not wanted is told.
 * @throws RefusedError `volume-missing` for one that is not there and has no size, and everything that speaks against
 *   an attachment
 */
export function planBenchVolumes(config: BenchConfig, facts: ShowFacts): VolumesPlan {
  const plan: VolumesPlan = { prepare: [], show: [], notes: unwantedNotes(config, facts.registry) };
  for (const wanted of config.volumes) {
    const mount = volumeMount(config, wanted);
    const { volume, steps } = existingOrNew(config, wanted, facts);
    refuseForBench(config, volume, wanted);
    const { guard, show } = showSteps(mount, wanted, facts);
    const record = recordSteps(config.name, volume, wanted, facts);
    plan.prepare.push(
      ...steps,
      ...record,
      ...mountedSteps(config.name, volume, mount, wanted, facts),
      ...guard,
      ...fstabSteps(mount, facts),
    );
    plan.show.push(...show);
    plan.notes.push(...attachNotes(config, volume, wanted, record.length > 0));
  }
  return { ...plan, prepare: unique(plan.prepare) };
}

/** Each volume that is made wants the place that holds all of them: it is made once. */
function unique(steps: readonly Step[]): Step[] {
  const made = new Set<string>();
  return steps.filter((step) => {
    if (step.kind !== 'filesystem.create') return true;
    const isNew = !made.has(step.dataset);
    made.add(step.dataset);
    return isNew;
  });
}

function existingOrNew(
  config: BenchConfig,
  wanted: WantedVolume,
  facts: ShowFacts,
): { volume: Volume; steps: Step[] } {
  const { registry } = facts;
  const present = registry.volumes.find(({ role, name }) => role === 'data' && name === wanted.name);
  if (present !== undefined && !isLeftover(present)) return { volume: present, steps: [] };
  // It was there once: an empty one in its place would hide that it is lost.
  const wasThere = facts.record?.volumes.some(({ name }) => name === wanted.name) === true;
  if (wanted.sizeBytes === undefined || wasThere) throw missing(config, wanted, wasThere);
  const pool = registry.pools.find(({ name }) => name === config.volume.pool);
  if (pool === undefined) throw new Error(`the pool ${config.volume.pool} was not listed`);
  const id = newId();
  const request = { ...DEFAULT_REQUEST, name: wanted.name, sizeBytes: wanted.sizeBytes, pool: pool.name };
  return { volume: newVolume(pool.name, wanted, id), steps: planCreate(request, id, pool, facts).steps };
}

const DEFAULT_REQUEST = {
  kind: 'filesystem',
  format: 'raw',
  description: '',
  labels: {},
  reserve: false,
  shared: false,
} as const;

/** As it will be. */
function newVolume(pool: string, { name, sizeBytes = 0 }: WantedVolume, id: string): Volume {
  const dataset = volumeDataset(pool, name);
  return {
    dataset,
    pool,
    name,
    role: 'data',
    id,
    kind: 'filesystem',
    format: null,
    state: 'whole',
    madeBy: 'create',
    wasNoted: false,
    atWork: undefined,
    shared: false,
    sizeBytes,
    usedBytes: 0,
    writtenBytes: 0,
    availableBytes: sizeBytes,
    reservedBytes: 0,
    mountpoint: `/${dataset}`,
    mounted: false,
    canmount: 'noauto',
    lockedBy: undefined,
    isEncrypted: false,
    origin: undefined,
    guid: '',
    createdAt: new Date(0),
    bench: undefined,
    overlayOf: undefined,
    description: '',
    labels: {},
    attachments: [],
    history: [],
    damaged: [],
  };
}

function missing(
  { name: bench, file }: BenchConfig,
  { name, path }: WantedVolume,
  wasThere: boolean,
): RefusedError {
  return new RefusedError(
    'volume-missing',
    `The bench ${bench} ${wasThere ? 'had' : 'wants'} the volume ${name} at ${path}, and there is none. Nothing was changed.`,
    {
      suggestions: [
        'Was it renamed, or does it lie in a pool that is not imported? bench volume list; zpool import',
        ...(wasThere
          ? [`Only if it is lost for good: bench volume detach ${name} -b ${bench}`]
          : [
              `bench volume create ${name} SIZE`,
              `Or say how large it is to be, as size = "50G" in its table in ${file}; then init makes it.`,
            ]),
      ],
    },
  );
}

/** Attached and not in bench.toml: taken out by hand, or an attach that was cut off. */
export function unwanted(config: BenchConfig, { volumes }: Registry): Volume[] {
  return volumes.filter(
    ({ name, role, attachments }) =>
      role === 'data' &&
      attachments.some((each) => isBenchAttachment(each) && each.bench === config.name) &&
      !config.volumes.some((wanted) => wanted.name === name),
  );
}

function unwantedNotes(config: BenchConfig, registry: Registry): string[] {
  return unwanted(config, registry).map(
    ({ name }) =>
      `The volume ${name} is attached and not in bench.toml: it stays as it is. bench volume detach ${name} -b ${config.name} ends that.`,
  );
}
