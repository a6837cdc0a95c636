import { volumeDataset } from '../bench/bench.js';
import { RefusedError, UsageError } from '../errors.js';
import type { Command, Runner } from '../host/exec.js';
import { setProperties } from '../zfs/zfs.js';
import { withPoolLock } from './lock.js';
import { attachmentProperties, historyProperty } from './properties.js';
import { readRegistry, readVolume } from './read.js';
import { attachmentOf, detachCommand, refuseInUse, refuseUnusable } from './rules.js';
import { type Attachment, describeAttachment, isBenchAttachment, type Volume } from './volume.js';

/** Somebody who is to have a volume, or has it. */
export interface NewAttachment {
  pool: string;
  /** Of the volume, for people; what counts is its id. */
  name: string;
  id: string;
  attachment: Attachment;
}

/**
 * Whether a volume can be attached so; nothing is recorded.
 * @returns false where it is so already
 * @throws RefusedError `volume-in-use`, `volume-attached-otherwise`, and those of {@link refuseUnusable}
 */
export function mayAttach(volume: Volume, attachment: Attachment): boolean {
  refuseUnusable(volume);
  const present = attachmentOf(volume, attachment);
  if (present === undefined) {
    refuseInUse(volume, attachment);
    return true;
  }
  if (isSame(present, attachment)) return false;
  throw new RefusedError(
    'volume-attached-otherwise',
    `${volume.name} is attached to ${describeAttachment(present)}, and not as ${describeAttachment(attachment)}. Nothing was changed.`,
    { suggestions: [detachCommand(volume.name, present), 'Then attach it as it is wanted.'] },
  );
}

/** When it was made does not count. */
function isSame(one: Attachment, other: Attachment): boolean {
  if (isBenchAttachment(one) !== isBenchAttachment(other) || one.mode !== other.mode) return false;
  return isBenchAttachment(one)
    ? isBenchAttachment(other) && one.path === other.path
    : !isBenchAttachment(other) && one.drive === other.drive;
}

/** Records an attachment: the check and the record are one under the lock of the pool. */
export async function attach(runner: Runner, { pool, id, name, attachment }: NewAttachment): Promise<void> {
  await withPoolLock(pool, runner, `attaching ${name}`, async (held) => {
    const volume = await requireById(held, pool, id, name);
    if (mayAttach(volume, attachment)) await held.run(recordAttached(volume, attachment));
  });
}

/** Records the end of an attachment; nothing where there is none. */
export async function release(runner: Runner, { pool, id, name, attachment }: NewAttachment): Promise<void> {
  await withPoolLock(pool, runner, `detaching ${name}`, async (held) => {
    const volume = await requireById(held, pool, id, name);
    const command = recordReleased(volume, attachment, new Date());
    if (command !== undefined) await held.run(command);
  });
}

export function recordAttached(
  { dataset, attachments }: Pick<Volume, 'dataset' | 'attachments'>,
  attachment: Attachment,
): Command {
  return setProperties(dataset, attachmentProperties([...attachments, attachment]));
}

/** Both properties by one `zfs set`; undefined where there is nothing to record. */
export function recordReleased(
  { dataset, attachments, history }: Pick<Volume, 'dataset' | 'attachments' | 'history'>,
  attachment: Attachment,
  now: Date,
): Command | undefined {
  const present = attachmentOf({ attachments }, attachment);
  if (present === undefined) return undefined;
  return setProperties(dataset, {
    ...attachmentProperties(attachments.filter((each) => each !== present)),
    ...historyProperty([{ ...present, until: now.toISOString() }, ...history]),
  });
}

/** By its id, which it keeps where it was renamed meanwhile: then all of them are looked through. */
async function requireById(runner: Runner, pool: string, id: string, name: string): Promise<Volume> {
  const named = await readVolume(runner, volumeDataset(pool, name));
  if (named?.id === id) return named;
  const { volumes } = await readRegistry(runner, [pool]);
  const volume = volumes.find((each) => each.role === 'data' && each.id === id);
  if (volume !== undefined) return volume;
  throw new UsageError('volume-missing', `The volume ${name} has gone meanwhile. Nothing was changed.`, {
    suggestions: ['bench volume list'],
  });
}
