import { onOneLine } from '../../printable.js';
import { heldSnapshots, type OwnHold, releaseHolds } from '../../zfs/zfs.js';
import type { Kind } from '../kind.js';

/** Holds that bench has placed for copies elsewhere, on what is about to be destroyed. Nobody else's. */
export interface HoldsRelease {
  kind: 'holds.release';
  holds: readonly OwnHold[];
}

export const holdsRelease: Kind<HoldsRelease> = {
  describe: ({ holds }) =>
    onOneLine(
      `End bench's own holds, for copies elsewhere: ${holds.map(({ snapshot, hold }) => `${snapshot} (${hold})`).join(', ')}`,
    ),
  commands: ({ holds }) => releaseHolds(holds),
  apply: async ({ holds }, { runner }) => {
    for (const hold of new Set(holds.map((each) => each.hold))) {
      const names = holds.filter((each) => each.hold === hold).map(({ snapshot }) => snapshot);
      const still = await heldSnapshots(runner, hold, names);
      for (const command of releaseHolds(still.map((snapshot) => ({ snapshot, hold }))))
        await runner.run(command);
    }
  },
};
