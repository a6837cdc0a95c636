import type { Kind } from './kind.js';
import { type AccountCreate, accountCreate } from './kinds/account-create.js';
import { type ArchiveUnpack, archiveUnpack } from './kinds/archive-unpack.js';
import { type BenchStructure, benchStructure } from './kinds/bench-structure.js';
import { type CloneAdopt, cloneAdopt } from './kinds/clone-adopt.js';
import { type ConfigAside, configAside } from './kinds/config-aside.js';
import { type ConfigWrite, configWrite } from './kinds/config-write.js';
import { type CopySettle, copySettle } from './kinds/copy-settle.js';
import { type DatabaseInitialise, databaseInitialise } from './kinds/database-initialise.js';
import { type DatasetClone, datasetClone } from './kinds/dataset-clone.js';
import { type DatasetCreate, datasetCreate } from './kinds/dataset-create.js';
import { type DatasetDestroy, datasetDestroy } from './kinds/dataset-destroy.js';
import { type DatasetInherit, datasetInherit } from './kinds/dataset-inherit.js';
import { type DatasetMount, datasetMount } from './kinds/dataset-mount.js';
import { type DatasetPromote, datasetPromote } from './kinds/dataset-promote.js';
import { type DatasetRename, datasetRename } from './kinds/dataset-rename.js';
import { type DatasetSet, datasetSet } from './kinds/dataset-set.js';
import { type DatasetUnmount, datasetUnmount } from './kinds/dataset-unmount.js';
import { type DeviceWait, deviceWait } from './kinds/device-wait.js';
import { type DeviceWipe, deviceWipe } from './kinds/device-wipe.js';
import { type DirectoryOpen, directoryOpen } from './kinds/directory-open.js';
import { type DirectoryRemove, directoryRemove } from './kinds/directory-remove.js';
import { type DropBegin, dropBegin } from './kinds/drop-begin.js';
import { type ExportClone, exportClone } from './kinds/export-clone.js';
import { type Ext4Adopt, ext4Adopt } from './kinds/ext4-adopt.js';
import { type Ext4Grow, ext4Grow } from './kinds/ext4-grow.js';
import { type Ext4Make, ext4Make } from './kinds/ext4-make.js';
import { type Ext4Renew, ext4Renew } from './kinds/ext4-renew.js';
import { type FileRemove, fileRemove } from './kinds/file-remove.js';
import { type FileWrite, fileWrite } from './kinds/file-write.js';
import { type FilesystemCreate, filesystemCreate } from './kinds/filesystem-create.js';
import { type FstabAdd, fstabAdd } from './kinds/fstab-add.js';
import { type FstabOptions, fstabOptions } from './kinds/fstab-options.js';
import { type FstabRemove, fstabRemove } from './kinds/fstab-remove.js';
import { type GroupCreate, groupCreate } from './kinds/group-create.js';
import { type HoldsRelease, holdsRelease } from './kinds/holds-release.js';
import { type HostRecord, hostRecord } from './kinds/host-record.js';
import { type ImageCreate, imageCreate } from './kinds/image-create.js';
import { type ImageExport, imageExport } from './kinds/image-export.js';
import { type ImageImport, imageImport } from './kinds/image-import.js';
import { type KeyChange, keyChange } from './kinds/key-change.js';
import { type KeyCreate, keyCreate } from './kinds/key-create.js';
import { type KeyEscrow, keyEscrow } from './kinds/key-escrow.js';
import { type KeyFetch, keyFetch } from './kinds/key-fetch.js';
import { type KeyLoad, keyLoad } from './kinds/key-load.js';
import { type KeyMake, keyMake } from './kinds/key-make.js';
import { type KeySettle, keySettle } from './kinds/key-settle.js';
import { type KeyStage, keyStage } from './kinds/key-stage.js';
import { type KeyUnload, keyUnload } from './kinds/key-unload.js';
import { type KeysMount, keysMount } from './kinds/keys-mount.js';
import { type LockPermit, lockPermit } from './kinds/lock-permit.js';
import { type ModuleLoad, moduleLoad } from './kinds/module-load.js';
import { type MountBind, mountBind } from './kinds/mount-bind.js';
import { type MountRemove, mountRemove } from './kinds/mount-remove.js';
import { type MountpointGuard, mountpointGuard } from './kinds/mountpoint-guard.js';
import { type OriginalDrop, originalDrop } from './kinds/original-drop.js';
import { type OwnerChange, ownerChange } from './kinds/owner-change.js';
import { type PackagesInstall, packagesInstall } from './kinds/packages-install.js';
import { type PartCreate, partCreate } from './kinds/part-create.js';
import { type PartMigrate, partMigrate } from './kinds/part-migrate.js';
import { type PartRemove, partRemove } from './kinds/part-remove.js';
import { type PlaceCreate, placeCreate } from './kinds/place-create.js';
import { type PoolCreate, poolCreate } from './kinds/pool-create.js';
import { type PoolImport, poolImport } from './kinds/pool-import.js';
import { type ProgramRun, programRun } from './kinds/program-run.js';
import { type SentinelWrite, sentinelWrite } from './kinds/sentinel-write.js';
import { type SnapshotClone, snapshotClone } from './kinds/snapshot-clone.js';
import { type SnapshotDestroy, snapshotDestroy } from './kinds/snapshot-destroy.js';
import { type SnapshotTake, snapshotTake } from './kinds/snapshot-take.js';
import { type SnapshotsMark, snapshotsMark } from './kinds/snapshots-mark.js';
import { type SocketStart, socketStart } from './kinds/socket-start.js';
import { type SqlRun, sqlRun } from './kinds/sql-run.js';
import { type StateRemove, stateRemove } from './kinds/state-remove.js';
import { type SystemdReload, systemdReload } from './kinds/systemd-reload.js';
import { type TargetGuard, targetGuard } from './kinds/target-guard.js';
import { type TargetRelease, targetRelease } from './kinds/target-release.js';
import { type TemplateClone, templateClone } from './kinds/template-clone.js';
import { type TimerStart, timerStart } from './kinds/timer-start.js';
import { type UnitDisable, unitDisable } from './kinds/unit-disable.js';
import { type UnitEnable, unitEnable } from './kinds/unit-enable.js';
import { type UnitStart, unitStart } from './kinds/unit-start.js';
import { type UnitStop, unitStop } from './kinds/unit-stop.js';
import { type UnitsStart, unitsStart } from './kinds/units-start.js';
import { type UnitsStop, unitsStop } from './kinds/units-stop.js';
import { type VolumeAttach, volumeAttach } from './kinds/volume-attach.js';
import { type VolumeComplete, volumeComplete } from './kinds/volume-complete.js';
import { type VolumeFurnish, volumeFurnish } from './kinds/volume-furnish.js';
import { type VolumeMounted, volumeMount } from './kinds/volume-mount.js';
import { type VolumeRelease, volumeRelease } from './kinds/volume-release.js';
import { type VolumeTakeUp, volumeTakeUp } from './kinds/volume-take-up.js';
import { type VolumesWrite, volumesWrite } from './kinds/volumes-write.js';
import { type ZvolCreate, zvolCreate } from './kinds/zvol-create.js';

/**
 * One change to the system, as data: what `--dry-run` prints is what apply carries out. Each is safe to repeat
 * after having been interrupted anywhere.
 */
export type Step =
  | AccountCreate
  | ArchiveUnpack
  | BenchStructure
  | CloneAdopt
  | ConfigAside
  | ConfigWrite
  | CopySettle
  | DatabaseInitialise
  | DatasetClone
  | DatasetCreate
  | DatasetDestroy
  | DatasetInherit
  | DatasetMount
  | DatasetPromote
  | DatasetRename
  | DatasetSet
  | DatasetUnmount
  | DeviceWait
  | DeviceWipe
  | DirectoryOpen
  | DirectoryRemove
  | DropBegin
  | ExportClone
  | Ext4Adopt
  | Ext4Grow
  | Ext4Make
  | Ext4Renew
  | FileRemove
  | FilesystemCreate
  | FileWrite
  | FstabAdd
  | FstabOptions
  | FstabRemove
  | GroupCreate
  | HoldsRelease
  | HostRecord
  | ImageCreate
  | ImageExport
  | ImageImport
  | KeyEscrow
  | KeyFetch
  | KeyLoad
  | KeyMake
  | KeysMount
  | KeyChange
  | KeySettle
  | KeyStage
  | KeyUnload
  | KeyCreate
  | LockPermit
  | ModuleLoad
  | MountBind
  | MountpointGuard
  | MountRemove
  | OriginalDrop
  | OwnerChange
  | PackagesInstall
  | PartCreate
  | PartMigrate
  | PartRemove
  | PlaceCreate
  | PoolCreate
  | PoolImport
  | ProgramRun
  | SentinelWrite
  | SnapshotClone
  | SnapshotDestroy
  | SnapshotsMark
  | SnapshotTake
  | SocketStart
  | SqlRun
  | StateRemove
  | SystemdReload
  | TargetGuard
  | TargetRelease
  | TemplateClone
  | TimerStart
  | UnitDisable
  | UnitEnable
  | UnitsStart
  | UnitsStop
  | UnitStart
  | UnitStop
  | VolumeAttach
  | VolumeComplete
  | VolumeFurnish
  | VolumeMounted
  | VolumeRelease
  | VolumeTakeUp
  | VolumesWrite
  | ZvolCreate;

export type StepKind = Step['kind'];

/** Every kind of step. A new one is a file in `kinds/`, its type above and its line here. */
const KINDS: { readonly [K in StepKind]: Kind<Extract<Step, { kind: K }>> } = {
  'account.create': accountCreate,
  'archive.unpack': archiveUnpack,
  'bench.structure': benchStructure,
  'clone.adopt': cloneAdopt,
  'config.aside': configAside,
  'config.write': configWrite,
  'copy.settle': copySettle,
  'database.initialise': databaseInitialise,
  'dataset.clone': datasetClone,
  'dataset.create': datasetCreate,
  'dataset.destroy': datasetDestroy,
  'dataset.inherit': datasetInherit,
  'dataset.mount': datasetMount,
  'dataset.promote': datasetPromote,
  'dataset.rename': datasetRename,
  'dataset.set': datasetSet,
  'dataset.unmount': datasetUnmount,
  'device.wait': deviceWait,
  'device.wipe': deviceWipe,
  'directory.open': directoryOpen,
  'directory.remove': directoryRemove,
  'drop.begin': dropBegin,
  'export.clone': exportClone,
  'ext4.adopt': ext4Adopt,
  'ext4.grow': ext4Grow,
  'ext4.make': ext4Make,
  'ext4.renew': ext4Renew,
  'file.remove': fileRemove,
  'file.write': fileWrite,
  'filesystem.create': filesystemCreate,
  'fstab.add': fstabAdd,
  'fstab.options': fstabOptions,
  'fstab.remove': fstabRemove,
  'group.create': groupCreate,
  'holds.release': holdsRelease,
  'host.record': hostRecord,
  'image.create': imageCreate,
  'image.export': imageExport,
  'image.import': imageImport,
  'key.escrow': keyEscrow,
  'key.fetch': keyFetch,
  'key.load': keyLoad,
  'key.make': keyMake,
  'keys.mount': keysMount,
  'key.change': keyChange,
  'key.settle': keySettle,
  'key.stage': keyStage,
  'key.unload': keyUnload,
  'key.create': keyCreate,
  'lock.permit': lockPermit,
  'module.load': moduleLoad,
  'mount.bind': mountBind,
  'mount.remove': mountRemove,
  'mountpoint.guard': mountpointGuard,
  'original.drop': originalDrop,
  'owner.change': ownerChange,
  'packages.install': packagesInstall,
  'part.create': partCreate,
  'part.migrate': partMigrate,
  'part.remove': partRemove,
  'place.create': placeCreate,
  'pool.create': poolCreate,
  'pool.import': poolImport,
  'program.run': programRun,
  'sentinel.write': sentinelWrite,
  'snapshot.clone': snapshotClone,
  'snapshot.destroy': snapshotDestroy,
  'snapshot.take': snapshotTake,
  'snapshots.mark': snapshotsMark,
  'socket.start': socketStart,
  'sql.run': sqlRun,
  'state.remove': stateRemove,
  'systemd.reload': systemdReload,
  'target.guard': targetGuard,
  'target.release': targetRelease,
  'template.clone': templateClone,
  'timer.start': timerStart,
  'unit.disable': unitDisable,
  'unit.enable': unitEnable,
  'unit.start': unitStart,
  'unit.stop': unitStop,
  'units.start': unitsStart,
  'units.stop': unitsStop,
  'volume.attach': volumeAttach,
  'volume.complete': volumeComplete,
  'volume.furnish': volumeFurnish,
  'volume.mount': volumeMount,
  'volume.release': volumeRelease,
  'volume.take-up': volumeTakeUp,
  'volumes.write': volumesWrite,
  'zvol.create': zvolCreate,
};

/** What belongs to a step. */
export function kindOf<S extends Step>(step: S): Kind<S> {
  // That each kind has its own type the table itself says; TypeScript does not see it through an index.
  return KINDS[step.kind] as unknown as Kind<S>;
}
