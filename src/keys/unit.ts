import { join } from 'node:path';
import { type HostFile, mountUnit, UNIT_DIRECTORY } from '../bench/bench.js';
import type { BenchConfig, KeySource } from '../config/config.js';
import { escapeInstance } from '../mariadb/mariadb.js';
import {
  credentialName,
  KEY_MOUNT_UNIT,
  keyMountText,
  loadedKeyFile,
  pendingKeyFile,
  storedKeyFile,
} from './place.js';

/** The unit that loads the key of a bench at boot. A bench's name needs no escape in it. */
export function keyUnit(bench: string): string {
  return `bench-key-${bench}.service`;
}

/** Files of an encrypted bench on the host; none of one that is not. Pure. */
export function keyFiles({ name, volume }: BenchConfig): HostFile[] {
  const { key } = volume;
  if (key === undefined) return [];
  return [
    {
      path: join(UNIT_DIRECTORY, KEY_MOUNT_UNIT),
      content: keyMountText(),
      purpose: 'where keys lie while they are loaded',
    },
    {
      path: join(UNIT_DIRECTORY, keyUnit(name)),
      content: keyUnitText(name, { ...volume, key }),
      purpose: 'the key of the bench is loaded before anything of it is mounted',
    },
  ];
}

/**
 * A shell, for what systemd has no words for: the dataset that the key belongs to changes with each restore that keeps
 * what was live, and a rotation that was cut off leaves two keys, one of which opens it. The arguments: the dataset,
 * where the key is to lie, and where it may come from.
 */
const SCRIPT = [
  'root=$(zfs get -H -o value encryptionroot "$1") || exit 1;',
  'key=$2; kind=$3; name=$4; part=$2.$$; shift 4;',
  'loaded() { [ "$(zfs get -H -o value keystatus "$root")" = available ]; };',
  'opens() { [ -f "$1" ] && zfs load-key -n -L "file://$1" "$root" >/dev/null; };',
  'fetch() { case $kind in',
  'file) cat "$1" >"$part";;',
  'credential) systemd-creds decrypt --name="$name" "$1" "$part";;',
  'esac; };',
  'for from; do',
  'opens "$key" && break;',
  'if [ ! -e "$from" ]; then echo "$from is not there." >&2; continue; fi;',
  'rm -f "$part"; fetch "$from" && opens "$part" && mv -f "$part" "$key";',
  'done;',
  'rm -f "$part";',
  'loaded || zfs load-key -L "file://$key" "$root" || loaded',
] as const;

function keyUnitText(
  bench: string,
  { dataset, mountpoint, key }: BenchConfig['volume'] & { key: KeySource },
) {
  const sources = key.kind === 'prompt' ? [] : [storedKeyFile(key), pendingKeyFile(key)];
  const name = key.kind === 'credential' ? credentialName(key.name) : '-';
  const words = [dataset, loadedKeyFile(key), key.kind, name, ...sources];
  // zfs-mount-generator's own units: one mounts the dataset, the other one would ask for the key in its way.
  const before = [
    'zfs-mount.service',
    mountUnit(mountpoint),
    `zfs-load-key@${escapeInstance(dataset)}.service`,
  ];
  return `# Written by bench init from [volume] of bench.toml, which it follows.
[Unit]
Description=Key of the encrypted bench ${bench}
Documentation=man:bench(1)
DefaultDependencies=no
Requires=${KEY_MOUNT_UNIT}
After=${KEY_MOUNT_UNIT} zfs-import.target
${requirements(key)}
Before=${before.join(' ')}

[Service]
Type=oneshot
UMask=0077
ExecStart=/bin/sh -c '${SCRIPT.join(' \\\n').replaceAll('$', '$$$$')}' ${[keyUnit(bench), ...words].join(' ')}

[Install]
WantedBy=zfs-mount.service
`;
}

/** What has to be there before it can be fetched; nobody is asked for a passphrase at boot. */
function requirements(key: KeySource): string {
  switch (key.kind) {
    case 'file':
      return `RequiresMountsFor=${key.path}`;
    case 'credential':
      // systemd.special(7), since 256: when the TPM can be asked. An older systemd takes the name for one of no unit.
      return `RequiresMountsFor=${storedKeyFile(key)} /var/lib/systemd\nAfter=tpm2.target`;
    case 'prompt':
      return `ConditionPathExists=${loadedKeyFile(key)}`;
  }
}
