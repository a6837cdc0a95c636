import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { KeySource } from '../config/config.js';

/** The key as ZFS wants it: that many bytes, no more (zfsprops(7), `keyformat=raw`). */
export const KEY_BYTES = 32;

/**
 * Where a key lies while it is loaded. ZFS forgets it when a clone of the dataset is promoted, as a restore with `--keep`
 * and its undo do: so it has to be at hand. ramfs is in memory and never swapped; it is root's alone, and gone with the
 * power.
 */
export const KEY_DIRECTORY = '/run/bench/keys';

/** One for all benches of the host. */
export const KEY_MOUNT_UNIT = 'run-bench-keys.mount';

export function keyMountText(): string {
  return `# Written by bench init, for benches that are encrypted.
[Unit]
Description=Keys of encrypted benches, in memory that is never swapped
Documentation=man:bench(1)
ConditionPathIsMountPoint=!${KEY_DIRECTORY}

[Mount]
What=ramfs
Where=${KEY_DIRECTORY}
Type=ramfs
Options=mode=0700,nodev,nosuid,noexec
DirectoryMode=0755
`;
}

/** What a key is called where bench has a file of it: the same for a bench and its clones. Pure. */
export function keyId(source: KeySource): string {
  if (source.kind !== 'file') return source.name;
  const digest = createHash('sha256').update(source.path).digest('hex').slice(0, 8);
  return `${basename(source.path).replaceAll(/[^A-Za-z0-9_.]/g, '-')}-${digest}`;
}

/** Where it lies while it is loaded. */
export function loadedKeyFile(source: KeySource): string {
  return join(KEY_DIRECTORY, keyId(source));
}

/** systemd's own place for encrypted credentials (systemd.exec(5), `LoadCredentialEncrypted=`). */
const CREDENTIALS = '/etc/credstore.encrypted';
/** Keys that a passphrase opens, as age writes them. */
const WRAPPED_KEYS = '/etc/bench/keys';

/** The name that is part of the credential, and that nothing else decrypts it under. */
export function credentialName(name: string): string {
  return `bench-key-${name}`;
}

/** Where the key lies for good, in whatever form. Pure. */
export function storedKeyFile(source: KeySource): string {
  switch (source.kind) {
    case 'file':
      return source.path;
    case 'credential':
      return join(CREDENTIALS, credentialName(source.name));
    case 'prompt':
      return join(WRAPPED_KEYS, `${source.name}.age`);
  }
}

/** The key that is to take its place, until ZFS is seen to take it. */
export function pendingKeyFile(source: KeySource): string {
  return `${storedKeyFile(source)}.new`;
}
