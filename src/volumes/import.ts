import { join } from 'node:path';
import { DATA, volumeDataset } from '../bench/bench.js';
import { readLimits } from '../config/host-config.js';
import { formatSize, humanSize } from '../config/size.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { type Owner, requireOwner } from '../host/users.js';
import { type ArchiveContent, COMPRESSION_PROGRAM } from '../images/images.js';
import {
  devicePath,
  readRegistry,
  requireVolumeName,
  type VolumeKind,
  volumeMountpoint,
  whileAtWork,
  withPoolLock,
} from '../registry/registry.js';
import { applySteps, type Step } from '../steps/steps.js';
import { type Changed, type ChangeOptions, type RegistryFacts, volumeAt, volumeNow } from './change.js';
import { blockBytes, type CreateParts, type CreateRequest, planParts } from './create.js';
import { deleteSteps } from './delete.js';
import { newId } from './id.js';
import { describeFound, type Found, lookAtFile, lookIntoArchive, requireFile } from './look-at-file.js';
import { choosePool } from './pool.js';
import { isLeftover } from './refuse-new.js';
import { softwareSteps } from './software.js';

export interface ImportRequest
  extends Pick<CreateRequest, 'name' | 'description' | 'labels' | 'pool' | 'reserve'> {
  file: string;
  /** Undefined: as the file is. */
  kind: VolumeKind | undefined;
  /** Undefined: as large as the disk in the image, or a quarter more than what the archive holds. */
  sizeBytes: number | undefined;
  /** An image is taken as it is, even where it is an ext4 file system, with the UUID that it has. */
  asItIs: boolean;
  /** The user that what is in an archive belongs to then; undefined: root. */
  owner: string | undefined;
}

/** What was taken in. */
export interface Imported extends Changed {
  source: { file: string; kind: 'image' | 'archive'; format: string; bytes: number };
}

const MIB = 1024 ** 2;
const LEAST = { filesystem: 16 * MIB, block: MIB } as const;

/**
 * A new data volume with what a disk image or an archive holds. What speaks against the file is found out before
 * anything is made. Where it fails, what was made is taken away; killed anywhere, `repair` or the same call does that.
 * @throws those of `lookAtFile`, `lookIntoArchive` and of creating; RefusedError `volume-too-small`, `file-changed`
 */
export async function importVolume(
  host: Runner,
  request: ImportRequest,
  { dryRun, onEvent }: ChangeOptions,
): Promise<Imported> {
  requireVolumeName(request.name);
  const found = await lookAtFile(requireFile(request.file), request.kind);
  const owner = request.owner === undefined ? ROOT : await requireOwner(host, request.owner);
  const registry = await readRegistry(host);
  const pool = choosePool(registry, request.pool).name;
  const dataset = volumeDataset(pool, request.name);
  const facts = async (runner: Runner) => ({
    registry: await readRegistry(runner),
    limits: await readLimits(),
  });
  const software = await softwareSteps(programsFor(found));
  const purpose = `bench volume import ${request.name}`;
  const told = (bytes: number) => ({
    source: { file: found.source.file, ...sourceOf(found), bytes },
  });

  if (dryRun && found.kind === 'filesystem' && software.length > 0) {
    const notes = ['What is in the archive is looked at when that is there, and the rest planned from it.'];
    return { steps: software, notes, dryRun, volume: null, ...told(found.source.stamp.sizeBytes) };
  }
  if (dryRun) {
    const content = await contentOf(host, found);
    const plan = planImport(request, found, content, owner, newId(), pool, await facts(host));
    const steps = [...software, ...plan.begin, ...plan.content, ...plan.end];
    return { steps, notes: plan.notes, dryRun, volume: await volumeNow(host, dataset), ...told(plan.bytes) };
  }
  return whileAtWork(dataset, host, purpose, async (runner) => {
    await applySteps(software, runner, onEvent);
    const content = await contentOf(runner, found);
    const plan = await withPoolLock(pool, runner, purpose, async (held) => {
      const planned = planImport(request, found, content, owner, newId(), pool, await facts(held));
      await applySteps(planned.begin, held, onEvent);
      return planned;
    });
    try {
      await applySteps([...plan.content, ...plan.end], runner, onEvent);
    } catch (error) {
      await takeAway(runner, pool, dataset);
      throw error;
    }
    const steps = [...software, ...plan.begin, ...plan.content, ...plan.end];
    return {
      steps,
      notes: plan.notes,
      dryRun,
      volume: await volumeNow(runner, dataset),
      ...told(plan.bytes),
    };
  });
}

const ROOT: Owner = { uid: 0, gid: 0 };

function programsFor(found: Found): ('qemu-img' | 'tar' | 'gzip' | 'zstd')[] {
  if (found.kind === 'block') return ['qemu-img'];
  const program = COMPRESSION_PROGRAM[found.compression];
  return program === undefined ? ['tar'] : ['tar', program];
}

function sourceOf(found: Found): { kind: 'image' | 'archive'; format: string } {
  if (found.kind === 'block') return { kind: 'image', format: found.format };
  return { kind: 'archive', format: found.compression === 'none' ? 'tar' : `tar, ${found.compression}` };
}

async function contentOf(runner: Runner, found: Found): Promise<ArchiveContent | undefined> {
  return found.kind === 'filesystem' ? lookIntoArchive(runner, found) : undefined;
}

interface ImportPlan extends CreateParts {
  content: Step[];
  /** What comes in. */
  bytes: number;
}

/** Pure. */
export function planImport(
  request: ImportRequest,
  found: Found,
  content: ArchiveContent | undefined,
  owner: Owner,
  id: string,
  pool: string,
  facts: RegistryFacts,
): ImportPlan {
  const { name, description, labels, reserve } = request;
  const bytes = found.kind === 'block' ? found.virtualBytes : (content?.contentBytes ?? 0);
  const parts = planParts(
    {
      ...{ name, description, labels, reserve, pool, kind: found.kind },
      ...{ sizeBytes: sizeFor(request, found, bytes), format: 'raw', shared: false },
    },
    id,
    choosePool(facts.registry, pool),
    facts,
    { madeBy: 'import' },
  );
  const isRoots = found.kind === 'filesystem' && owner.uid === 0;
  const notes = isRoots
    ? ['Everything in it belongs to root: with --owner USER it belongs to a user of this host.']
    : [];
  return {
    ...parts,
    content: contentSteps(request, found, owner, parts.dataset, pool),
    notes: [...parts.notes, ...notes],
    bytes,
  };
}

function contentSteps(
  { name, asItIs }: ImportRequest,
  found: Found,
  owner: Owner,
  dataset: string,
  pool: string,
): Step[] {
  const { source } = found;
  const device = devicePath(dataset);
  if (found.kind === 'filesystem') {
    const directory = join(volumeMountpoint(pool, name), DATA);
    return [{ kind: 'archive.unpack', source, compression: found.compression, directory, owner }];
  }
  return [
    { kind: 'image.import', source, format: found.format, device },
    ...(asItIs ? [] : [{ kind: 'ext4.adopt', dataset, device } as const]),
  ];
}

function sizeFor({ name, sizeBytes }: ImportRequest, found: Found, bytes: number): number {
  const least = Math.max(LEAST[found.kind], bytes);
  if (sizeBytes !== undefined && sizeBytes < least) {
    throw new RefusedError(
      'volume-too-small',
      `${found.source.file} is ${describeFound(found)} that takes ${humanSize(bytes)}: a volume ${name} of ${formatSize(sizeBytes)} cannot hold it. Nothing was changed.`,
      { suggestions: ['A larger --size, or none: then it is as large as what comes in wants it.'] },
    );
  }
  if (sizeBytes !== undefined) return sizeBytes;
  return found.kind === 'block'
    ? blockBytes(least)
    : Math.ceil(Math.max(4 * LEAST.filesystem, 1.25 * bytes) / MIB) * MIB;
}

/** What did not become whole is taken away at once, where that can be done. */
async function takeAway(runner: Runner, pool: string, dataset: string): Promise<void> {
  await withPoolLock(pool, runner, 'taking away what was not imported', async (held) => {
    const left = volumeAt(await readRegistry(held, [pool]), dataset);
    if (left !== undefined && isLeftover(left)) await applySteps(deleteSteps(left), held);
  }).catch(() => undefined);
}
