import type { OffsiteConfig } from '../config/config.js';
import { VolumeError } from '../errors.js';
import type { Copies } from './copies.js';
import type { OffsiteRecord } from './record.js';

/**
 * The id of the copy that this host has made last and that the store does not show any more: it was lost, or deleted by
 * somebody else, or a listing is late. Pure.
 */
export function vanishedCopy(
  { copy }: OffsiteRecord,
  { url }: Pick<OffsiteConfig, 'url'>,
  { copies, damaged }: Copies,
): string | undefined {
  if (copy === null || copy.url !== url) return undefined;
  return [...copies, ...damaged].some(({ id }) => id === copy.id) ? undefined : copy.id;
}

/** @throws VolumeError `copy-vanished` */
export function refuseVanished(record: OffsiteRecord, offsite: OffsiteConfig, copies: Copies): void {
  const id = vanishedCopy(record, offsite, copies);
  if (id === undefined) return;
  throw new VolumeError(
    'copy-vanished',
    `${offsite.url} does not show the last copy that was made from here, ${id}. Nothing was changed.`,
    {
      suggestions: [
        'Somebody has deleted it, or the store has lost it, or its listing is late: bench offsite list',
        'The next push makes a copy that does not need it: bench offsite push',
      ],
    },
  );
}
