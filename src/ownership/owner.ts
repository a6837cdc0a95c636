import * as z from 'zod/mini';
import { VolumeError } from '../errors.js';

/** Who may run a bench, as it stands in etcd under one key. */
const Owner = z.object({
  version: z.literal(1),
  bench: z.string(),
  /** Which bench of that name: `bench:lineage`. */
  lineage: z.string(),
  /** What the fleet calls the host. */
  host: z.string(),
  epoch: z.int(),
  /** It has stopped the bench, and leaves it to whoever takes it up with this epoch. */
  yielded: z.nullable(z.int()),
  /** When the bench was started, taken up or left for the last time, ISO 8601, UTC. */
  at: z.string(),
});
export type Owner = z.infer<typeof Owner>;

/** Of all benches, or of those of one name: several hosts may have different ones. */
export function ownersPrefix(prefix: string, bench?: string): string {
  return `${prefix}owners/${bench === undefined ? '' : `${bench}/`}`;
}

export function ownerKey(prefix: string, { bench, lineage }: Pick<Owner, 'bench' | 'lineage'>): string {
  return `${ownersPrefix(prefix, bench)}${lineage}`;
}

/** @throws VolumeError `owner-invalid`: what is not understood is never taken for a right */
export function parseOwner(key: string, value: Uint8Array): Owner {
  try {
    return Owner.parse(JSON.parse(Buffer.from(value).toString('utf8')));
  } catch (cause) {
    throw new VolumeError('owner-invalid', `What etcd holds under ${key} is none of this bench's.`, {
      suggestions: ['The same version of bench on all hosts: bench fleet hosts'],
      cause,
    });
  }
}
