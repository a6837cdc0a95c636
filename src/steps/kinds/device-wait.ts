import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { VolumeError } from '../../errors.js';
import type { Kind } from '../kind.js';

/**
 * Waits for the link of a zvol below /dev/zvol. udev makes it, late under load and sometimes not at all (openzfs#8669,
 * #12507): then it is asked once more.
 */
export interface DeviceWait {
  kind: 'device.wait';
  device: string;
}

const POLL_MS = 100;
const PATIENCE_MS = 30_000;
/** Links usually come at once: nothing is started before this. */
const AT_ONCE_MS = 1_000;

export const deviceWait: Kind<DeviceWait> = {
  describe: ({ device }) => `Wait for ${device}`,
  commands: () => [
    { argv: ['udevadm', 'settle', '--timeout=10'], privileged: true, okExitCodes: [0, 1] },
    { argv: ['udevadm', 'trigger', '--action=change', '--sysname-match=zd*'], privileged: true },
  ],
  apply: async ({ device }, { commands, runner }) => {
    if (await appears(device, AT_ONCE_MS)) return;
    for (const command of commands) {
      await runner.run(command);
      if (await appears(device, AT_ONCE_MS)) return;
    }
    if (await appears(device, PATIENCE_MS)) return;
    throw new VolumeError(
      'device-missing',
      `udev has not made ${device} within ${PATIENCE_MS / 1000} s, though ZFS has made the volume.`,
      {
        suggestions: [
          'ls -l /dev/zd*',
          'udevadm settle',
          'Then run the command again: it goes on from here.',
        ],
      },
    );
  },
};

/** The link may be there before, or still without, what it leads to. */
async function appears(device: string, withinMs: number): Promise<boolean> {
  for (const deadline = performance.now() + withinMs; ; await sleep(POLL_MS)) {
    const stats = await stat(device).catch(() => undefined);
    if (stats?.isBlockDevice()) return true;
    if (performance.now() > deadline) return false;
  }
}
