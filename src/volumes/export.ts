import { basename, dirname, join } from 'node:path';
import { EXPORTS } from '../bench/bench.js';
import { RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { exists, sizeOf } from '../host/files.js';
import { openDirectory } from '../host/open-directory.js';
import type { ImageFormat } from '../images/images.js';
import { onOneLine } from '../printable.js';
import {
  devicePath,
  type Registry,
  readRegistry,
  refuseUnusable,
  requireVolume,
  textProperties,
  VOLUME_MARK,
  type Volume,
  whileAtWork,
  withPoolLock,
} from '../registry/registry.js';
import { applySteps, fileExists, halfWay, type Step } from '../steps/steps.js';
import { MARK } from '../zfs/zfs.js';
import { type Changed, type ChangeOptions, volumeNow } from './change.js';
import { newId } from './id.js';
import { EXPORT_TAG, leftExportSteps } from './left-exports.js';
import { requireFile } from './look-at-file.js';
import { placeSteps } from './pool.js';
import { requireSnapshotOf } from './snapshot-of.js';
import { softwareSteps } from './software.js';
import { unlockSteps } from './volume-key.js';

export interface ExportRequest {
  /** Name or id. */
  volume: string;
  file: string;
  format: ImageFormat;
  /** Undefined: as it is now. */
  tag: string | undefined;
}

/** What was written; `bytes` are null where nothing was. */
export interface Exported extends Changed {
  file: string;
  format: ImageFormat;
  snapshot: string;
  bytes: number | null;
}

interface ExportPlan {
  volume: Volume;
  begin: Step[];
  copy: Step[];
  end: Step[];
  snapshot: string;
}

/**
 * A disk image of a block volume, as it is at a snapshot. What is read is a clone of that: nobody can destroy the
 * snapshot meanwhile, and whoever has the volume goes on writing it. The file has its name when it is whole.
 * @throws UsageError `volume-missing`, `snapshot-missing`, `path-invalid`, `directory-missing`; RefusedError
 *   `volume-not-block`, `file-exists`
 */
export async function exportVolume(
  host: Runner,
  request: ExportRequest,
  { dryRun, onEvent }: ChangeOptions,
): Promise<Exported> {
  const file = await requireNewFile(request.file);
  const registry = await readRegistry(host);
  const { pool, id } = requireVolume(registry, request.volume);
  const exportId = newId();
  const dataset = `${pool}/${EXPORTS}/${exportId}`;
  const plan = async (runner: Runner): Promise<ExportPlan> => {
    const found = await readRegistry(runner);
    const planned = planExport({ ...request, volume: id, file }, exportId, found);
    if (request.tag !== undefined) await requireSnapshotOf(runner, planned.volume, request.tag);
    return planned;
  };
  const software = await softwareSteps(['qemu-img']);
  const { format } = request;
  const result = async (runner: Runner, { begin, copy, end, volume, snapshot }: ExportPlan) => ({
    ...{ steps: [...software, ...begin, ...copy, ...end], notes: [], dryRun },
    ...{ volume: await volumeNow(runner, volume.dataset), file, format, snapshot },
    bytes: dryRun ? null : ((await sizeOf(file)) ?? null),
  });
  if (dryRun) return result(host, await plan(host));
  const purpose = `bench volume export ${request.volume}`;
  return whileAtWork(dataset, host, purpose, async (runner) => {
    await applySteps(software, runner, onEvent);
    const alone = <T>(work: (held: Runner) => Promise<T>) => withPoolLock(pool, runner, purpose, work);
    const planned = await alone(async (held) => {
      const fresh = await plan(held);
      await applySteps(fresh.begin, held, onEvent);
      return fresh;
    });
    try {
      await applySteps(planned.copy, runner, onEvent);
    } catch (error) {
      await alone((held) => applySteps(planned.end, held)).catch(() => undefined);
      throw error;
    }
    await halfWay(() => alone((held) => applySteps(planned.end, held, onEvent)));
    return result(runner, planned);
  });
}

/** Pure. */
export function planExport(
  { volume: wanted, file, format, tag }: ExportRequest,
  exportId: string,
  registry: Registry,
): ExportPlan {
  const volume = requireVolume(registry, wanted);
  refuseUnusable(volume);
  if (volume.kind !== 'block') {
    throw new RefusedError(
      'volume-not-block',
      `${volume.name} is a filesystem: there is no disk of it that could be an image. Nothing was changed.`,
      {
        suggestions: [
          `Pack its files: tar --create --zstd --file=FILE --directory=${join(volume.mountpoint, 'data')} .`,
          'As a whole, with its snapshots: zfs send',
        ],
      },
    );
  }
  const { pool, id } = volume;
  const place = `${pool}/${EXPORTS}`;
  const dataset = `${place}/${exportId}`;
  const snapshot = `${volume.dataset}@${tag ?? `${EXPORT_TAG}${exportId}`}`;
  const part = join(dirname(file), `.${basename(file)}.${exportId}.bench-part`);
  const properties = {
    readonly: 'on',
    [VOLUME_MARK.made]: 'export',
    [VOLUME_MARK.overlay]: id,
    ...textProperties({ description: part }),
  };
  const device = devicePath(dataset);
  const takesOne = tag === undefined;
  return {
    volume,
    snapshot,
    begin: [
      ...leftExportSteps(registry, pool),
      ...unlockSteps(registry, volume),
      ...placeSteps(registry, place),
      ...(takesOne
        ? [{ kind: 'snapshot.take', snapshot, properties: { [MARK.quiesce]: 'none' } } as const]
        : []),
      { kind: 'export.clone', snapshot, dataset, properties },
      { kind: 'device.wait', device },
    ],
    copy: [{ kind: 'image.export', device, format, file, part }],
    end: [
      { kind: 'dataset.destroy', dataset },
      ...(takesOne ? [{ kind: 'snapshot.destroy', snapshot } as const] : []),
    ],
  };
}

async function requireNewFile(wanted: string): Promise<string> {
  const file = requireFile(wanted);
  try {
    await (await openDirectory(dirname(file))).close();
  } catch (cause) {
    if (cause instanceof RefusedError) throw cause;
    throw new UsageError(
      'directory-missing',
      `${onOneLine(dirname(file))} is no directory that can be written to. Nothing was changed.`,
      { cause, suggestions: [`ls -ld ${onOneLine(dirname(file))}`] },
    );
  }
  if (await exists(file)) throw fileExists(file);
  return file;
}
