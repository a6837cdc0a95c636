import type { Command } from '../host/exec.js';
import type { Kind } from './kind.js';
import { type AccountCreate, accountCreate } from './kinds/account-create.js';
import { type BenchStructure, benchStructure } from './kinds/bench-structure.js';
import { type ConfigWrite, configWrite } from './kinds/config-write.js';
import { type DatabaseInitialise, databaseInitialise } from './kinds/database-initialise.js';
import { type DatasetCreate, datasetCreate } from './kinds/dataset-create.js';
import { type DatasetMount, datasetMount } from './kinds/dataset-mount.js';
import { type DatasetSet, datasetSet } from './kinds/dataset-set.js';
import { type DeviceWipe, deviceWipe } from './kinds/device-wipe.js';
import { type DirectoryOpen, directoryOpen } from './kinds/directory-open.js';
import { type FileRemove, fileRemove } from './kinds/file-remove.js';
import { type FileWrite, fileWrite } from './kinds/file-write.js';
import { type FstabAdd, fstabAdd } from './kinds/fstab-add.js';
import { type FstabOptions, fstabOptions } from './kinds/fstab-options.js';
import { type HostRecord, hostRecord } from './kinds/host-record.js';
import { type ImageCreate, imageCreate } from './kinds/image-create.js';
import { type LockPermit, lockPermit } from './kinds/lock-permit.js';
import { type ModuleLoad, moduleLoad } from './kinds/module-load.js';
import { type MountBind, mountBind } from './kinds/mount-bind.js';
import { type MountpointGuard, mountpointGuard } from './kinds/mountpoint-guard.js';
import { type OriginalDrop, originalDrop } from './kinds/original-drop.js';
import { type PackagesInstall, packagesInstall } from './kinds/packages-install.js';
import { type PartCreate, partCreate } from './kinds/part-create.js';
import { type PartMigrate, partMigrate } from './kinds/part-migrate.js';
import { type PoolCreate, poolCreate } from './kinds/pool-create.js';
import { type PoolImport, poolImport } from './kinds/pool-import.js';
import { type SentinelWrite, sentinelWrite } from './kinds/sentinel-write.js';
import { type SystemdReload, systemdReload } from './kinds/systemd-reload.js';
import { type TimerStart, timerStart } from './kinds/timer-start.js';
import { type UnitDisable, unitDisable } from './kinds/unit-disable.js';
import { type UnitEnable, unitEnable } from './kinds/unit-enable.js';
import { type UnitStart, unitStart } from './kinds/unit-start.js';
import { type UnitStop, unitStop } from './kinds/unit-stop.js';
import { type UnitsStart, unitsStart } from './kinds/units-start.js';
import { type UnitsStop, unitsStop } from './kinds/units-stop.js';

/**
 * One change to the system, as data: what `--dry-run` prints is what apply carries out. Each is safe to repeat
 * after having been interrupted anywhere.
 */
export type Step =
  | AccountCreate
  | BenchStructure
  | ConfigWrite
  | DatabaseInitialise
  | DatasetCreate
  | DatasetMount
  | DatasetSet
  | DeviceWipe
  | DirectoryOpen
  | FileRemove
  | FileWrite
  | FstabAdd
  | FstabOptions
  | HostRecord
  | ImageCreate
  | LockPermit
  | ModuleLoad
  | MountBind
  | MountpointGuard
  | OriginalDrop
  | PackagesInstall
  | PartCreate
  | PartMigrate
  | PoolCreate
  | PoolImport
  | SentinelWrite
  | SystemdReload
  | TimerStart
  | UnitDisable
  | UnitEnable
  | UnitStart
  | UnitStop
  | UnitsStart
  | UnitsStop;

export type StepKind = Step['kind'];

/** Every kind of step. A new one is a file in `kinds/`, its type above and its line here. */
const KINDS: { readonly [K in StepKind]: Kind<Extract<Step, { kind: K }>> } = {
  'account.create': accountCreate,
  'bench.structure': benchStructure,
  'config.write': configWrite,
  'database.initialise': databaseInitialise,
  'dataset.create': datasetCreate,
  'dataset.mount': datasetMount,
  'dataset.set': datasetSet,
  'device.wipe': deviceWipe,
  'directory.open': directoryOpen,
  'file.remove': fileRemove,
  'file.write': fileWrite,
  'fstab.add': fstabAdd,
  'fstab.options': fstabOptions,
  'host.record': hostRecord,
  'image.create': imageCreate,
  'lock.permit': lockPermit,
  'module.load': moduleLoad,
  'mount.bind': mountBind,
  'mountpoint.guard': mountpointGuard,
  'original.drop': originalDrop,
  'packages.install': packagesInstall,
  'part.create': partCreate,
  'part.migrate': partMigrate,
  'pool.create': poolCreate,
  'pool.import': poolImport,
  'sentinel.write': sentinelWrite,
  'systemd.reload': systemdReload,
  'timer.start': timerStart,
  'unit.disable': unitDisable,
  'unit.enable': unitEnable,
  'unit.start': unitStart,
  'unit.stop': unitStop,
  'units.start': unitsStart,
  'units.stop': unitsStop,
};

/** What belongs to a step. */
export function kindOf<S extends Step>(step: S): Kind<S> {
  // That each kind has its own type the table itself says; TypeScript does not see it through an index.
  return KINDS[step.kind] as unknown as Kind<S>;
}

/** One line for the operator. */
export function describe(step: Step): string {
  return kindOf(step).describe(step);
}

/** The processes of a step, in order; empty where bench itself reads and writes files. Apply starts exactly these. */
export function commandsFor(step: Step): Command[] {
  return kindOf(step).commands(step);
}
