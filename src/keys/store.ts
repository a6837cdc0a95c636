import { readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { KeySource } from '../config/config.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { exists } from '../host/files.js';
import { open, sealFor } from './age.js';
import { refuseInPool } from './escrow.js';
import {
  fingerprint,
  makeOwnDirectory,
  readRawKey,
  requireKey,
  syncDirectory,
  writeWhole,
} from './material.js';
import { credentialName, KEY_DIRECTORY, pendingKeyFile, storedKeyFile } from './place.js';
import type { Secret } from './secret.js';

export interface StoreOptions {
  runner: Runner;
  /** Of a key that is wrapped in one. */
  passphrase?: Secret | undefined;
  /** The key that is to take the place of the one in force. */
  pending?: boolean;
}

export function hasStoredKey(source: KeySource, pending = false): Promise<boolean> {
  return exists(fileOf(source, pending));
}

function fileOf(source: KeySource, pending = false): string {
  return pending ? pendingKeyFile(source) : storedKeyFile(source);
}

/**
 * The key from where it lies for good.
 * @throws RefusedError `key-missing`, `key-invalid`, `key-exposed`, `passphrase-needed`; BenchError `key-not-opened`
 */
export async function readStoredKey(source: KeySource, options: StoreOptions): Promise<Uint8Array> {
  const { runner, passphrase, pending } = options;
  const file = fileOf(source, pending);
  if (source.kind === 'file') return readRawKey(file);
  if (!(await exists(file))) {
    throw new RefusedError('key-missing', `The key is not there: ${file}. Nothing was changed.`, {
      suggestions: ['Bring it back from an export: bench key load --file EXPORT'],
    });
  }
  if (source.kind === 'prompt') {
    const key = await open(
      { kind: 'passphrase', passphrase: requirePassphrase(passphrase) },
      await readFile(file),
    );
    requireKey(key, file);
    return key;
  }
  return decryptCredential(source.name, file, runner);
}

/** By a file in memory, because a key is not text, which is all that bench reads of a process. */
async function decryptCredential(name: string, file: string, runner: Runner): Promise<Uint8Array> {
  const out = `${KEY_DIRECTORY}/.credential.${process.pid}`;
  await rm(out, { force: true });
  try {
    await runner.run({
      argv: ['systemd-creds', 'decrypt', `--name=${credentialName(name)}`, file, out],
      privileged: true,
    });
    const key = await readFile(out);
    requireKey(key, file);
    return key;
  } finally {
    await rm(out, { force: true });
  }
}

/**
 * Puts a key where it lies for good, whole or not at all, and reads it again from there.
 * @throws RefusedError `key-directory-missing`, `key-in-pool`, `passphrase-needed`
 */
export async function writeStoredKey(
  source: KeySource,
  key: Uint8Array,
  options: StoreOptions,
): Promise<void> {
  const { runner, passphrase, pending } = options;
  const file = fileOf(source, pending);
  switch (source.kind) {
    case 'file':
      await refuseKeyPlace(source.path);
      await writeWhole(file, key);
      break;
    case 'prompt': {
      const sealed = await sealFor({ kind: 'passphrase', passphrase: requirePassphrase(passphrase) }, key);
      await makeOwnDirectory(dirname(file));
      await writeWhole(file, sealed);
      break;
    }
    case 'credential':
      await makeOwnDirectory(dirname(file));
      await encryptCredential(source.name, key, file, runner);
  }
  const again = await readStoredKey(source, options);
  if (fingerprint(again) !== fingerprint(key)) throw new Error(`${file} is not what was written to it`);
}

/** With the TPM where there is one, and the key of the host (systemd-creds(1), `--with-key=auto`). */
async function encryptCredential(name: string, key: Uint8Array, file: string, runner: Runner): Promise<void> {
  const plain = `${KEY_DIRECTORY}/.credential.${process.pid}`;
  const sealed = `${KEY_DIRECTORY}/.sealed.${process.pid}`;
  try {
    await writeWhole(plain, key);
    await rm(sealed, { force: true });
    await runner.run({
      argv: ['systemd-creds', 'encrypt', `--name=${credentialName(name)}`, plain, sealed],
      privileged: true,
    });
    // Its own write is not whole or nothing.
    await writeWhole(file, await readFile(sealed));
  } finally {
    await rm(plain, { force: true });
    await rm(sealed, { force: true });
  }
}

/** What was seen to open the dataset takes the place of the one before. */
export async function commitPendingKey(source: KeySource): Promise<void> {
  await rename(pendingKeyFile(source), storedKeyFile(source));
  await syncDirectory(storedKeyFile(source));
}

/**
 * Whether the file of a key may be made there.
 * @throws RefusedError `key-directory-missing`, `key-in-pool`
 */
export async function refuseKeyPlace(path: string): Promise<void> {
  if (!(await exists(dirname(path)))) {
    throw new RefusedError(
      'key-directory-missing',
      `There is no directory ${dirname(path)}: is what the key lies on mounted? Nothing was changed.`,
      {
        suggestions: [
          `findmnt --target ${dirname(path)}`,
          `mkdir -p ${dirname(path)}, where it is meant to be on this disk`,
        ],
      },
    );
  }
  await refuseInPool(path, 'A key');
}

function requirePassphrase(passphrase: Secret | undefined): Secret {
  if (passphrase !== undefined) return passphrase;
  throw new RefusedError(
    'passphrase-needed',
    'The key is wrapped in a passphrase, and there is no terminal to ask for it. Nothing was changed.',
    { suggestions: ['Run it on a terminal.', 'Or name a file that holds it: --passphrase-file FILE'] },
  );
}
