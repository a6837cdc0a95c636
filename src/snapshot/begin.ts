import {
  type JournalVolume,
  keepConfigInForce,
  type RestoreJournal,
  type Swap,
  writeJournal,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { isRunning, type UnitState, unitStates } from '../host/systemd.js';
import { localProperties, mountDataset } from '../zfs/zfs.js';
import { keptNames } from './kept.js';
import { readMaintenanceIfValid } from './maintenance.js';
import { isVisible } from './obstacles.js';
import type { Found } from './preflight.js';
import { settingsInForce } from './settings.js';
import { standings } from './standings.js';

/**
 * Records the state before a restore. One that takes the place of an interrupted restore (to an older snapshot, say,
 * because the first one was no good) takes over what that one found: now the units are stopped and the sites closed.
 */
export async function beginJournal(
  config: BenchConfig,
  runner: Runner,
  found: Found,
): Promise<RestoreJournal> {
  const { mode, tag } = found;
  const before = found.journal?.mode === 'keep' ? found.journal : undefined;
  const keptAt = new Date().toISOString();
  const swap =
    mode === 'rollback'
      ? undefined
      : await swapFor(runner, config.volume.dataset, { mode, before: before?.swap, keptAt });
  const volumes = await volumesFor(runner, found, before?.volumes ?? [], swap?.keptAt ?? keptAt);
  const journal: RestoreJournal = {
    version: volumes.length > 0 ? 3 : swap === undefined ? 1 : 2,
    mode,
    volumes,
    ...(swap === undefined ? {} : { swap }),
    tag,
    snapshotGuid: found.snapshot?.guid ?? '',
    startedAt: new Date().toISOString(),
    phase: 'begun',
    ...(found.journal === undefined ? await stateBefore(config, runner, found) : stateOf(found.journal)),
  };
  await writeJournal(config.name, journal);
  return journal;
}

/** All of them are set aside together with the bench: under one mark. */
async function volumesFor(
  runner: Runner,
  { mode, volumes }: Found,
  before: readonly JournalVolume[],
  keptAt: string,
): Promise<JournalVolume[]> {
  const going: JournalVolume[] = [];
  for (const volume of volumes) {
    const old = before.find(({ dataset }) => dataset === volume.dataset)?.swap;
    const swap =
      mode === 'rollback'
        ? {}
        : { swap: await swapFor(runner, volume.dataset, { mode, before: old, keptAt }) };
    going.push({ ...volume, mode, ...swap });
  }
  // What the restore before had begun with and this one does not go on with is as it was before that one.
  const others = before.filter(({ dataset }) => !volumes.some((each) => each.dataset === dataset));
  for (const { swap, ...volume } of others)
    going.push({
      ...volume,
      mode: 'undo',
      swap: await swapFor(runner, volume.dataset, { mode: 'undo', before: swap, keptAt }),
    });
  return going;
}

/**
 * What is to change places. In the place of an interrupted `--keep` the dataset that was live before that one counts:
 * another snapshot replaces the same one, and an undo brings it back, whether it has been set aside yet or not.
 */
async function swapFor(
  runner: Runner,
  dataset: string,
  { mode, before, keptAt }: { mode: 'keep' | 'undo'; before: Swap | undefined; keptAt: string },
): Promise<Swap> {
  if (mode === 'keep' && before !== undefined) return before;
  const at = await standings(runner, dataset);
  const { live, kept } = keptNames(dataset);
  return {
    liveGuid: at.get(live)?.guid ?? '',
    keptGuid: before?.liveGuid ?? at.get(kept)?.guid ?? null,
    keptAt,
    properties: before?.properties ?? (await localProperties(runner, live)),
  };
}

type UnitsBefore = Pick<RestoreJournal, 'activeUnits' | 'ailingUnits'>;
type StateBefore = UnitsBefore & Pick<RestoreJournal, 'maintenanceBefore' | 'settings'>;

function stateOf({ maintenanceBefore, activeUnits, ailingUnits, settings }: RestoreJournal): StateBefore {
  return { maintenanceBefore, activeUnits, ailingUnits, settings };
}

/**
 * The units that are to run again. One that has failed is wanted back as well: that is a usual reason for a restore. One
 * that somebody has stopped is not. Pure.
 */
export function unitsBefore(
  units: readonly string[],
  states: readonly UnitState[],
  mariadb: string,
): Required<UnitsBefore> {
  const isAiling = (unit: string, state: UnitState | undefined) =>
    unit !== mariadb && ['failed', 'activating'].includes(state?.active ?? '');
  const ailingUnits = units.filter((unit, index) => isAiling(unit, states[index]));
  const activeUnits = units.filter(
    (unit, index) => unit === mariadb || ailingUnits.includes(unit) || isRunning(states[index]),
  );
  return { activeUnits, ailingUnits };
}

async function stateBefore(config: BenchConfig, runner: Runner, found: Found): Promise<StateBefore> {
  const { layout, live, units } = found;
  // Where it can be mounted, the settings in force can be read; a dataset that cannot be may be why it is restored.
  if (!(await isVisible(layout))) await runner.run(mountDataset(layout.dataset)).catch(() => undefined);
  const visible = await isVisible(layout);
  const states = await unitStates(runner, units);
  const { settings, configText } = await settingsInForce(config, layout.parts.benches.source, live);
  await keepConfigInForce(config.name, configText);
  return {
    maintenanceBefore: visible ? await readMaintenanceIfValid(layout.parts.benches.source) : 'snapshot',
    ...unitsBefore(units, states, layout.unit),
    settings,
  };
}
