import { lstat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { RestoreJournal } from '../bench/bench.js';
import { type BenchConfig, defaultImagePath, KEEP_RULES, type WantedVolume } from '../config/config.js';
import type { VolumesChange } from '../config/edit.js';
import { formatKeySource } from '../config/key-source.js';
import { checkConfig, loadConfig } from '../config/load.js';
import { formatSize } from '../config/size.js';
import { volumesEntry } from '../config/volumes-entry.js';
import { UsageError } from '../errors.js';
import { readFileCarefully, setAside, writeFileAtomic } from '../host/atomic-file.js';
import { exists } from '../host/files.js';
import type { Dataset } from '../zfs/zfs.js';

interface Settings extends Pick<RestoreJournal, 'settings'> {
  /** The bench.toml that is in force; undefined where it cannot be read. */
  configText: string | undefined;
}

/** What a restore has to leave in force. A damaged bench.toml is nothing to put in the place of an older one. */
export async function settingsInForce(
  config: BenchConfig,
  benches: string,
  live: Pick<Dataset, 'quotaBytes' | 'reservationBytes'> | undefined,
): Promise<Settings> {
  const file = (await exists(config.file)) ? config.file : join(benches, 'bench.toml');
  // Known by host.json only, the bench has no settings of its own: then its bench.toml is read, now that it is there.
  // Read once: what is kept is what was found to be a bench.toml.
  const content = await readFileCarefully(file).catch(() => undefined);
  const loaded = content === undefined ? undefined : (await checkConfig(content, file)).config;
  const settings = {
    ...volumeSettings(loaded ?? config, live),
    ...(loaded === undefined ? {} : scheduleSettings(loaded)),
  };
  return { settings, configText: loaded === undefined ? undefined : content?.toString('utf8') };
}

/** The [volume] settings in force, by dotted key; what bench.toml does not say, ZFS does. */
export function volumeSettings(
  { volume }: BenchConfig,
  live: Pick<Dataset, 'quotaBytes' | 'reservationBytes'> | undefined,
): Record<string, string> {
  const settings: Record<string, string> = { 'volume.backing': volume.backing };
  const { device, image } = volume;
  const quota = volume.quotaBytes ?? live?.quotaBytes ?? 0;
  const reservation = volume.reservationBytes ?? live?.reservationBytes ?? 0;
  if (device !== undefined) settings['volume.device'] = device;
  if (volume.key !== undefined) {
    settings['volume.encryption'] = 'on';
    settings['volume.key'] = formatKeySource(volume.key);
  }
  if (image.sizeBytes !== undefined) settings['volume.image.size'] = formatSize(image.sizeBytes);
  if (image.path !== defaultImagePath(volume.pool)) settings['volume.image.path'] = image.path;
  if (quota > 0) settings['volume.dataset.quota'] = formatSize(quota);
  if (reservation > 0) settings['volume.dataset.reservation'] = formatSize(reservation);
  return settings;
}

/** Those of [schedule]: a restore to a time before it was set must not end the snapshots. */
export function scheduleSettings({ schedule }: Pick<BenchConfig, 'schedule'>): Settings['settings'] {
  const policy = schedule?.policy;
  const rules = policy === undefined || 'days' in policy ? undefined : policy;
  const isDefault = schedule?.prune === (policy !== undefined);
  return {
    'schedule.snapshot': schedule?.snapshot ?? null,
    ...Object.fromEntries(KEEP_RULES.map((rule) => [`schedule.keep.${rule}`, rules?.[rule] || null])),
    'schedule.keep_days': policy !== undefined && 'days' in policy ? policy.days : null,
    'schedule.prune': schedule === undefined || isDefault ? null : schedule.prune,
  };
}

/**
 * Puts the settings in force into the bench.toml that the restore has brought back. One that is not valid for this
 * bench, being older or damaged, is set aside, and the one that was in force takes its place.
 * @returns what the operator should know of it
 * @throws UsageError `config-invalid`, `config-unreadable` where no other one is known
 */
export async function keepSettings(
  { file, volume, volumes }: Pick<BenchConfig, 'file' | 'volume' | 'volumes'>,
  { settings, configText, tag }: Settings & Pick<RestoreJournal, 'tag'>,
): Promise<string | undefined> {
  const { editConfig } = await import('../config/edit.js');
  const changes = Object.entries(settings).map(([key, value]) => ({ key, value: value ?? undefined }));
  try {
    await editConfig(file, changes);
    // Written only where it differs: most benches name no dataset, and live in the default pool.
    if ((await loadConfig(file)).volume.dataset !== volume.dataset) {
      const [pool = '', name = ''] = volume.dataset.split('/');
      await editConfig(file, [
        { key: 'volume.pool', value: pool },
        { key: 'volume.name', value: name },
      ]);
    }
    await keepVolumes(file, volumes);
    return undefined;
  } catch (error) {
    if (!(error instanceof UsageError) || configText === undefined) throw error;
    const aside = `${file}.${tag}`;
    const old = await lstat(file).catch(() => undefined);
    const owner = old ?? (await lstat(dirname(file)).catch(() => undefined));
    const found = await setAside(file, basename(aside));
    await writeFileAtomic(file, configText, {
      ...(owner === undefined ? {} : { uid: owner.uid, gid: owner.gid }),
      // Who could not read that one cannot read this one.
      ...(old?.isFile() ? { mode: old.mode } : {}),
    });
    await editConfig(file, changes);
    await keepVolumes(file, volumes);
    return !found
      ? 'What was brought back holds no bench.toml: the one that was in force stays.'
      : `The bench.toml that was brought back is not valid: it is ${aside} now, and the one that was in force stays.`;
  }
}

/** The volumes that the bench has now, whatever it had then: bench.toml says how they are attached. */
async function keepVolumes(file: string, volumes: readonly WantedVolume[]): Promise<void> {
  const { volumes: older } = await loadConfig(file);
  const isIn = (list: readonly WantedVolume[], wanted: WantedVolume) =>
    list.some((each) => isDeepStrictEqual(each, wanted));
  const changes: VolumesChange[] = [
    ...older.filter((each) => !isIn(volumes, each)).map(({ name }) => ({ remove: name })),
    ...volumes.filter((each) => !isIn(older, each)).map((each) => ({ add: volumesEntry(each) })),
  ];
  if (changes.length > 0) await (await import('../config/edit.js')).editVolumes(file, changes);
}
