import { join } from 'node:path';
import { HOLD as HOLDS, MARK } from '../zfs/zfs.js';

/** Version of what two hosts say to each other. */
export const PROTOCOL = '1';

/** Of the snapshots that a copy which is not whole yet needs, and on the other side of the newest one. */
export const HOLD = HOLDS.replicate;

/** Before the tag: the place of a snapshot that the other side has, which outlives it. */
export const BOOKMARK = 'bench-replicate-';

/** Where the copies of other hosts lie in a pool. Nothing there is ever mounted. */
export const COPIES = '_copies';

/** On a copy: the bench that is in it, and the host that sends it, as this one calls it. */
export const COPY_MARK = {
  of: MARK.copyOf,
  from: 'bench:copy-from',
  /** On the copy of a root volume: the members of the last moment that was told to be whole, with commas between. */
  members: 'bench:copy-members',
  /** On the copy of a volume: its quota in bytes. */
  quota: 'bench:copy-quota',
} as const;

/** The member of a bench that is its root volume; no volume is called so. */
export const ROOT = '.';

/** This host's own key, and the keys of those that it talks to. */
export const DIRECTORY = '/etc/bench/replicate';
export const KEY = join(DIRECTORY, 'key');
export const KNOWN_HOSTS = join(DIRECTORY, 'known_hosts');

/** Where the copy of a member lies. No bench and no volume has a dot in its name. */
export function copyDataset(target: string, bench: string, member: string): string {
  return `${target}/${bench}${member === ROOT ? '' : `.${member}`}`;
}

/** Of which bench and member a dataset below the target is a copy, by its name; undefined for what is none. */
export function memberOf(target: string, bench: string, dataset: string): string | undefined {
  if (dataset === `${target}/${bench}`) return ROOT;
  const prefix = `${target}/${bench}.`;
  return dataset.startsWith(prefix) ? dataset.slice(prefix.length) : undefined;
}

/** The name of a host as its key is known by, without a user. */
export function hostOf(to: string): string {
  return to.slice(to.indexOf('@') + 1);
}
