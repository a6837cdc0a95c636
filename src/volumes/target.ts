import { DATA, mountUnit, type VolumeMount, volumeMount, volumeMounts } from '../bench/bench.js';
import type { BenchConfig, WantedVolume } from '../config/config.js';
import { escapeText } from '../config/findings.js';
import { RefusedError, UsageError } from '../errors.js';
import { lookBelow, refuseTarget } from '../host/bench-path.js';
import { type Mount, showsDataset } from '../host/mounts.js';
import { volumePath } from '../names.js';
import { onOneLine } from '../printable.js';

/** A unit's name has 255 bytes at most (systemd.unit(5)), and the path of a mount is its name. */
const LONGEST_UNIT = 255;

/**
 * Where in a bench a volume may be seen, by its words alone. Pure.
 * @throws UsageError `path-invalid`; RefusedError `path-taken`
 */
export function refusePath(
  config: BenchConfig,
  wanted: Pick<WantedVolume, 'name' | 'path'>,
  mount: VolumeMount,
): void {
  const wrong =
    volumePath(wanted.path) ??
    (mountUnit(mount.target).length > LONGEST_UNIT ? 'is too long for the name of a mount unit' : undefined);
  if (wrong !== undefined)
    throw new UsageError(
      'path-invalid',
      `The path ${escapeText(wanted.path)} ${wrong}. Nothing was changed.`,
    );
  const other = volumeMounts(config).find(
    ({ name, target }) =>
      name !== wanted.name && (isAbove(target, mount.target) || isAbove(mount.target, target)),
  );
  if (other === undefined) return;
  throw new RefusedError(
    'path-taken',
    `${mount.target} is, holds or lies in ${other.target}, where ${config.name} has the volume ${other.name}. Nothing was changed.`,
    { suggestions: ['Choose another path.', `bench volume detach ${other.name} -b ${config.name}`] },
  );
}

/** Whether the bench sees the volume there now. */
export function isShown(mounts: readonly Mount[], { target, dataset }: VolumeMount): boolean {
  return showsDataset(mounts, target, dataset, `/${DATA}`);
}

/**
 * What stands where a bench wants its volumes and does not see them yet.
 * @throws those of {@link refuseTargetNow}
 */
export async function refuseTargets(
  config: BenchConfig,
  directory: string,
  mounts: readonly Mount[],
): Promise<void> {
  for (const wanted of config.volumes) {
    const mount = volumeMount(config, wanted);
    if (!isShown(mounts, mount)) await refuseTargetNow(directory, wanted.path, mount.target, mounts);
  }
}

/**
 * What stands there now.
 * @throws RefusedError `path-is-mounted` and those of {@link refuseTarget}
 */
export async function refuseTargetNow(
  directory: string,
  path: string,
  target: string,
  mounts: readonly Mount[],
): Promise<void> {
  const inTheWay = mounts.find(
    (mount) =>
      mount.target.startsWith(`${directory}/`) &&
      (isAbove(mount.target, target) || isAbove(target, mount.target)),
  );
  if (inTheWay !== undefined) {
    throw new RefusedError(
      'path-is-mounted',
      `Something is mounted at ${onOneLine(inTheWay.target)} already, in the way of ${target}. Nothing was changed.`,
      { suggestions: [`findmnt ${inTheWay.target}`, 'Choose another path, or unmount it.'] },
    );
  }
  refuseTarget(target, await lookBelow(directory, path));
}

/** The same counts. */
function isAbove(upper: string, lower: string): boolean {
  return lower === upper || lower.startsWith(`${upper}/`);
}
