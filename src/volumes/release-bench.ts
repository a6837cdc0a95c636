import { volumeMount } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { attachmentOf, isBenchAttachment, type Registry } from '../registry/registry.js';
import type { Step } from '../steps/steps.js';
import { releaseStep, unmountSteps } from './detach-bench.js';
import { dropOverlay } from './overlay-end.js';

/**
 * The end of every attachment to a bench that is about to be no more: the volumes stay and become available, what was
 * written to private copies goes. By then nothing of them is mounted below the directory of the bench. Pure.
 */
export function planBenchRelease(
  config: Pick<BenchConfig, 'name'> & { volume: { pool: string } },
  registry: Pick<Registry, 'volumes'>,
): Step[] {
  return registry.volumes.flatMap((volume): Step[] => {
    const attachment = volume.role === 'data' ? attachmentOf(volume, { bench: config.name }) : undefined;
    if (attachment === undefined || !isBenchAttachment(attachment)) return [];
    const mount = volumeMount(config, { ...attachment, name: volume.name });
    const copy =
      attachment.mode === 'overlay'
        ? registry.volumes.find(({ dataset }) => dataset === mount.dataset)
        : undefined;
    return [
      ...unmountSteps(registry, volume, mount, attachment),
      ...(copy === undefined ? [] : dropOverlay(copy)),
      // Last: until then the same call finds it again.
      ...releaseStep(volume, attachment),
    ];
  });
}
