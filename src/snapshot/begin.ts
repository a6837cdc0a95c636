import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchConfig, defaultImagePath } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import { formatSize } from '../config/size.js';
import type { Runner } from '../host/exec.js';
import { unitStates } from '../host/systemd.js';
import type { Dataset } from '../volume-manager/zfs.js';
import { mountDataset } from '../volume-manager/zfs.js';
import { type RestoreJournal, writeJournal } from './journal.js';
import { readMaintenanceIfValid } from './maintenance.js';
import { isVisible } from './obstacles.js';
import type { Found } from './preflight.js';

/**
 * Records the state before a restore. One that takes the place of an interrupted restore (to an older snapshot, say,
 * because the first one was no good) takes over what that one found: now the units are stopped and the sites closed.
 */
export async function beginJournal(
  config: BenchConfig,
  runner: Runner,
  found: Found,
): Promise<RestoreJournal> {
  const journal: RestoreJournal = {
    version: 1,
    tag: found.preview.tag,
    snapshotGuid: found.snapshot.guid,
    startedAt: new Date().toISOString(),
    phase: 'begun',
    ...(found.journal === undefined ? await stateBefore(config, runner, found) : stateOf(found.journal)),
  };
  await writeJournal(config.name, journal);
  return journal;
}

type StateBefore = Pick<RestoreJournal, 'maintenanceBefore' | 'activeUnits' | 'settings'>;

function stateOf({ maintenanceBefore, activeUnits, settings }: RestoreJournal): StateBefore {
  return { maintenanceBefore, activeUnits, settings };
}

async function stateBefore(config: BenchConfig, runner: Runner, found: Found): Promise<StateBefore> {
  const { layout, live, units } = found;
  // Where it can be mounted, the settings in force can be read; a dataset that cannot be may be why it is restored.
  if (!(await isVisible(layout))) await runner.run(mountDataset(layout.dataset)).catch(() => undefined);
  const visible = await isVisible(layout);
  const states = await unitStates(runner, units);
  return {
    maintenanceBefore: visible ? await readMaintenanceIfValid(layout.parts.benches.source) : 'snapshot',
    // MariaDB that had failed is wanted back as well: that is a usual reason for a restore.
    activeUnits: units.filter((unit, index) => unit === layout.unit || states[index]?.active === 'active'),
    settings: volumeSettings(await liveConfig(config, layout.parts.benches.source), live),
  };
}

/** Known by host.json only, the bench has no settings of its own: then its bench.toml is read, now that it is there. */
async function liveConfig(config: BenchConfig, benches: string): Promise<BenchConfig> {
  const seen = (file: string) =>
    access(file).then(
      () => true,
      () => false,
    );
  const file = join(benches, 'bench.toml');
  if ((await seen(config.file)) || !(await seen(file))) return config;
  return loadConfig(file).catch(() => config);
}

/** The [volume] settings in force, by dotted key; what bench.toml does not say, ZFS does. */
export function volumeSettings(
  { volume }: BenchConfig,
  live: Pick<Dataset, 'quotaBytes' | 'reservationBytes'>,
): Record<string, string> {
  const settings: Record<string, string> = { 'volume.backing': volume.backing };
  const { device, image } = volume;
  const quota = volume.quotaBytes ?? live.quotaBytes;
  const reservation = volume.reservationBytes ?? live.reservationBytes;
  if (device !== undefined) settings['volume.device'] = device;
  if (image.sizeBytes !== undefined) settings['volume.image.size'] = formatSize(image.sizeBytes);
  if (image.path !== defaultImagePath(volume.pool)) settings['volume.image.path'] = image.path;
  if (quota > 0) settings['volume.dataset.quota'] = formatSize(quota);
  if (reservation > 0) settings['volume.dataset.reservation'] = formatSize(reservation);
  return settings;
}
