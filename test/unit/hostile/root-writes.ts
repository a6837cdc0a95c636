import { writeSentinel } from '../../../src/bench/sentinel.js';
import { createStructure } from '../../../src/bench/structure.js';
import { editConfig } from '../../../src/config/edit.js';
import { checkConfig } from '../../../src/config/load.js';
import { createBenchToml } from '../../../src/config/new-bench.js';
import { BenchError } from '../../../src/errors.js';
import { removeLeftovers, writeFileAtomic } from '../../../src/host/atomic-file.js';
import {
  closeSites,
  readMaintenanceIfValid,
  writeMaintenanceIfValid,
} from '../../../src/snapshot/maintenance.js';
import { keepSettings, settingsInForce } from '../../../src/snapshot/settings.js';
import { give, INTRUDER, type Trap } from './trap.js';

/** Everything that bench does as root in a directory which is a user's. `again` makes each call have work to do. */
export const ROOT_WRITES: Readonly<Record<string, (trap: Trap, again: number) => Promise<unknown>>> = {
  'closing and opening sites': async ({ bench }, again) => {
    await readMaintenanceIfValid(bench);
    await closeSites(bench);
    await writeMaintenanceIfValid(bench, again % 2 === 0 ? null : 2 + again);
  },
  'editing bench.toml': ({ bench }, again) =>
    editConfig(`${bench}/bench.toml`, [{ key: 'volume.dataset.quota', value: `${again + 1}G` }]),
  'writing the sentinel': ({ bench }) => writeSentinel(bench, 'shop'),
  'making the directories of a bench': ({ bench }) =>
    createStructure({ directory: bench, owner: { uid: INTRUDER, gid: INTRUDER } }),
  'taking settings into a restore, and keeping them': async ({ base, bench }) => {
    const file = `${bench}/bench.toml`;
    const { config } = await checkConfig('[bench]\nname = "shop"\n[volume]\npool = "tank"\n', file);
    if (config === undefined) throw new Error('no config');
    const { settings, configText } = await settingsInForce(config, bench, undefined);
    // What was read comes back to the user sooner or later.
    if (configText !== undefined) give(`${base}/read`, configText);
    const inForce = configText ?? '[bench]\nname = "shop"\n';
    await keepSettings(config, { settings, configText: inForce, tag: 'old' });
  },
  'making a new bench': async ({ home }, again) => {
    process.env.BENCHES_ROOT = home;
    try {
      // Where there is something in its place already, another one.
      await createBenchToml('shop', 4000).catch(() => createBenchToml(`shop-${again}`, 4001));
    } finally {
      delete process.env.BENCHES_ROOT;
    }
  },
  'replacing a file, and what a killed replacement has left': async ({ bench }, again) => {
    await writeFileAtomic(`${bench}/text`, String(again));
    await removeLeftovers(`${bench}/text`);
  },
};

/** What an operator can make something of; anything else is a bug, and would be told as one. */
export function isClear(error: unknown): boolean {
  return error instanceof BenchError && error.code !== 'internal-error';
}
