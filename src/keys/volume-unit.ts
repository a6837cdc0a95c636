import { join } from 'node:path';
import { type HostFile, UNIT_DIRECTORY } from '../bench/bench.js';
import type { KeySource } from '../config/config.js';
import { credentialName, KEY_MOUNT_UNIT, keyMountText, loadedKeyFile, storedKeyFile } from './place.js';

/**
 * Where the key of an encrypted data volume is kept: by its id, which it has whatever it is called. No bench has a dot in
 * its name, so it is no bench's. Pure.
 */
export function volumeKey(id: string): KeySource {
  return { kind: 'credential', name: `volume.${id}` };
}

/** Loads the keys of all data volumes at boot. */
export const VOLUME_KEYS_UNIT = 'bench-volume-keys.service';

/** Files that a host has which has encrypted data volumes: the same for any of them. Pure. */
export function volumeKeyFiles(): HostFile[] {
  return [
    {
      path: join(UNIT_DIRECTORY, KEY_MOUNT_UNIT),
      content: keyMountText(),
      purpose: 'where keys lie while they are loaded',
    },
    {
      path: join(UNIT_DIRECTORY, VOLUME_KEYS_UNIT),
      content: unitText(),
      purpose: 'the keys of data volumes are loaded before they are mounted',
    },
  ];
}

/** What is in ZFS says which there are, so nothing here has to follow a volume that is renamed, deleted or brought in. */
const SCRIPT = [
  'zfs list -H -t filesystem,volume -o name,encryptionroot,keystatus,bench:id | { code=0;',
  'while read -r name root status id; do',
  'case $name in */_volumes/*) ;; *) continue;; esac;',
  '[ "$name" = "$root" ] && [ "$status" = unavailable ] || continue;',
  'case $id in ""|*[!0-9a-f]*) continue;; esac;',
  `from=${storedKeyFile(volumeKey('$id'))}; key=${loadedKeyFile(volumeKey('$id'))};`,
  `[ -f "$key" ] || systemd-creds decrypt --name=${credentialName('volume.$id')} "$from" "$key" ||`,
  '{ echo "The key of $name is not to be had from $from." >&2; code=1; continue; };',
  'zfs load-key -L "file://$key" "$name" || code=1;',
  'done; exit $code; }',
] as const;

function unitText(): string {
  return `# Written by bench volume create --encrypted.
[Unit]
Description=Keys of encrypted data volumes
Documentation=man:bench(1)
DefaultDependencies=no
Requires=${KEY_MOUNT_UNIT}
After=${KEY_MOUNT_UNIT} zfs-import.target tpm2.target
RequiresMountsFor=${storedKeyFile(volumeKey('any'))} /var/lib/systemd
Before=zfs-mount.service zfs-volume-wait.service

[Service]
Type=oneshot
UMask=0077
ExecStart=/bin/sh -c '${SCRIPT.join(' \\\n').replaceAll('$', '$$$$')}' ${VOLUME_KEYS_UNIT}

[Install]
WantedBy=zfs-mount.service
`;
}
