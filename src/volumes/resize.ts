import { formatSize, humanSize } from '../config/size.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { formatProcess } from '../host/open-files.js';
import { VOLUME_KEYS_UNIT } from '../keys/keys.js';
import {
  devicePath,
  readRegistry,
  refuseUnusable,
  requireVolume,
  type Volume,
} from '../registry/registry.js';
import type { Step } from '../steps/steps.js';
import { type Change, type Changed, type ChangeOptions, changePool } from './change.js';
import { blockBytes, refuseLimits } from './create.js';
import { ext4Bytes } from './ext4.js';
import { mountsOf, usersOf } from './in-use.js';

/**
 * Grows a volume, or shrinks a filesystem down to what it holds.
 * @throws RefusedError `volume-too-small`, `block-shrink`, `limit-reached`, `volume-open`
 */
export async function resizeVolume(
  runner: Runner,
  name: string,
  sizeBytes: number,
  options: ChangeOptions,
): Promise<Changed> {
  const { pool } = requireVolume(await readRegistry(runner), name);
  const purpose = `bench volume resize ${name}`;
  return changePool(
    pool,
    runner,
    purpose,
    async ({ registry, limits }, held) => {
      const volume = requireVolume(registry, name);
      refuseUnusable(volume);
      if (volume.lockedBy !== undefined && volume.format === 'ext4') throw keyNeeded(volume);
      if (sizeBytes > volume.sizeBytes) refuseLimits(limits, registry, sizeBytes, false);
      const change =
        volume.kind === 'filesystem'
          ? resizeFilesystem(volume, sizeBytes)
          : await resizeBlock(held, volume, blockBytes(sizeBytes));
      return { dataset: volume.dataset, ...change };
    },
    options,
  );
}

/** Its file system could neither be looked at nor grown. */
function keyNeeded({ name, dataset, lockedBy }: Volume): RefusedError {
  return new RefusedError(
    'key-not-loaded',
    `${dataset} is encrypted, and the key of ${lockedBy} is not loaded. Nothing was changed.`,
    { suggestions: [`systemctl start ${VOLUME_KEYS_UNIT}`, `bench volume show ${name}`] },
  );
}

/** Pure. */
export function resizeFilesystem(volume: Volume, sizeBytes: number): Change {
  const { dataset, name, usedBytes, reservedBytes } = volume;
  if (sizeBytes === volume.sizeBytes) return { steps: [], notes: [] };
  if (sizeBytes < usedBytes) {
    throw new RefusedError(
      'volume-too-small',
      `${name} holds ${humanSize(usedBytes)} with its snapshots: it cannot become ${formatSize(sizeBytes)}. Nothing was changed.`,
      { suggestions: [`Delete files or snapshots first: bench volume list-snapshots --volume ${name}`] },
    );
  }
  const set = (key: string): Step => ({
    kind: 'dataset.set',
    dataset,
    properties: { [key]: String(sizeBytes) },
  });
  if (reservedBytes === 0) return { steps: [set('quota')], notes: [] };
  // A reservation above the quota is none that ZFS takes.
  const order = sizeBytes > volume.sizeBytes ? ['quota', 'reservation'] : ['reservation', 'quota'];
  return { steps: order.map(set), notes: [] };
}

async function resizeBlock(runner: Runner, volume: Volume, sizeBytes: number): Promise<Change> {
  const { dataset, name, format } = volume;
  if (sizeBytes < volume.sizeBytes) {
    throw new RefusedError(
      'block-shrink',
      `${name} has ${formatSize(volume.sizeBytes)}: a block volume never shrinks, for what lies at its end would be lost. Nothing was changed.`,
      { suggestions: ['Make a smaller one and copy what is in it.'] },
    );
  }
  const steps: Step[] =
    sizeBytes === volume.sizeBytes
      ? []
      : [{ kind: 'dataset.set', dataset, properties: { volsize: String(sizeBytes) } }];
  if (format === 'raw') {
    const notes =
      steps.length === 0 ? [] : ['What lies on it (partitions, a file system) is grown by whoever uses it.'];
    return { steps, notes };
  }
  const machines = volume.attachments.length > 0;
  if (machines) {
    const notes =
      steps.length === 0
        ? []
        : [
            'The machine that has it grows the file system itself, with resize2fs, once it sees the new size.',
          ];
    return { steps, notes };
  }
  return { steps: [...steps, ...(await ext4Steps(runner, volume, sizeBytes))], notes: [] };
}

async function ext4Steps(runner: Runner, volume: Volume, sizeBytes: number): Promise<Step[]> {
  const device = devicePath(volume.dataset);
  const [mount] = await mountsOf(volume);
  const users = mount === undefined ? await usersOf(volume) : [];
  if (users.length > 0) {
    throw new RefusedError(
      'volume-open',
      `${volume.name} cannot be checked and grown: these processes use it: ${users.map(formatProcess).join(', ')}. Nothing was changed.`,
      { suggestions: ['End them; then run the command again.'] },
    );
  }
  // Cut off before the file system had grown, the volume itself has its new size already.
  if ((await ext4Bytes(runner, device)) >= sizeBytes) return [];
  return [{ kind: 'ext4.grow', device, mountedAt: mount?.target }];
}
