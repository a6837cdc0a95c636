import { RefusedError } from '../errors.js';
import { ATTACHMENT_MARKS } from './properties.js';
import {
  type AttachMode,
  type Attachment,
  describeAttachment,
  isBenchAttachment,
  type Volume,
} from './volume.js';

/** Who wants a volume, and how. */
export type Wanted = { mode: AttachMode } & ({ bench: string } | { machine: string });

/**
 * One writer, or any number of readers, and nothing else, whoever asks (SPEC section 12). A private copy reads the
 * volume that it is made of. Only a filesystem made with `--shared` may have several writers. Pure: to be asked under
 * the lock of the pool under which the answer is recorded.
 * @throws RefusedError `volume-in-use` that names who has it
 */
export function refuseInUse(volume: Pick<Volume, 'name' | 'shared' | 'attachments'>, wanted: Wanted): void {
  if (volume.shared) return;
  const inTheWay = volume.attachments.filter((other) => wanted.mode === 'rw' || other.mode === 'rw');
  if (inTheWay.length === 0) return;
  const who = inTheWay.map(describeAttachment).join(', ');
  throw new RefusedError(
    'volume-in-use',
    `${volume.name} is attached to ${who}: a volume has one writer or any number of readers. Nothing was changed.`,
    {
      suggestions: [
        ...inTheWay.slice(0, 3).map((other) => detachCommand(volume.name, other)),
        `Or a writable copy of its own: bench volume create NEW --from ${volume.name}`,
      ],
    },
  );
}

/**
 * What a volume has to be before anything new is done with it.
 * @throws RefusedError `volume-incomplete`, `volume-damaged`
 */
export function refuseUnusable(volume: Volume): void {
  refuseDamaged(volume, volume.damaged);
  if (volume.state === 'whole') return;
  throw new RefusedError(
    'volume-incomplete',
    volume.state === 'deleting'
      ? `${volume.name} is being deleted, which did not come to its end. Nothing was changed.`
      : `${volume.name} is not complete: what made it was cut off. Nothing was changed.`,
    { suggestions: [`bench volume repair ${volume.name}`] },
  );
}

function refuseDamaged({ dataset }: Pick<Volume, 'dataset'>, damaged: readonly string[]): void {
  if (damaged.length === 0) return;
  throw new RefusedError(
    'volume-damaged',
    `${dataset} has properties that bench cannot read: ${damaged.join(', ')}. Nothing was changed.`,
    {
      suggestions: [
        `zfs get -s local,received all ${dataset}`,
        'Written by a newer bench? Then use that one.',
        ...damaged.map((mark) => `Only if it is of no use to anybody: zfs inherit ${mark} ${dataset}`),
      ],
    },
  );
}

/**
 * Attachments that cannot be read are some, whoever has them: what else is damaged is no matter here.
 * @throws RefusedError `volume-attached` that names who has it, `volume-damaged`
 */
export function refuseAttached(
  volume: Pick<Volume, 'name' | 'dataset' | 'attachments' | 'damaged'>,
  what: string,
): void {
  refuseDamaged(
    volume,
    volume.damaged.filter((mark) => ATTACHMENT_MARKS.some((each) => each === mark)),
  );
  if (volume.attachments.length === 0) return;
  throw new RefusedError(
    'volume-attached',
    `${volume.name} cannot be ${what} while it is attached to ${volume.attachments.map(describeAttachment).join(', ')}. Nothing was changed.`,
    { suggestions: volume.attachments.slice(0, 3).map((each) => detachCommand(volume.name, each)) },
  );
}

export function detachCommand(name: string, attachment: Attachment): string {
  return isBenchAttachment(attachment)
    ? `bench volume detach ${name} -b ${attachment.bench}`
    : `bench volume detach ${name} --machine ${attachment.machine}`;
}

/** The attachment to the same bench or machine, if it has one: each of them has a volume once. */
export function attachmentOf(
  { attachments }: Pick<Volume, 'attachments'>,
  who: { bench: string } | { machine: string },
): Attachment | undefined {
  return attachments.find((each) =>
    'bench' in who
      ? isBenchAttachment(each) && each.bench === who.bench
      : !isBenchAttachment(each) && each.machine === who.machine,
  );
}
