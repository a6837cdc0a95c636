import type { BenchConfig } from '../config/config.js';
import { refuseTargets } from '../volumes/volumes.js';
import type { Facts } from './facts.js';

/**
 * What stands in the way of a volume in the directory of the bench, wherever that can be seen: it is found before
 * anything is made, and not by the step that would mount over it.
 * @throws RefusedError `path-is-mounted`, `path-is-symlink`, `path-no-directory`, `path-holds-files`
 */
export async function refuseVolumeTargets(
  config: BenchConfig,
  { parts: { benches }, mounts }: { parts: Pick<Facts['parts'], 'benches'>; mounts: Facts['mounts'] },
): Promise<void> {
  // Or still to be brought in, as it is.
  const isSeen = benches.mount === 'dataset' || (benches.target === 'data' && benches.source !== 'ours');
  if (isSeen) await refuseTargets(config, benches.part.target, mounts);
}
