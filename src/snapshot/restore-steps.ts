import { lstat } from 'node:fs/promises';
import {
  type Layout,
  newerThan,
  readConfigInForce,
  readHostRecord,
  releaseOwnHolds,
  removeJournal,
  sentinels,
  writeJournal,
} from '../bench/bench.js';
import { BenchError, VolumeError } from '../errors.js';
import { type Command, CommandError, type Runner, runAll } from '../host/exec.js';
import { mountAt, mountByFstab, readMounts, showsDataset, unmount } from '../host/mounts.js';
import { resetFailed, startUnits, stopUnits } from '../host/systemd.js';
import { loadAgain } from '../keys/keys.js';
import { ensureAccounts } from '../mariadb/mariadb.js';
import {
  findDataset,
  listSnapshots,
  localProperties,
  mountDataset,
  poolOf,
  rollback,
  setProperties,
  unmountDataset,
} from '../zfs/zfs.js';
import { startDatabase } from './database.js';
import { dropKept, findMarked, keptNames, keptWith } from './kept.js';
import { closeSites, readMaintenanceIfValid, writeMaintenanceIfValid } from './maintenance.js';
import { isVisible, refuseOpenFiles } from './obstacles.js';
import { lowerQuota, raiseQuota } from './quota.js';
import type { Restore } from './restore-state.js';
import { showVolumes, unmountVolumes } from './restore-volumes.js';
import { keepSettings } from './settings.js';
import { standings } from './standings.js';
import { makeMove, nextMove, type SwapState, settle } from './swap.js';

/** The steps of a restore, in order. Each may have been done before: cut off anywhere, all of them are run again. */
export async function carryOut(restore: Restore): Promise<void> {
  const { journal, step } = restore;
  await stop(restore);
  if (journal.mode === 'rollback') {
    await step(`Roll back to ${journal.tag}`, () => rollBack(restore));
    await lowerQuota(restore);
  } else await swap(restore);
  await start(restore);
}

async function stop(restore: Restore): Promise<void> {
  const { runner, journal, layout, units, notes, step } = restore;
  const patiently = (command: Command) => whileBusy(restore, command);
  const { benches, mariadb } = layout.parts;
  await raiseQuota(restore);
  if (await isVisible(layout))
    await step('Maintenance mode on', async () => {
      if (!(await closeSites(benches.source)))
        notes.push('The dataset was full: maintenance mode was not on while the services were stopped.');
    });
  await step('Stop services', () => runner.run(stopAll(units)));
  await step('Unmount', async () => {
    // Cut off from here on by a power cut, the machine boots without it, and so without services on it.
    // In the middle of a swap there is none, and what is there is so already.
    if (journal.mode === 'rollback' || (await isVisible(layout)))
      await runner.run(setProperties(layout.dataset, { canmount: 'noauto' }));
    await unmountVolumes(restore, patiently);
    for (const part of [mariadb, benches]) {
      if (mountAt(await readMounts(), part.target) !== undefined) await patiently(unmount(part.target));
    }
    if (await isVisible(layout)) await patiently(unmountDataset(layout.dataset));
  });
}

const BUSY_MS = 5_000;

/** Runs an unmount again while somebody looks at a file; whoever stays is told by name. */
async function whileBusy({ runner, layout, units }: Restore, command: Command): Promise<void> {
  for (const deadline = performance.now() + BUSY_MS; ; ) {
    try {
      await runner.run(command);
      return;
    } catch (error) {
      if (!(error instanceof CommandError) || !/\bbusy\b/.test(error.result.stderr)) throw error;
      if (performance.now() < deadline) continue;
      await refuseOpenFiles(layout, units);
      throw error;
    }
  }
}

/** 5: one of the units does not exist, so it does not run; the others have been stopped (systemctl(1)). */
function stopAll(units: readonly string[]): Command {
  return { ...stopUnits(units), okExitCodes: [0, 5] };
}

/** Once it is done it is not repeated: somebody may have been told that it is, and have changed something since. */
async function rollBack({ config, runner, journal, snapshot }: Restore): Promise<void> {
  if (journal.phase !== 'begun' || snapshot === undefined) return;
  // Nobody is let in before all of them are done, so each may be done again.
  for (const { dataset } of journal.volumes) await rollBackOne(runner, dataset, journal.tag);
  await rollBackOne(runner, config.volume.dataset, journal.tag);
  journal.phase = 'rolled-back';
  await writeJournal(config.name, journal);
}

/** Bench's own holds on what it destroys were told before, and nothing is copied meanwhile. */
async function rollBackOne(runner: Runner, dataset: string, tag: string): Promise<void> {
  await releaseOwnHolds(runner, newerThan(await listSnapshots(runner, dataset), tag));
  await runner.run(rollback(`${dataset}@${tag}`));
}

const ACCOUNTS_TIMEOUT_MS = 10_000;

/** The bench and the volumes that go with it, one after the other: cut off anywhere, each goes on where it stands. */
async function swap({ config, runner, journal, layout, step }: Restore): Promise<void> {
  const { mode, tag, swap: plan } = journal;
  if (mode === 'rollback' || plan === undefined || journal.phase !== 'begun') return;
  for (const { dataset, mode: own, swap: of } of [
    ...journal.volumes,
    { dataset: layout.dataset, mode, swap: plan },
  ])
    if (own !== 'rollback' && of !== undefined)
      await swapOne({ runner, step }, dataset, { mode: own, tag, swap: of });
  journal.phase = 'rolled-back';
  await writeJournal(config.name, journal);
}

/** Move after move, each found from what stands where; the last ones may be repeated. */
async function swapOne(
  { runner, step }: Pick<Restore, 'runner' | 'step'>,
  dataset: string,
  swap: Pick<SwapState, 'mode' | 'tag' | 'swap'>,
): Promise<void> {
  const names = keptNames(dataset);
  const next = async () => nextMove({ ...swap, names, at: await standings(runner, dataset) });
  for (let move = await next(); move !== undefined; move = await next()) {
    const found = move;
    await step(found.title, () => makeMove(runner, found));
  }
  await step('Set quota and reservation', async () => {
    const present = await localProperties(runner, dataset);
    await runAll(runner, settle(swap.mode, dataset, swap.swap, present));
  });
}

async function start(restore: Restore): Promise<void> {
  const { config, runner, journal, layout, step } = restore;
  const { benches } = layout.parts;
  await step('Mount', () => mountRestored(restore));
  await step('Keep the volume settings in force', async () => {
    const configText = await readConfigInForce(config.name);
    const note = await keepSettings(config, { ...journal, configText });
    if (note !== undefined) restore.notes.push(note);
  });
  await showVolumes(restore);
  await step('Start MariaDB and read its recovery', () => startDatabase(config, runner, layout.unit));
  const { operators = [] } = (await readHostRecord(config.name)) ?? {};
  if (operators.length > 0) {
    // The snapshot may be older than their accounts.
    const options = { socketPath: config.mariadb.socketPath, timeoutMs: ACCOUNTS_TIMEOUT_MS };
    await step('Let operators take snapshots again', () => ensureAccounts(options, operators));
  }
  const { activeUnits, ailingUnits = [] } = journal;
  const others = activeUnits.filter((unit) => unit !== layout.unit && !ailingUnits.includes(unit));
  if (others.length > 0) await step('Start services', () => runner.run(startUnits(others)));
  if (ailingUnits.length > 0)
    await step('Start services that had failed', () => startAiling(restore, ailingUnits));
  await step('Maintenance mode back to what it was', async () => {
    await runner.run(setProperties(layout.dataset, { canmount: 'on' }));
    if (journal.mode === 'keep') {
      journal.phase = 'opened';
      await writeJournal(config.name, journal);
    }
    const { maintenanceBefore } = journal;
    if (maintenanceBefore !== 'snapshot') await writeMaintenanceIfValid(benches.source, maintenanceBefore);
  });
  // The older copy goes last, when what has taken its place has proved itself.
  if (journal.mode === 'keep') await dropOlder(restore);
  await removeJournal(config.name);
}

/** What was the matter with them may be none of the data's, so that no restore would end for them. */
async function startAiling({ runner, notes }: Restore, units: readonly string[]): Promise<void> {
  for (const unit of units) {
    await runner.run(resetFailed([unit]));
    await runner.run(startUnits([unit])).catch((error: unknown) => {
      if (!(error instanceof BenchError)) throw error;
      notes.push(`${unit} had failed before, and does not start now: ${error.message}`);
    });
  }
}

/** With the volumes that were set aside together with it: without it they could not be brought back. */
async function dropOlder({ runner, layout, journal, step }: Restore): Promise<void> {
  for (const { dataset } of journal.volumes) {
    const { aside } = keptNames(dataset);
    if ((await findDataset(runner, aside)) !== undefined)
      await step('Drop the older copy of a volume', () => dropKept(runner, aside));
  }
  const { aside } = keptNames(layout.dataset);
  const older = await findMarked(runner, aside);
  if (older === undefined) return;
  for (const copy of await keptWith(runner, poolOf(layout.dataset), older.keptAt))
    await step('Drop the older copy of a volume', () => dropKept(runner, copy));
  await step('Drop the older copy', () => dropKept(runner, aside));
}

async function mountRestored({ config, runner, journal, layout }: Restore): Promise<void> {
  const { benches, mariadb } = layout.parts;
  const { key } = config.volume;
  const live = key === undefined ? undefined : await findDataset(runner, layout.dataset);
  if (key !== undefined && live !== undefined) await loadAgain(runner, live, key);
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
