import { onOneLine } from './printable.js';

/**
 * Validators for everything that may reach a command line, a unit name or a path.
 * Each answers undefined when the value is fine, otherwise what is allowed.
 */
export type Validator = (value: string) => string | undefined;

/** ZFS allows 255 characters for `pool/dataset@tag`; these limits keep every combination below that. */
const LONGEST_COMPONENT = 80;
const LONGEST_PATH = 4095;
/** With `/<bench>.<volume>@<tag>` behind it. */
const LONGEST_DATASET = 80;
/** As part of the name of a mount unit, of which 255 bytes are allowed (systemd.unit(5)), most of them may be escaped. */
const LONGEST_VOLUME_PATH = 120;
const LONGEST_KEY_PATH = 200;
/** `bench-mariadb-upgrade@….service` is the longest unit's name that an instance is part of. */
const LONGEST_ESCAPED_INSTANCE = 220;

export const benchName: Validator = (value) =>
  /^[a-zA-Z][a-zA-Z0-9_-]{0,39}$/.test(value)
    ? undefined
    : 'must start with a letter, go on with letters, digits, "_" or "-", and be at most 40 characters long';

/** A name that `zpool create` accepts. ZFS reserves the words of its vdev types, as prefixes too. */
export const poolName: Validator = (value) => {
  if (!component(value)) return `must be a pool name: ${COMPONENT_RULE}`;
  if (/^(mirror|raidz|draid|spare)/.test(value) || value === 'log' || /^c[0-9]/.test(value)) {
    return 'is reserved by ZFS: a pool may not be named mirror…, raidz…, draid…, spare…, log, nor c0… to c9…';
  }
  return undefined;
};

/** One component of a dataset's name (no `/`). */
export const datasetComponent: Validator = (value) =>
  component(value) ? undefined : `must be one part of a dataset name: ${COMPONENT_RULE}`;

/** A snapshot's name after the `@`. */
export const tag: Validator = (value) =>
  /^[A-Za-z0-9][A-Za-z0-9_.:-]*$/.test(value) && value.length <= LONGEST_COMPONENT
    ? undefined
    : `must start with a letter or digit, go on with letters, digits, "_", ".", ":" or "-", and be at most ${LONGEST_COMPONENT} characters long`;

/** A data volume: one part of a dataset's name, of a path and of a device's. It begins with a letter, as `_` is bench's own. */
export const volumeName: Validator = (value) =>
  /^[a-zA-Z][a-zA-Z0-9_-]{0,62}$/.test(value)
    ? undefined
    : 'must start with a letter, go on with letters, digits, "_" or "-", and be at most 63 characters long';

/** A machine that is none of bench's, as its own tool calls it. */
export const machineName: Validator = (value) =>
  /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/.test(value)
    ? undefined
    : 'must start with a letter or digit, go on with letters, digits, "_", "." or "-", and be at most 63 characters long';

/** A drive of a machine: `vdb`, `sda`, `nvme0n1`. */
export const driveName: Validator = (value) =>
  /^[a-z][a-z0-9]{1,15}$/.test(value)
    ? undefined
    : 'must be the name of a drive, such as "vdb": small letters and digits, at most 16';

/** Another host as ssh(1) is told it: a name of its own or of ssh_config, with a user where that is not root. */
export const remoteHost: Validator = (value) =>
  /^([a-z_][a-z0-9_-]{0,31}@)?[a-zA-Z0-9]([a-zA-Z0-9.-]{0,252}[a-zA-Z0-9])?$/.test(value)
    ? undefined
    : 'must be the name of a host as ssh knows it, such as "backup1" or "root@10.0.0.2"';

/** What a fleet calls one of its hosts: part of a key of etcd's, and of a selector. */
export const fleetHost: Validator = (value) =>
  /^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,62}[a-zA-Z0-9])?$/.test(value)
    ? undefined
    : 'must be the name of a host: letters, digits, "." and "-", at most 64, a letter or digit first and last';

/** A member of etcd. */
export const etcdEndpoint: Validator = (value) =>
  /^https:\/\/([A-Za-z0-9.-]{1,255}|\[[0-9a-fA-F:]{2,45}\]):\d{1,5}\/?$/.test(value)
    ? undefined
    : 'must be https:// with a host and a port, such as "https://etcd1.example.org:2379"';

/** Before all keys of a fleet. */
export const etcdPrefix: Validator = (value) =>
  /^(\/[A-Za-z0-9_.-]{1,60}){1,4}\/$/.test(value)
    ? undefined
    : 'must begin and end with "/" and have letters, digits, "_", "." or "-" between, such as "/bench/"';

/** What a label of a host says: what can be typed and selected without quotes. */
export const labelValue: Validator = (value) =>
  /^[a-zA-Z0-9][a-zA-Z0-9._/-]{0,62}$/.test(value)
    ? undefined
    : 'must start with a letter or digit, go on with letters, digits, ".", "_", "/" or "-", and be at most 63 characters long';

/** A dataset below a pool, by its whole name. */
export const datasetPath: Validator = (value) => {
  const [pool = '', ...parts] = value.split('/');
  if (parts.length === 0 || value.length > LONGEST_DATASET)
    return `must be a dataset below a pool, such as "bench-pool/_copies", at most ${LONGEST_DATASET} characters long`;
  return poolName(pool) ?? (parts.every(placeComponent) ? undefined : `must have parts ${COMPONENT_RULE}`);
};

/** The key of a label: what can be typed and searched for without quotes. */
export const labelKey: Validator = (value) =>
  /^[a-zA-Z0-9][a-zA-Z0-9._/-]{0,62}$/.test(value)
    ? undefined
    : 'must start with a letter or digit, go on with letters, digits, ".", "_", "/" or "-", and be at most 63 characters long';

/** Where a bench sees a volume, below its directory. One spelling only: `a//b` and `a/./b` are refused. */
export const volumePath: Validator = (value) => {
  if (hasControlCharacter(value)) return 'must not hold a newline, NUL or other control character';
  if (value === '' || value.startsWith('/')) return 'must be a path below the directory of the bench';
  if (value.split('/').some((part) => ['', '.', '..'].includes(part)))
    return 'must not have an empty, "." or ".." component, nor end with "/"';
  if (value.startsWith('-')) return 'must not begin with "-"';
  if (Buffer.byteLength(value) > LONGEST_VOLUME_PATH)
    return `must be at most ${LONGEST_VOLUME_PATH} bytes long`;
  return undefined;
};

/** A MariaDB instance: part of a unit name, a file name, a directory name and a socket's path. */
export const instanceName: Validator = (value) => {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(value))
    return 'must start with a letter or digit, go on with letters, digits, "_", "." or "-", and be at most 64 characters long';
  // mariadb@bootstrap.service.d of the packages turns that unit into a message for users of Galera.
  if (value === 'bootstrap')
    return 'must not be "bootstrap": the packages of MariaDB have a unit mariadb@bootstrap of their own';
  // A unit's name has 255 bytes at most (systemd.unit(5)), and each "-" is written as four of them.
  if (value.replaceAll('-', '\\x2d').length > LONGEST_ESCAPED_INSTANCE)
    return `must have fewer "-": as part of a unit's name each takes four of ${LONGEST_ESCAPED_INSTANCE} characters`;
  return undefined;
};

export const absolutePath: Validator = (value) => {
  if (hasControlCharacter(value)) return 'must not hold a newline, NUL or other control character';
  if (!value.startsWith('/')) return 'must be an absolute path (starting with "/")';
  if (value.split('/').includes('..')) return 'must not have a ".." component';
  if (/^\/+$/.test(value)) return 'must not be the root directory';
  if (Buffer.byteLength(value) > LONGEST_PATH) return `must be at most ${LONGEST_PATH} bytes long`;
  return undefined;
};

/** What `bench init` calls the key of a bench, where it keeps that itself: part of a file's name and of a credential's. */
export const keyName: Validator = (value) =>
  /^[a-zA-Z][a-zA-Z0-9_-]{0,62}$/.test(value)
    ? undefined
    : 'must start with a letter, go on with letters, digits, "_" or "-", and be at most 63 characters long';

/** Where the key of an encrypted bench comes from. The path reaches a unit file and an address of ZFS's. */
export const keySource: Validator = (value) => {
  const [, path] = /^file:(.*)$/s.exec(value) ?? [];
  if (path !== undefined) {
    const isPlain = /^(\/[A-Za-z0-9_.@+-]+)+$/.test(path) && Buffer.byteLength(path) <= LONGEST_KEY_PATH;
    const isDotted = path.split('/').some((part) => part === '..' || part === '.');
    return isPlain && !isDotted
      ? undefined
      : `must name the file by an absolute path of letters, digits, "_", ".", "@", "+", "-" and "/", without "..", of at most ${LONGEST_KEY_PATH} bytes: "file:/media/keys/shop.key"`;
  }
  const [, , name] = /^(prompt|credential)(?::(.*))?$/s.exec(value) ?? [];
  if (value === 'prompt' || value === 'credential') return undefined;
  if (name !== undefined)
    return keyName(name) === undefined ? undefined : `names a key that ${keyName(name)}`;
  return 'must be "file:/PATH", "prompt" or "credential"';
};

/** A file below the bench directory, or an absolute path. It is a path and nothing else: no arguments. */
export const scriptPath: Validator = (value) =>
  /^\/?[A-Za-z0-9_.][A-Za-z0-9_.-]*(\/[A-Za-z0-9_.-]+)*$/.test(value) &&
  !value.split('/').some((part) => part === '..' || part === '.') &&
  value.length <= LONGEST_PATH
    ? undefined
    : 'must be a path of letters, digits, "_", ".", "-" and "/", below the bench directory or absolute, without ".."';

/** A unit that can be stopped and started: with its suffix, and with its instance if it has an `@`. */
export const systemdUnit: Validator = (value) =>
  /^[A-Za-z0-9_][A-Za-z0-9:_.\\-]*(@[A-Za-z0-9:_.\\-]+)?\.(service|socket|timer|target|path)$/.test(value) &&
  value.length <= 255
    ? undefined
    : 'must be the full name of a systemd unit, such as "shop-web.service" or "worker@1.service"';

/**
 * A user of this host. Only names that mean the same in a statement, in an ACL and in sudoers, where one in capitals
 * would be an alias.
 */
export const userName: Validator = (value) =>
  /^[a-z_][a-z0-9_.-]{0,31}$/.test(value)
    ? undefined
    : 'must start with a small letter or "_", go on with small letters, digits, "_", "." or "-", and be at most 32 characters long';

const COMPONENT_RULE = `starting with a letter, going on with letters, digits, "_", ".", ":" or "-", at most ${LONGEST_COMPONENT} characters`;

function component(value: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_.:-]*$/.test(value) && value.length <= LONGEST_COMPONENT;
}

/** What bench sets aside in a pool begins with an underscore. */
function placeComponent(value: string): boolean {
  return component(value.replace(/^_(?=[A-Za-z])/, ''));
}

/** Also what turns around how a terminal shows the rest of a line: all that bench never prints as it is. */
function hasControlCharacter(value: string): boolean {
  return onOneLine(value) !== value;
}
