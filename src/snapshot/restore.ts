import { lstat } from 'node:fs/promises';
import type { BenchConfig } from '../config/config.js';
import { formatSize } from '../config/size.js';
import { BenchError, RefusedError, UsageError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { withLock } from '../host/lock.js';
import { mountAt, mountByFstab, readMounts, showsDataset, unmount } from '../host/mounts.js';
import { type OpenBy, processesOn } from '../host/open-files.js';
import { benchLock } from '../host/paths.js';
import { startUnits, stopUnits, unitStates } from '../host/systemd.js';
import { corruptionIn, logSince, markLog } from '../mariadb/error-log.js';
import { waitUntilAnswering } from '../mariadb/wait.js';
import { type Layout, layoutOf, sentinels } from '../volume-manager/layout.js';
import {
  listSnapshots,
  mountDataset,
  rollback,
  type Snapshot,
  unmountDataset,
} from '../volume-manager/zfs.js';
import { type RestoreJournal, readJournal, removeJournal, writeJournal } from './journal.js';
import { readMaintenance, writeMaintenance } from './maintenance.js';
import { requireOwnDataset } from './own-dataset.js';

/** What a restore would do, found out before anything is touched. */
export interface RestorePreview {
  dataset: string;
  tag: string;
  createdAt: string;
  /** Newer snapshots, which a rollback destroys; newest first. */
  destroys: string[];
  /** Bytes written since the snapshot that are lost. */
  lostBytes: number;
  /** A restore to this tag was interrupted and is finished by this one. */
  resumes: boolean;
}

/** What `bench volume restore-snapshot --json` prints. */
export interface RestoreResult {
  dataset: string;
  tag: string;
  destroyed: string[];
  lostBytes: number;
  durationMs: number;
}

export interface RestoreEvent {
  title: string;
  durationMs: number;
}

const ANSWER_TIMEOUT_MS = 60_000;

/**
 * Everything that can speak against a restore, checked before anything is touched.
 * @throws UsageError `snapshot-missing`; RefusedError `restore-unfinished`, `snapshot-held`, `snapshot-cloned`,
 *   `dataset-busy`
 */
export async function previewRestore(
  config: BenchConfig,
  runner: Runner,
  tag: string,
): Promise<RestorePreview> {
  const { preview } = await preflight(config, runner, tag);
  return preview;
}

async function preflight(config: BenchConfig, runner: Runner, tag: string) {
  await requireOwnDataset(config, runner);
  const { dataset } = config.volume;
  const layout = layoutOf(config);
  const journal = await readJournal(config.name);
  if (journal !== undefined && journal.tag !== tag) {
    throw new RefusedError(
      'restore-unfinished',
      `A restore to ${journal.tag} was interrupted; it has to be finished before another one begins.`,
      { suggestions: [`bench volume restore-snapshot ${journal.tag} -b ${config.name}`] },
    );
  }
  const snapshots = await listSnapshots(runner, dataset);
  const index = snapshots.findIndex((snapshot) => snapshot.tag === tag);
  const snapshot = snapshots[index];
  if (snapshot === undefined) {
    throw new UsageError('snapshot-missing', `${dataset} has no snapshot ${tag}. Nothing was changed.`, {
      suggestions: [`bench volume list-snapshots -b ${config.name}`],
    });
  }
  const newer = snapshots.slice(0, index);
  refuseHeldOrCloned(newer);
  const units = [layout.unit, ...config.maintenance.units];
  await refuseOpenFiles(layout, units);
  const preview: RestorePreview = {
    dataset,
    tag,
    createdAt: snapshot.createdAt.toISOString(),
    destroys: newer.map((lost) => lost.tag),
    lostBytes: newer.reduce((sum, lost) => sum + lost.writtenBytes, await writtenSince(runner, dataset)),
    resumes: journal !== undefined,
  };
  return { preview, snapshot, journal, layout, units };
}

function refuseHeldOrCloned(newer: readonly Snapshot[]): void {
  const held = newer.filter(({ holds }) => holds > 0);
  if (held.length > 0) {
    throw new RefusedError(
      'snapshot-held',
      `The restore would destroy newer snapshots that are held: ${names(held)}. Nothing was changed.`,
      { suggestions: [`zfs holds ${held.map(({ name }) => name).join(' ')}`] },
    );
  }
  const cloned = newer.filter(({ clones }) => clones.length > 0);
  if (cloned.length > 0) {
    throw new RefusedError(
      'snapshot-cloned',
      `The restore would destroy newer snapshots that have clones: ${names(cloned)}. Nothing was changed.`,
      { suggestions: [`The clones: ${cloned.flatMap(({ clones }) => clones).join(', ')}`] },
    );
  }
}

function names(snapshots: readonly Snapshot[]): string {
  return snapshots.map(({ tag }) => tag).join(', ');
}

/** Processes of the units that a restore stops are not in its way; anybody else's would keep the dataset busy. */
async function refuseOpenFiles(layout: Layout, units: readonly string[]): Promise<void> {
  if (!(await isVisible(layout))) return;
  const others = (await processesOn(layout.mountpoint)).filter(
    ({ unit }) => unit === undefined || !units.includes(unit),
  );
  if (others.length === 0) return;
  throw new RefusedError(
    'dataset-busy',
    `These processes have files of the bench open: ${others.map(formatProcess).join(', ')}. Nothing was changed.`,
    {
      suggestions: [
        'End them, or leave the directory if it is your shell; then run the command again.',
        'Services of the bench belong into maintenance.units of bench.toml: a restore stops and starts those.',
      ],
    },
  );
}

function formatProcess({ name, pid, unit }: OpenBy): string {
  return `${name} (pid ${pid}${unit === undefined ? '' : `, ${unit}`})`;
}

async function isVisible(layout: Layout): Promise<boolean> {
  return showsDataset(await readMounts(), layout.mountpoint, layout.dataset, '/');
}

/** Bytes written since the newest snapshot (zfsprops(7), `written`). */
async function writtenSince(runner: Runner, dataset: string): Promise<number> {
  const { stdout } = await runner.run({
    argv: ['zfs', 'get', '-H', '-p', '-o', 'value', 'written', dataset],
  });
  return Number(stdout.trim());
}

/**
 * Brings files and database back to a snapshot (SPEC section 7). Every step may be repeated: interrupted anywhere,
 * the same call finishes it. On failure the services stay stopped, and the error says so.
 * @param confirmed the newer snapshots that the operator has agreed to lose; any other one stops the restore
 */
export async function restoreSnapshot(
  config: BenchConfig,
  runner: Runner,
  tag: string,
  confirmed: readonly string[],
  onEvent: (event: RestoreEvent) => void = () => undefined,
): Promise<RestoreResult> {
  const started = performance.now();
  // Else bench's own working directory could keep the dataset busy.
  process.chdir('/');
  const lock = {
    path: benchLock(config.name),
    timeoutMs: config.snapshot.lockTimeoutMs,
    purpose: `bench volume restore-snapshot ${tag}`,
  };
  return withLock(lock, async () => {
    const found = await preflight(config, runner, tag);
    refuseUnconfirmed(found.preview, confirmed);
    const journal = found.journal ?? (await beginJournal(config, runner, found));
    try {
      await carryOut({ ...found, config, runner, journal }, onEvent);
    } catch (error) {
      throw unfinished(config, journal, error);
    }
    return {
      dataset: found.preview.dataset,
      tag,
      destroyed: found.preview.destroys,
      lostBytes: found.preview.lostBytes,
      durationMs: Math.round(performance.now() - started),
    };
  });
}

function refuseUnconfirmed(preview: RestorePreview, confirmed: readonly string[]): void {
  const unseen = preview.destroys.filter((tag) => !confirmed.includes(tag));
  if (unseen.length === 0) return;
  throw new RefusedError(
    'snapshots-appeared',
    `Snapshots were made since you were asked: ${unseen.join(', ')}. They would be lost. Nothing was changed.`,
    { suggestions: ['Run the command again and look at what it shows.'] },
  );
}

interface Found {
  preview: RestorePreview;
  snapshot: Snapshot;
  layout: Layout;
  units: string[];
}

async function beginJournal(config: BenchConfig, runner: Runner, found: Found): Promise<RestoreJournal> {
  const states = await unitStates(runner, found.units);
  const { volume } = config;
  const journal: RestoreJournal = {
    version: 1,
    tag: found.preview.tag,
    snapshotGuid: found.snapshot.guid,
    startedAt: new Date().toISOString(),
    phase: 'begun',
    maintenanceBefore: (await isVisible(found.layout))
      ? await readMaintenance(found.layout.parts.benches.source)
      : null,
    // MariaDB that had failed is wanted back as well: that is a usual reason for a restore.
    activeUnits: found.units.filter(
      (unit, index) => unit === found.layout.unit || states[index]?.active === 'active',
    ),
    settings: {
      'volume.backing': volume.backing,
      ...(volume.device === undefined ? {} : { 'volume.device': volume.device }),
      ...(volume.image.sizeBytes === undefined
        ? {}
        : { 'volume.image.size': formatSize(volume.image.sizeBytes) }),
      ...(volume.quotaBytes === undefined ? {} : { 'volume.dataset.quota': formatSize(volume.quotaBytes) }),
      ...(volume.reservationBytes === undefined
        ? {}
        : { 'volume.dataset.reservation': formatSize(volume.reservationBytes) }),
    },
  };
  await writeJournal(config.name, journal);
  return journal;
}

interface Restore extends Found {
  config: BenchConfig;
  runner: Runner;
  journal: RestoreJournal;
}

async function carryOut(restore: Restore, onEvent: (event: RestoreEvent) => void): Promise<void> {
  const { config, runner, journal, layout, units, snapshot } = restore;
  const step = async (title: string, work: () => Promise<unknown>) => {
    const started = performance.now();
    await work();
    onEvent({ title, durationMs: performance.now() - started });
  };
  const { benches, mariadb } = layout.parts;
  if (await isVisible(layout)) await step('Maintenance mode on', () => writeMaintenance(benches.source, 1));
  await step('Stop services', () => runner.run(stopUnits(units)));
  await step('Unmount', async () => {
    for (const part of [mariadb, benches]) {
      if (mountAt(await readMounts(), part.target) !== undefined) await runner.run(unmount(part.target));
    }
    if (await isVisible(layout)) await runner.run(unmountDataset(layout.dataset));
  });
  if (journal.phase === 'begun') {
    await step(`Roll back to ${journal.tag}`, async () => {
      if (snapshot.guid !== journal.snapshotGuid) throw tagReused(journal.tag);
      await runner.run(rollback(snapshot.name));
      journal.phase = 'rolled-back';
      await writeJournal(config.name, journal);
    });
  }
  await step('Mount', async () => {
    await runner.run(mountDataset(layout.dataset));
    await requireSentinels(layout);
    // Before anything can read it: the snapshot may hold a site that is open.
    await writeMaintenance(benches.source, 1);
    for (const part of [benches, mariadb]) await runner.run(mountByFstab(part.target));
    await requireBinds(layout);
  });
  await step('Keep the volume settings in force', async () =>
    (await import('../config/edit.js')).editConfig(
      config.file,
      Object.entries(journal.settings).map(([key, value]) => ({ key, value })),
    ),
  );
  await step('Start MariaDB and read its recovery', () => startDatabase(restore));
  const others = journal.activeUnits.filter((unit) => unit !== layout.unit);
  if (others.length > 0) await step('Start services', () => runner.run(startUnits(others)));
  await step('Maintenance mode back to what it was', () =>
    writeMaintenance(benches.source, journal.maintenanceBefore),
  );
  await removeJournal(config.name);
}

function tagReused(tag: string): BenchError {
  return new RefusedError(
    'snapshot-changed',
    `The snapshot ${tag} is not the one that this restore began with.`,
  );
}

async function requireSentinels(layout: Layout): Promise<void> {
  for (const path of sentinels(layout)) {
    if ((await lstat(path).catch(() => undefined)) !== undefined) continue;
    throw new VolumeError(
      'sentinel-missing',
      `${path} is missing: what is mounted there is not this bench.`,
      {
        suggestions: [`findmnt ${layout.mountpoint}`],
      },
    );
  }
}

async function requireBinds(layout: Layout): Promise<void> {
  const mounts = await readMounts();
  for (const part of Object.values(layout.parts)) {
    if (showsDataset(mounts, part.target, layout.dataset, `/${part.name}`)) continue;
    throw new VolumeError('wrong-mount', `${part.target} does not show ${part.source}.`, {
      suggestions: [`findmnt ${part.target}`, `grep ${part.target} /etc/fstab`],
    });
  }
}

/**
 * Starts MariaDB on the restored files and reads what it says of them. The log is read when the start fails as well:
 * it tells why. A damaged page that nothing has read yet is not in it.
 */
async function startDatabase({ config, runner, layout }: Restore): Promise<void> {
  const mark = await markLog(runner);
  const startFailure = await startAndWait(config, runner, layout).then(
    () => undefined,
    (error: unknown) => error,
  );
  const corrupt = corruptionIn(await logSince(runner, layout.unit, mark));
  if (corrupt.length > 0) {
    throw new VolumeError('database-corrupt', 'MariaDB reports damage in the restored files.', {
      command: ['journalctl', '-u', layout.unit],
      stderr: corrupt.join('\n'),
      suggestions: ['Restore an older snapshot: bench volume list-snapshots'],
      cause: startFailure,
    });
  }
  if (startFailure !== undefined) throw startFailure;
}

async function startAndWait(config: BenchConfig, runner: Runner, layout: Layout): Promise<void> {
  await runner.run(startUnits([layout.unit]));
  await waitUntilAnswering({ socketPath: config.mariadb.socketPath, timeoutMs: ANSWER_TIMEOUT_MS });
}

/** A failure in the middle: which state things are in, and how to go on. */
function unfinished(config: BenchConfig, journal: RestoreJournal, error: unknown): BenchError {
  const cause =
    error instanceof BenchError ? error : new BenchError('internal-error', String(error), { cause: error });
  const state =
    journal.phase === 'begun'
      ? 'The data are as they were before the restore.'
      : `The data are those of ${journal.tag}.`;
  return new VolumeError(
    'restore-unfinished',
    `The restore is not finished: ${cause.message} ${state} The services of the bench may be stopped, and maintenance mode is on.`,
    {
      ...(cause.command === undefined ? {} : { command: cause.command }),
      ...(cause.stderr === undefined ? {} : { stderr: cause.stderr }),
      suggestions: [
        ...cause.suggestions,
        `To finish it: bench volume restore-snapshot ${journal.tag} -b ${config.name}`,
      ],
      cause: error,
    },
  );
}
