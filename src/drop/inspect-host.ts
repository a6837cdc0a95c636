import { join } from 'node:path';
import {
  hostFiles,
  type Layout,
  otherBenches,
  SENTINEL,
  UNIT_DIRECTORY,
  unitsOfOthers,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { contentOf } from '../host/directory-content.js';
import type { Runner } from '../host/exec.js';
import { exists, readText } from '../host/files.js';
import { type Mount, mountAt, showsDataset } from '../host/mounts.js';
import { UNKNOWN_UNIT, unitStates } from '../host/systemd.js';
import { keyUnit } from '../keys/keys.js';
import { instanceConfigPath, upgradeUnit } from '../mariadb/mariadb.js';
import { guardFiles } from '../replicate/replicate.js';
import { benchJobs } from '../schedule/schedule.js';
import { type JobUnits, jobUnits } from '../timers/timers.js';
import type { DropFacts, Unit } from './facts.js';

/** Where systemd notes when a persistent timer has last elapsed (systemd.timer(5), `Persistent=`). */
const STAMPS = '/var/lib/systemd/timers';

/**
 * What of the host is this bench's: files that bench has written for it, and units. What another bench has, too, or what
 * was there before the bench, is none of it.
 */
export async function inspectHost(
  config: BenchConfig,
  layout: Layout,
  mounts: readonly Mount[],
  runner: Runner,
): Promise<Pick<DropFacts, 'files' | 'units'>> {
  const others = await otherBenches(config.name);
  const hasInstance = !others.some(({ mariadb }) => mariadb.instance === config.mariadb.instance);
  const isServed = hasInstance && (await isOurDatabase(layout, mounts));
  const jobs = benchJobs(config).map(jobUnits);
  const ofJobs = jobs.flatMap(({ timer, service }) => [timer, service]);
  const taken = await unitsOfOthers(config.name);
  const own = config.maintenance.units.filter((unit) => !taken.has(unit));
  const database = isServed ? [upgradeUnit(config.mariadb.instance), layout.unit] : [];
  const ofKey = config.volume.key === undefined ? [] : [keyUnit(config.name)];
  const all = [...database, ...ofJobs, ...ofKey, ...own];
  const states = await unitStates(runner, all);
  const unitsOf = (names: readonly string[]): Unit[] =>
    names.map((unit) => ({ unit, state: states[all.indexOf(unit)] ?? UNKNOWN_UNIT }));
  return {
    files: await filesOf(config, layout, { hasInstance, units: own, jobs }),
    units: { database: unitsOf(database), schedule: unitsOf([...ofJobs, ...ofKey]), own: unitsOf(own) },
  };
}

/** A database that was there before the bench, and was never brought into its dataset, goes on. */
async function isOurDatabase(
  { parts: { mariadb }, dataset }: Layout,
  mounts: readonly Mount[],
): Promise<boolean> {
  if (showsDataset(mounts, mariadb.target, dataset, `/${mariadb.name}`)) return true;
  return mountAt(mounts, mariadb.target) === undefined && (await contentOf(mariadb.target)) !== 'data';
}

async function filesOf(
  config: BenchConfig,
  layout: Layout,
  { hasInstance, units, jobs }: { hasInstance: boolean; units: readonly string[]; jobs: readonly JobUnits[] },
): Promise<string[]> {
  const ofInstance = [
    instanceConfigPath(config.mariadb.instance),
    join(UNIT_DIRECTORY, upgradeUnit(config.mariadb.instance)),
    layout.dropInPath(layout.unit),
  ];
  const ownConfig = { ...config, maintenance: { units: [...units] } };
  const wanted = [
    ...jobs.flatMap(({ timer, service }) => [
      join(UNIT_DIRECTORY, timer),
      join(UNIT_DIRECTORY, service),
      join(STAMPS, `stamp-${timer}`),
    ]),
    ...guardFiles(ownConfig),
    // Where keys lie while they are loaded other benches need, too.
    ...(config.volume.key === undefined ? [] : [join(UNIT_DIRECTORY, keyUnit(config.name))]),
    ...hostFiles(ownConfig, layout, undefined)
      .map(({ path }) => path)
      .filter((path) => hasInstance || !ofInstance.includes(path)),
  ];
  const guards = units.map(layout.dropInPath);
  const found: string[] = [];
  for (const path of [...new Set(wanted)]) {
    if (!(await exists(path))) continue;
    // A unit may have been another bench's since.
    if (guards.includes(path) && !isGuardOf(layout, await readText(path))) continue;
    found.push(path);
  }
  return found;
}

function isGuardOf({ mountpoint }: Layout, text: string | undefined): boolean {
  return (text ?? '').split('\n').includes(`AssertPathExists=${join(mountpoint, SENTINEL)}`);
}
