import { isDeepStrictEqual } from 'node:util';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { wipeBlockers } from './decide.js';
import { type DiskContents, describeDiskContents } from './describe.js';
import type { HostFacts } from './kernel.js';
import type { Disk } from './types.js';

/**
 * Looks at the disk again right before it is cleared: that, and only that, may be lost which was shown.
 * @throws RefusedError `disk-in-use`, `disk-changed`
 */
export async function refuseChangedDisk(
  runner: Runner,
  device: string,
  shown: DiskContents,
  host?: HostFacts,
): Promise<void> {
  const found = await describeDiskContents(runner, device, host);
  refuseDiskInUse(device, found.disk);
  if (isDeepStrictEqual(found, shown)) return;
  throw new RefusedError(
    'disk-changed',
    `What is on ${device} has changed since it was shown. It was not touched.`,
    { suggestions: ['Run the command again, and look at what it shows.'] },
  );
}

/** @throws RefusedError `disk-in-use` */
export function refuseDiskInUse(path: string, disk: Disk): void {
  const blockers = wipeBlockers(disk);
  if (blockers.length === 0) return;
  throw new RefusedError(
    'disk-in-use',
    `${path} cannot be cleared: ${blockers.map(({ message }) => message).join('; ')}. It was not touched.`,
    {
      suggestions: [
        'What can be done about each reason is in docs/disks.md; bench volume discover shows them.',
      ],
    },
  );
}
