import type { Command } from '../host/exec.js';
import { propertyArguments } from './dataset-commands.js';

/** A stream takes as long as it is long: three weeks is what a timer of Node's can count. */
const STREAM_MS = 21 * 24 * 60 * 60_000;

/** Large blocks, embedded data and compressed blocks go as they are on the disk (zfs-send(8)). */
export const SEND_FLAGS = ['-L', '-e', '-c'] as const;

/** As an encrypted dataset lies on the disks: that brings large blocks, embedded data and compression along (zfs-send(8)). */
export const RAW_FLAGS = ['-w'] as const;

export interface SendOptions {
  flags: readonly string[];
  /** `<dataset>@<tag>` of the snapshot that the receiver has already. */
  base?: string | undefined;
}

/** A snapshot, or what has changed since another one, as a stream on standard output. */
export function sendSnapshot(snapshot: string, { flags, base }: SendOptions): Command {
  const argv = ['zfs', 'send', ...flags, ...(base === undefined ? [] : ['-i', base]), snapshot] as const;
  return { argv: [...argv], privileged: true, timeoutMs: STREAM_MS };
}

/** How many bytes that would be, as far as ZFS can tell before: see {@link parseSendSize}. */
export function sendSize(snapshot: string, { flags, base }: SendOptions): Command {
  const argv = [
    'zfs',
    'send',
    '-n',
    '-P',
    ...flags,
    ...(base === undefined ? [] : ['-i', base]),
    snapshot,
  ] as const;
  return { argv: [...argv], privileged: true };
}

/** `zfs send -nP` ends with a line `size<tab>bytes`. Pure. */
export function parseSendSize(stdout: string): number {
  return Number(/^size\t(\d+)$/m.exec(stdout)?.[1] ?? 0);
}

/** A stream into a dataset, which is not mounted; properties are only given to one that it makes (zfs-receive(8)). */
export function receiveStream(dataset: string, properties: Readonly<Record<string, string>> = {}): Command {
  const argv = ['zfs', 'receive', '-u', ...propertyArguments(properties), dataset] as const;
  return { argv: [...argv], privileged: true, timeoutMs: STREAM_MS };
}

/** Nothing destroys a snapshot with a hold (zfs-hold(8)). */
export function holdSnapshot(hold: string, snapshot: string): Command {
  return { argv: ['zfs', 'hold', hold, snapshot], privileged: true };
}

export function releaseSnapshot(hold: string, snapshot: string): Command {
  return { argv: ['zfs', 'release', hold, snapshot], privileged: true };
}
