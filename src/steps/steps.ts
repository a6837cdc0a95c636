import type { UnboundHostRecord } from '../bench/host-record.js';
import type { Part } from '../bench/layout.js';
import type { ConfigChange } from '../config/edit.js';
import { formatSize } from '../config/size.js';
import { contentsSummary } from '../disks/contents-text.js';
import { type DiskContents, wipeCommands } from '../disks/describe.js';
import { permitUsers } from '../host/acl.js';
import type { Command } from '../host/exec.js';
import { FSTAB } from '../host/fstab.js';
import { FSTAB_CANDIDATE, verifyFstab } from '../host/fstab-verify.js';
import { mountByFstab } from '../host/mounts.js';
import { installPackages } from '../host/packages.js';
import { daemonReload, disableUnit, enableUnit, startUnits, stopUnits } from '../host/systemd.js';
import { loadModule, type ZfsSupport } from '../host/zfs-support.js';
import { initialiseCommand } from '../mariadb/instance.js';
import { createDataset, mountDataset, setProperties } from '../zfs/zfs.js';
import { createPool, importPool, poolGuid } from '../zfs/zpool-commands.js';

/** Owner of a file or directory. */
export interface Owner {
  uid: number;
  gid: number;
}

/**
 * One change to the system, as data: what `--dry-run` prints is what apply carries out. Each is safe to repeat
 * after having been interrupted anywhere.
 */
export type Step =
  | {
      kind: 'packages.install';
      packages: readonly string[];
      /** MariaDB's own default instance comes with them, and must not start. */
      holdBack: boolean;
    }
  | { kind: 'module.load'; support: ZfsSupport }
  | { kind: 'config.write'; file: string; changes: readonly ConfigChange[] }
  | { kind: 'device.wipe'; device: string; contents: DiskContents }
  | { kind: 'image.create'; path: string; sizeBytes: number }
  | {
      kind: 'pool.create';
      pool: string;
      vdev: string;
      backing: 'device' | 'image';
      trim: boolean;
      bench: string;
    }
  | { kind: 'pool.import'; pool: string; guid: string; searchDir: string | undefined }
  | {
      kind: 'dataset.create';
      dataset: string;
      properties: Readonly<Record<string, string>>;
      bench: string;
    }
  | { kind: 'dataset.set'; dataset: string; properties: Readonly<Record<string, string>> }
  | { kind: 'dataset.mount'; dataset: string; mountpoint: string }
  /** `mayNest`: mount points of datasets, which are empty directories, may be in it. */
  | { kind: 'mountpoint.guard'; path: string; mayNest?: boolean }
  | { kind: 'directory.open'; path: string }
  | { kind: 'host.record'; file: string; record: UnboundHostRecord }
  | { kind: 'sentinel.write'; directory: string; bench: string }
  | { kind: 'part.create'; part: Part; owner: Owner; mode: number; bench: string }
  | { kind: 'part.migrate'; part: Part; aside: string; resume: boolean; bench: string }
  | { kind: 'file.remove'; path: string; reason: string }
  | { kind: 'database.initialise'; part: Part; instance: string; owner: Owner; bench: string }
  | { kind: 'file.write'; path: string; content: string; purpose: string }
  | { kind: 'fstab.add'; source: string; target: string }
  | { kind: 'mount.bind'; source: string; target: string }
  | { kind: 'systemd.reload' }
  | { kind: 'unit.disable'; unit: string; reason: string }
  | { kind: 'unit.enable'; unit: string }
  | { kind: 'unit.start'; unit: string; socketPath: string }
  | { kind: 'unit.stop'; unit: string; reason: string }
  | {
      kind: 'units.stop';
      units: readonly string[];
      /** Written to `note`: these, and those that an init before has stopped. */
      stopped: readonly string[];
      note: string;
    }
  | { kind: 'units.start'; units: readonly string[]; note: string }
  | { kind: 'bench.structure'; directory: string; owner: Owner }
  | { kind: 'lock.permit'; file: string; operators: readonly string[] }
  | { kind: 'account.create'; operators: readonly string[]; socketPath: string };

export type StepKind = Step['kind'];

/** The directories of a bench (SPEC section 1). */
export const BENCH_DIRECTORIES = ['apps', 'sites', 'env', 'logs', 'config'] as const;

export const SITE_CONFIG = 'sites/common_site_config.json';

/** One line for the operator. */
export function describe(step: Step): string {
  switch (step.kind) {
    case 'packages.install':
      return `Install ${step.packages.join(', ')}${step.holdBack ? ', without starting the default instance' : ''}`;
    case 'module.load':
      return 'Load the ZFS kernel module';
    case 'config.write':
      return `Record in ${step.file}: ${step.changes.map((c) => `${c.key} = ${String(c.value)}`).join(', ')}`;
    case 'device.wipe':
      return `Clear ${step.device} for good: ${contentsSummary(step.contents)}`;
    case 'image.create':
      return `Preallocate the image ${step.path} (${formatSize(step.sizeBytes)})`;
    case 'pool.create':
      return `Create pool ${step.pool} on ${step.vdev}`;
    case 'pool.import':
      return `Import pool ${step.pool}`;
    case 'dataset.create':
      return `Create dataset ${step.dataset}`;
    case 'dataset.set':
      return `Set ${Object.entries(step.properties)
        .map(([k, v]) => `${k}=${v}`)
        .join(' ')} on ${step.dataset}`;
    case 'dataset.mount':
      return `Mount ${step.dataset} at ${step.mountpoint}`;
    case 'mountpoint.guard':
      return `Keep ${step.path} empty and immutable while nothing is mounted there`;
    case 'directory.open':
      return `Allow a mount point in ${step.path}, where the pool itself is not mounted`;
    case 'host.record':
      return `Record outside the dataset what is needed to mend it: ${step.file}`;
    case 'sentinel.write':
      return `Write the sentinel of ${step.directory}`;
    case 'part.create':
      return `Create ${step.part.source}`;
    case 'part.migrate':
      return `Bring ${step.part.target} into the dataset; the original stays as ${step.aside}`;
    case 'file.remove':
      return `Remove ${step.path} (${step.reason})`;
    case 'database.initialise':
      return `Initialise MariaDB's system tables for instance ${step.instance}`;
    case 'file.write':
      return `Write ${step.path} (${step.purpose})`;
    case 'fstab.add':
      return `Add ${step.target} to /etc/fstab`;
    case 'mount.bind':
      return `Mount ${step.source} at ${step.target}`;
    case 'systemd.reload':
      return 'Reload systemd';
    case 'unit.disable':
      return `Disable ${step.unit} (${step.reason})`;
    case 'unit.enable':
      return `Start ${step.unit} at boot`;
    case 'unit.start':
      return `Start ${step.unit} and wait until it answers`;
    case 'unit.stop':
      return `Stop ${step.unit} (${step.reason})`;
    case 'units.stop':
      return `Stop ${step.units.join(', ')} (files of the bench are about to be copied)`;
    case 'units.start':
      return `Start ${step.units.join(', ')}`;
    case 'bench.structure':
      return `Create the directories of the bench in ${step.directory}`;
    case 'lock.permit':
      return `Let only ${['root', ...step.operators].join(', ')} take the lock ${step.file}`;
    case 'account.create':
      return `Create the MariaDB account of ${step.operators.join(', ')} (by unix_socket, with RELOAD and PROCESS)`;
  }
}

/** The processes of a step, in order; empty where bench itself reads and writes files. Apply starts exactly these. */
export function commandsFor(step: Step): Command[] {
  switch (step.kind) {
    case 'packages.install':
      return installPackages(step.packages);
    case 'module.load':
      return [loadModule()];
    case 'device.wipe':
      return wipeCommands(step.contents);
    case 'image.create':
      return [
        {
          argv: ['fallocate', '--length', String(step.sizeBytes), unfinishedImage(step.path)],
          privileged: true,
        },
      ];
    case 'pool.create':
      return [createPool(step)];
    case 'host.record':
      return [poolGuid(step.record.pool.name)];
    case 'pool.import':
      return [importPool(step)];
    case 'dataset.create':
      return [createDataset(step.dataset, step.properties)];
    case 'dataset.set':
      return [setProperties(step.dataset, step.properties)];
    case 'dataset.mount':
      return [mountDataset(step.dataset)];
    case 'mountpoint.guard':
      return [{ argv: ['chattr', '+i', step.path], privileged: true }];
    case 'directory.open':
      return [{ argv: ['chattr', '-i', step.path], privileged: true }];
    case 'part.migrate':
      return [
        ...(step.resume ? [] : [copyTree(step.part.target, step.part.staging)]),
        copyTree(step.aside, step.part.staging),
        compareTrees(step.aside, step.part.staging),
        syncFilesystem(step.part.staging),
      ];
    case 'database.initialise':
      return [
        initialiseCommand({ dataDir: step.part.staging, instance: step.instance }),
        syncFilesystem(step.part.staging),
      ];
    case 'mount.bind':
      return [mountByFstab(step.target)];
    case 'systemd.reload':
      return [daemonReload()];
    case 'unit.disable':
      return [disableUnit(step.unit)];
    case 'unit.enable':
      return [enableUnit(step.unit)];
    case 'unit.start':
      return [startUnits([step.unit])];
    case 'fstab.add':
      return [verifyFstab(FSTAB), verifyFstab(FSTAB_CANDIDATE)];
    case 'units.stop':
      return [stopUnits(step.units)];
    case 'units.start':
      return [startUnits(step.units)];
    case 'unit.stop':
      return [stopUnits([step.unit])];
    case 'lock.permit':
      return [permitUsers(step.file, step.operators)];
    default:
      return [];
  }
}

/** Where an image is preallocated until it is whole. */
export function unfinishedImage(path: string): string {
  return `${path}.unfinished`;
}

/** Everything that rsync can keep: hard links, ACLs, extended attributes, holes, owners by number (rsync(1)). */
const COPY_FLAGS = ['-aHAXS', '--numeric-ids', '--delete'] as const;
/** Hours: a datadir may be large. */
const COPY_TIMEOUT_MS = 24 * 3_600_000;

function copyTree(from: string, to: string): Command {
  return {
    argv: ['rsync', ...COPY_FLAGS, '--info=progress2', '--', `${from}/`, `${to}/`],
    privileged: true,
    timeoutMs: COPY_TIMEOUT_MS,
  };
}

/** Prints one line for each difference in content (by checksum) or metadata; nothing where the trees are the same. */
function compareTrees(from: string, to: string): Command {
  return {
    argv: [
      'rsync',
      ...COPY_FLAGS,
      '--dry-run',
      '--checksum',
      '--itemize-changes',
      '--',
      `${from}/`,
      `${to}/`,
    ],
    privileged: true,
    timeoutMs: COPY_TIMEOUT_MS,
  };
}

function syncFilesystem(path: string): Command {
  return { argv: ['sync', '--file-system', path], privileged: true, timeoutMs: COPY_TIMEOUT_MS };
}
