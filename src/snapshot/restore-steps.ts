import { lstat } from 'node:fs/promises';
import type { BenchConfig } from '../config/config.js';
import { VolumeError } from '../errors.js';
import type { Command, Runner } from '../host/exec.js';
import { mountAt, mountByFstab, readMounts, showsDataset, unmount } from '../host/mounts.js';
import { startUnits, stopUnits } from '../host/systemd.js';
import { ensureAccounts } from '../mariadb/account.js';
import { readHostRecord } from '../volume-manager/host-record.js';
import { type Layout, sentinels } from '../volume-manager/layout.js';
import { mountDataset, rollback, setProperties, unmountDataset } from '../volume-manager/zfs.js';
import { startDatabase } from './database.js';
import { type RestoreJournal, removeJournal, writeJournal } from './journal.js';
import { readMaintenanceIfValid, writeMaintenanceIfValid } from './maintenance.js';
import { isVisible } from './obstacles.js';
import type { Found } from './preflight.js';

export interface RestoreEvent {
  title: string;
  durationMs: number;
}

interface Restore extends Found {
  config: BenchConfig;
  runner: Runner;
  journal: RestoreJournal;
}

type Step = (title: string, work: () => Promise<unknown>) => Promise<void>;

/** The steps of a restore, in order. Each may have been done before: cut off anywhere, all of them are run again. */
export async function carryOut(restore: Restore, onEvent: (event: RestoreEvent) => void): Promise<void> {
  const step: Step = async (title, work) => {
    const started = performance.now();
    await work();
    onEvent({ title, durationMs: performance.now() - started });
  };
  await stop(restore, step);
  await step(`Roll back to ${restore.journal.tag}`, () => rollBack(restore));
  await start(restore, step);
}

async function stop({ runner, layout, units }: Restore, step: Step): Promise<void> {
  const { benches, mariadb } = layout.parts;
  if (await isVisible(layout))
    await step('Maintenance mode on', () => writeMaintenanceIfValid(benches.source, 1));
  await step('Stop services', () => runner.run(stopAll(units)));
  await step('Unmount', async () => {
    // Cut off from here on by a power cut, the machine boots without it, and so without services on it.
    await runner.run(setProperties(layout.dataset, { canmount: 'noauto' }));
    for (const part of [mariadb, benches]) {
      if (mountAt(await readMounts(), part.target) !== undefined) await runner.run(unmount(part.target));
    }
    if (await isVisible(layout)) await runner.run(unmountDataset(layout.dataset));
  });
}

/** 5: one of the units does not exist, so it does not run; the others have been stopped (systemctl(1)). */
function stopAll(units: readonly string[]): Command {
  return { ...stopUnits(units), okExitCodes: [0, 5] };
}

/** Once it is done it is not repeated: somebody may have been told that it is, and have changed something since. */
async function rollBack({ config, runner, journal, snapshot }: Restore): Promise<void> {
  if (journal.phase === 'rolled-back') return;
  await runner.run(rollback(snapshot.name));
  journal.phase = 'rolled-back';
  await writeJournal(config.name, journal);
}

const ACCOUNTS_TIMEOUT_MS = 10_000;

async function start(restore: Restore, step: Step): Promise<void> {
  const { config, runner, journal, layout } = restore;
  const { benches } = layout.parts;
  await step('Mount', () => mountRestored(restore));
  await step('Keep the volume settings in force', async () =>
    (await import('../config/edit.js')).editConfig(
      config.file,
      Object.entries(journal.settings).map(([key, value]) => ({ key, value })),
    ),
  );
  await step('Start MariaDB and read its recovery', () => startDatabase(config, runner, layout.unit));
  const { operators = [] } = (await readHostRecord(config.name)) ?? {};
  if (operators.length > 0) {
    // The snapshot may be older than their accounts.
    const options = { socketPath: config.mariadb.socketPath, timeoutMs: ACCOUNTS_TIMEOUT_MS };
    await step('Let operators take snapshots again', () => ensureAccounts(options, operators));
  }
  const others = journal.activeUnits.filter((unit) => unit !== layout.unit);
  if (others.length > 0) await step('Start services', () => runner.run(startUnits(others)));
  await step('Maintenance mode back to what it was', async () => {
    await runner.run(setProperties(layout.dataset, { canmount: 'on' }));
    const { maintenanceBefore } = journal;
    if (maintenanceBefore !== 'snapshot') await writeMaintenanceIfValid(benches.source, maintenanceBefore);
  });
  await removeJournal(config.name);
}

async function mountRestored({ config, runner, journal, layout }: Restore): Promise<void> {
  const { benches, mariadb } = layout.parts;
  await runner.run(mountDataset(layout.dataset));
  await requireSentinels(layout);
  if (journal.maintenanceBefore === 'snapshot') {
    journal.maintenanceBefore = await readMaintenanceIfValid(benches.source);
    await writeJournal(config.name, journal);
  }
  // Before anything can read it: the snapshot may hold a site that is open.
  await writeMaintenanceIfValid(benches.source, 1);
  for (const part of [benches, mariadb]) await runner.run(mountByFstab(part.target));
  await requireBinds(layout);
}

async function requireSentinels(layout: Layout): Promise<void> {
  for (const path of sentinels(layout)) {
    if ((await lstat(path).catch(() => undefined)) !== undefined) continue;
    throw new VolumeError(
      'sentinel-missing',
      `${path} is missing: what is mounted there is not this bench.`,
      { suggestions: [`findmnt ${layout.mountpoint}`] },
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
