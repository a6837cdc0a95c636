import type { Command, Runner } from '../host/exec.js';
import { propertyArguments } from './dataset-commands.js';
import { zfsList } from './list.js';
import { bytes, rows } from './rows.js';

/** A stream may be on its way for days; what hangs is seen by the connection and not by a clock. */
export const STREAM_MS = 7 * 24 * 60 * 60_000;

/** Goes on with a stream that was cut off. Only with a token that {@link tokenContents} has judged. */
export function resumeSend(token: string): Command {
  return { argv: ['zfs', 'send', '-t', token], privileged: true, timeoutMs: STREAM_MS };
}

/** What the rest of a stream is, as this side reads it from the token of the other one. Numbers are decimal texts. */
export interface TokenContents {
  /** Of the snapshot that it makes whole. */
  toGuid: string;
  /** `<dataset>@<tag>` as it was called when it was first sent. */
  toName: string;
  /** Of what it goes on from; undefined for everything. */
  fromGuid: string | undefined;
}

/**
 * Has ZFS say what is in a token: the other side has made it, and `zfs send -t` would send whatever it names
 * (openzfs#14153). Changes nothing.
 * @returns undefined where it cannot be sent: its snapshot is gone, or it is none
 */
export async function tokenContents(runner: Runner, token: string): Promise<TokenContents | undefined> {
  const result = await runner.run({
    argv: ['zfs', 'send', '-n', '-v', '-t', token],
    privileged: true,
    okExitCodes: [0, 1, 2, 255],
  });
  return result.exitCode === 0 ? parseToken(`${result.stdout}\n${result.stderr}`) : undefined;
}

/** Lines `name = value`, numbers in hexadecimal. */
export function parseToken(text: string): TokenContents | undefined {
  const field = (name: string) => new RegExp(`^\\s*${name} = (\\S+)$`, 'm').exec(text)?.[1];
  const guid = (name: string) => {
    const value = field(name);
    return value !== undefined && /^0x[0-9a-f]+$/.test(value) ? BigInt(value).toString() : undefined;
  };
  const [toGuid, toName] = [guid('toguid'), field('toname')];
  if (toGuid === undefined || toName === undefined) return undefined;
  return { toGuid, toName, fromGuid: guid('fromguid') };
}

/**
 * Takes a stream from a descriptor; what comes of one that is cut off stays, to be gone on from (`-s`). Never `-F`: what
 * is not as it was left is not rolled back. Not mounted.
 */
export function receiveResumable(
  dataset: string,
  properties: Readonly<Record<string, string>>,
  inputFd: number,
): Command {
  const argv = ['zfs', 'receive', '-s', '-u', ...propertyArguments(properties), dataset] as const;
  return { argv: [...argv], privileged: true, timeoutMs: STREAM_MS, inputFd };
}

/** Gives up what a stream that was cut off has left, and only that. */
export function abortReceive(dataset: string): Command {
  return { argv: ['zfs', 'receive', '-A', dataset], privileged: true };
}

/** All in one transaction; fails where one has this hold already. */
export function holdSnapshots(tag: string, snapshots: readonly string[]): Command {
  return { argv: ['zfs', 'hold', tag, ...snapshots], privileged: true };
}

export function releaseSnapshots(tag: string, snapshots: readonly string[]): Command {
  return { argv: ['zfs', 'release', tag, ...snapshots], privileged: true };
}

/** Which of these snapshots carry a hold of this name. One process; none for no snapshots. */
export async function heldSnapshots(
  runner: Runner,
  tag: string,
  snapshots: readonly string[],
): Promise<string[]> {
  if (snapshots.length === 0) return [];
  const { stdout } = await runner.run({ argv: ['zfs', 'holds', '-H', '-p', ...snapshots] });
  return rows(stdout, ['name', 'tag', 'timestamp'] as const, 'zfs holds')
    .filter(([, name]) => name === tag)
    .map(([snapshot]) => snapshot);
}

/** A snapshot's place in time, which stays when the snapshot goes and can be sent from (zfs-bookmark(8)). */
export interface Bookmark {
  /** Behind the `#`. */
  name: string;
  /** Of the snapshot that it was made of. */
  guid: string;
  createTxg: number;
}

export function listBookmarks(runner: Runner, dataset: string): Promise<Bookmark[]> {
  const columns = ['name', 'guid', 'createtxg'] as const;
  return zfsList(runner, ['-t', 'bookmark', '-d', '1', '-o', columns.join(','), dataset], (stdout) =>
    rows(stdout, columns, 'zfs list -t bookmark')
      .filter(([name]) => name.startsWith(`${dataset}#`))
      .map(([name, guid, createTxg]) => ({
        name: name.slice(dataset.length + 1),
        guid,
        createTxg: bytes(createTxg),
      })),
  );
}

export function makeBookmark(snapshot: string, bookmark: string): Command {
  return { argv: ['zfs', 'bookmark', snapshot, bookmark], privileged: true };
}

export function destroyBookmark(bookmark: string): Command {
  return { argv: ['zfs', 'destroy', bookmark], privileged: true };
}
