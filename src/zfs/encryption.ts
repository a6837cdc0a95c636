import type { Command, Runner } from '../host/exec.js';
import { optional, rows } from './rows.js';
import { RAW_FLAGS, SEND_FLAGS } from './send-commands.js';

/** User properties of an encrypted bench, and of everything that shares its key. */
export const KEY_MARK = {
  /** Which key opens it: the fingerprint, which says nothing about the key. */
  key: 'bench:key',
  /** When, to whom and of which key a copy was put away, percent-encoded; `none` where nobody wanted one. */
  escrow: 'bench:escrow',
} as const;

/** What ZFS knows of the encryption of a dataset. */
export interface Encryption {
  dataset: string;
  /** The dataset that the key belongs to: itself, or the one that it was cloned from (zfsprops(7), `encryptionroot`). */
  root: string;
  isLoaded: boolean;
  /** `file:///…`; `none` for what is not its own root. */
  location: string;
  isMounted: boolean;
  /** The values of {@link KEY_MARK}. */
  key: string | undefined;
  escrow: string | undefined;
}

const COLUMNS = [
  'name',
  'encryptionroot',
  'keystatus',
  'keylocation',
  'mounted',
  KEY_MARK.key,
  KEY_MARK.escrow,
] as const;

/** Of every encrypted filesystem and zvol of a pool, by one process. */
export async function listEncryption(runner: Runner, pool: string): Promise<Encryption[]> {
  const { stdout } = await runner.run({
    argv: ['zfs', 'list', '-H', '-p', '-r', '-t', 'filesystem,volume', '-o', COLUMNS.join(','), pool],
  });
  return parseEncryption(stdout);
}

/** What {@link listEncryption} asks for; what is not encrypted is left out. */
export function parseEncryption(stdout: string): Encryption[] {
  return rows(stdout, COLUMNS, 'zfs list').flatMap(
    ([dataset, root, status, location, mounted, key, escrow]) =>
      optional(root) === undefined
        ? []
        : [
            {
              dataset,
              root,
              isLoaded: status === 'available',
              location,
              isMounted: mounted === 'yes',
              key: optional(key),
              escrow: optional(escrow),
            },
          ],
  );
}

/**
 * How a dataset has to be sent. One that is encrypted only raw (`zfs send -w`): what leaves the host stays encrypted, and
 * its key is not asked for. Streams of both kinds must never be mixed on one target: OpenZFS cannot receive a raw
 * increment onto what came otherwise (zfs-send(8), `--raw`), and has damaged such targets (openzfs#12594). Pure.
 */
export function sendMode(encryptionRoot: string | undefined): {
  isEncrypted: boolean;
  flags: readonly string[];
} {
  const isEncrypted = encryptionRoot !== undefined;
  return { isEncrypted, flags: isEncrypted ? RAW_FLAGS : SEND_FLAGS };
}

/** What makes a new dataset its own encryption root. The key has to lie in the file already. */
export function encryptionProperties(keyFile: string): Record<string, string> {
  return { encryption: 'aes-256-gcm', keyformat: 'raw', keylocation: `file://${keyFile}` };
}

/** Loads the key of an encryption root; fails where it is loaded already. */
export function loadKey(root: string, keyFile: string): Command {
  return { argv: ['zfs', 'load-key', '-L', `file://${keyFile}`, root], privileged: true };
}

/** Whether the key in a file is that of an encryption root, loaded or not. Anything but 0 is no. */
export function testKey(root: string, keyFile: string): Command {
  return {
    argv: ['zfs', 'load-key', '-n', '-L', `file://${keyFile}`, root],
    privileged: true,
    okExitCodes: [0, 1, 255],
  };
}

/** Refused by ZFS while anything of the root is mounted. */
export function unloadKey(root: string): Command {
  return { argv: ['zfs', 'unload-key', root], privileged: true };
}

/** Wraps the data's own key anew, with the key that lies at its `keylocation` now; the old one opens it no longer. */
export function changeKey(root: string): Command {
  return { argv: ['zfs', 'change-key', root], privileged: true };
}
