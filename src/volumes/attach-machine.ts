import { escapeText } from '../config/findings.js';
import { RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { driveName, machineName } from '../names.js';
import {
  attachmentOf,
  devicePath,
  isBenchAttachment,
  type MachineAttachment,
  mayAttach,
  type Registry,
  readRegistry,
  requireVolume,
  type Volume,
} from '../registry/registry.js';
import { applySteps, type Step } from '../steps/steps.js';
import { type Changed, type ChangeOptions, volumeNow } from './change.js';
import { refuseOpen } from './in-use.js';
import { unlockSteps } from './volume-key.js';
import { type Tool, wordsFor } from './words.js';

export interface MachineRequest {
  /** Name or id. */
  volume: string;
  machine: string;
  /** Undefined: the next one that is free. */
  drive: string | undefined;
  mode: 'rw' | 'ro';
  /** Whose words are wanted. */
  tool: Tool | undefined;
}

/** With what the tool is to be told. */
export interface ChangedWithWords extends Changed {
  words: string | null;
}

/**
 * Records that a machine of another tool's has a block volume.
 * @throws UsageError `machine-invalid`, `drive-invalid`; RefusedError `volume-in-use`, `volume-not-block`, `drive-taken`
 */
export async function attachToMachine(
  host: Runner,
  request: MachineRequest,
  { dryRun, onEvent }: ChangeOptions,
): Promise<ChangedWithWords> {
  const registry = await readRegistry(host);
  const { volume, attachment, steps } = planMachine(registry, request, new Date());
  if (!dryRun) await applySteps(steps, host, onEvent);
  return {
    steps,
    notes: [],
    dryRun,
    volume: await volumeNow(host, volume.dataset),
    words: request.tool === undefined ? null : wordsFor(request.tool, volume, attachment),
  };
}

function refuseNames({ machine, drive }: Pick<MachineRequest, 'machine' | 'drive'>): void {
  const wrong = machineName(machine);
  if (wrong !== undefined)
    throw new UsageError(
      'machine-invalid',
      `The machine ${escapeText(machine)} ${wrong}. Nothing was changed.`,
    );
  const wrongDrive = drive === undefined ? undefined : driveName(drive);
  if (wrongDrive !== undefined)
    throw new UsageError(
      'drive-invalid',
      `The drive ${escapeText(drive ?? '')} ${wrongDrive}. Nothing was changed.`,
    );
}

/** Pure. */
export function planMachine(
  registry: Registry,
  { volume: name, machine, drive, mode }: MachineRequest,
  now: Date,
): { volume: Volume; attachment: MachineAttachment; steps: Step[] } {
  refuseNames({ machine, drive });
  const volume = requireVolume(registry, name);
  if (volume.kind !== 'block') {
    throw new RefusedError(
      'volume-not-block',
      `${volume.name} is a filesystem, which benches take; a machine takes a block volume. Nothing was changed.`,
      {
        suggestions: [
          `bench volume attach ${volume.name} -b BENCH --path PATH`,
          'bench volume create NEW SIZE --type block',
        ],
      },
    );
  }
  const present = attachmentOf(volume, { machine });
  const taken = drivesOf(registry, machine, volume);
  const wanted =
    drive ?? (present !== undefined && !isBenchAttachment(present) ? present.drive : nextDrive(taken));
  const attachment: MachineAttachment = { machine, drive: wanted, mode, since: now.toISOString() };
  const { pool, id } = volume;
  const isNew = mayAttach(volume, attachment);
  const other = taken.get(wanted);
  if (other !== undefined) {
    throw new RefusedError(
      'drive-taken',
      `The machine ${machine} has ${other} as ${wanted} already. Nothing was changed.`,
      { suggestions: [`Leave --drive out: ${nextDrive(taken)} is free.`] },
    );
  }
  const step: Step = { kind: 'volume.attach', pool, id, name: volume.name, attachment, volume };
  const unlock = unlockSteps(registry, volume);
  const device: Step[] =
    unlock.length === 0 ? [] : [{ kind: 'device.wait', device: devicePath(volume.dataset) }];
  return { volume, attachment, steps: [...unlock, ...device, ...(isNew ? [step] : [])] };
}

/** The drives that a machine has, with the volume of each, without this one. */
function drivesOf({ volumes }: Registry, machine: string, except: Volume): Map<string, string> {
  const found = volumes
    .filter(({ id }) => id !== except.id)
    .flatMap((volume) => {
      const attachment = attachmentOf(volume, { machine });
      return attachment === undefined || isBenchAttachment(attachment)
        ? []
        : [[attachment.drive, volume.name] as const];
    });
  return new Map(found);
}

/** `vda` is what a machine starts from. */
function nextDrive(taken: ReadonlyMap<string, string>): string {
  for (const letter of 'bcdefghijklmnopqrstuvwxyz') if (!taken.has(`vd${letter}`)) return `vd${letter}`;
  throw new UsageError(
    'drive-invalid',
    'The machine has all drives to vdz: say which one is meant, with --drive.',
  );
}

/**
 * Records that a machine has a volume no more.
 * @throws UsageError `not-attached`; RefusedError `volume-open` while a process has its device open
 */
export async function detachFromMachine(
  host: Runner,
  name: string,
  machine: string,
  { dryRun, onEvent }: ChangeOptions,
): Promise<Changed> {
  const volume = requireVolume(await readRegistry(host), name);
  const attachment = attachmentOf(volume, { machine });
  if (attachment === undefined || isBenchAttachment(attachment)) {
    throw new UsageError(
      'not-attached',
      `${volume.name} is not attached to the machine ${escapeText(machine)}. Nothing was changed.`,
      { suggestions: [`bench volume show ${volume.name}`] },
    );
  }
  // Of several readers nobody can tell which one has it open.
  if (volume.attachments.length === 1) await refuseOpen(volume, 'detached');
  const { pool, id } = volume;
  const steps: Step[] = [{ kind: 'volume.release', pool, id, name: volume.name, attachment, volume }];
  if (!dryRun) await applySteps(steps, host, onEvent);
  return { steps, notes: [], dryRun, volume: await volumeNow(host, volume.dataset) };
}
