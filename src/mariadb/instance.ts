import type { Command } from '../host/exec.js';

/** Where Debian and Ubuntu include configuration from, in lexical order: the last file that sets an option wins. */
const CONFIG_DIR = '/etc/mysql/mariadb.conf.d';

/**
 * An instance name as part of a unit name, as `systemd-escape` does it: bytes outside `[A-Za-z0-9:_.]`, and a dot
 * at the start, become `\xNN`; `/` becomes `-`. `%I` in the unit turns it back.
 */
export function escapeInstance(instance: string): string {
  let escaped = '';
  for (const byte of Buffer.from(instance, 'utf8')) {
    const char = String.fromCharCode(byte);
    if (char === '/') escaped += '-';
    else if (/[A-Za-z0-9:_]/.test(char) || (char === '.' && escaped !== '')) escaped += char;
    else escaped += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return escaped;
}

/** The instance's systemd unit: `my-shop` is `mariadb@my\x2dshop.service`. */
export function unitName(instance: string): string {
  return `mariadb@${escapeInstance(instance)}.service`;
}

/**
 * The instance's own configuration file. It sorts behind Debian's 50-server.cnf and 60-galera.cnf, and must not be
 * called `my<instance>.cnf` there: Debian's unit refuses to start beside such a file (ConditionPathExists=!).
 */
export function instanceConfigPath(instance: string): string {
  return `${CONFIG_DIR}/90-bench-${instance}.cnf`;
}

export interface InstanceConfig {
  instance: string;
  dataDir: string;
  socketPath: string;
  port: number;
  /** Of a clone, which must not pass for its source among the replicas of a primary. */
  serverId?: number | undefined;
}

/** The instance's section (SPEC section 4). Debian's unit passes `--defaults-group-suffix=.<instance>`. */
export function instanceConfig(o: InstanceConfig): string {
  return `# MariaDB instance of the bench '${o.instance}'. Written by bench init, which also rewrites it.
# Settings of your own belong into a file that sorts behind this one, in the same section.
[mariadbd.${o.instance}]
datadir = ${optionValue(o.dataDir)}
socket = ${optionValue(o.socketPath)}
port = ${o.port}
pid-file = ${optionValue(pidFile(o.socketPath))}
bind-address = 127.0.0.1
${o.serverId === undefined ? '' : `server_id = ${o.serverId}\n`}
# The error log goes to the journal (journalctl -u '${unitName(o.instance)}'): outside the dataset, so that a
# rollback does not erase it, and told apart by start.
skip-log-error

# Lets bench name the connection that a snapshot has to wait for, an idle one with LOCK TABLES included. A server
# without the plugin starts all the same.
plugin-load-add = metadata_lock_info

# ZFS may split a page of 16K in its intent log, and replay one half of it after a power cut: InnoDB's own copy is needed.
innodb_doublewrite = 1
# ZFS coalesces writes itself.
innodb_flush_neighbors = 0
innodb_use_native_aio = 0
`;
}

/** A value of an option file, where quotes and backslashes mean something and a number sign begins a comment. */
function optionValue(value: string): string {
  return /^[\w./:@%+,=-]+$/.test(value) ? value : `"${value.replace(/["'\\]/g, '\\$&')}"`;
}

/** The process id file stands beside the socket, below /run: it must not be part of a snapshot. */
function pidFile(socketPath: string): string {
  return `${socketPath.replace(/\.sock$/, '')}.pid`;
}

/** The unit that brings the system tables of an instance up to the server's version. */
export function upgradeUnit(instance: string): string {
  return `bench-mariadb-upgrade@${escapeInstance(instance)}.service`;
}

/**
 * What Debian's `/etc/mysql/debian-start` does for the default instance, for this one: after each start, and beside
 * it, the system tables are brought up to the server's version where that is newer (mariadb-upgrade(1),
 * `--version-check`). It runs as root because that is the account which every datadir lets in over the socket, and
 * may write nowhere but into the datadir, whatever link a compromised server has put there.
 */
export function upgradeService(o: Pick<InstanceConfig, 'instance' | 'dataDir' | 'socketPath'>): string {
  return `# Written by bench init: beside ${unitName(o.instance)}, which wants it.
[Unit]
Description=System tables of MariaDB instance ${o.instance}, at the version of its server
After=mariadb@%i.service
BindsTo=mariadb@%i.service

[Service]
Type=oneshot
ExecStart=/usr/bin/mariadb-upgrade --no-defaults --protocol=socket ${quoteArgument(`--socket=${o.socketPath}`)} --user=root --version-check --silent
ProtectSystem=strict
ReadWritePaths=${quoteWord(o.dataDir)}
PrivateTmp=yes
PrivateNetwork=yes
NoNewPrivileges=yes
`;
}

export interface Guard {
  /** Directories that have to be mounted. */
  mounts: readonly string[];
  /** Files whose presence proves that they show the dataset. */
  sentinelPaths: readonly string[];
}

/**
 * A drop-in that keeps a unit from starting on anything but the dataset: its paths are mounted (which orders the
 * unit behind the mounts), and the sentinels prove that what is mounted is the dataset (SPEC section 4, "Boot").
 */
export function guardDropIn(o: Guard): string {
  return `# Written by bench init: without its dataset this unit must not start.
[Unit]
RequiresMountsFor=${o.mounts.map(quoteWord).join(' ')}
${o.sentinelPaths.map((path) => `AssertPathExists=${escapeSpecifiers(path)}`).join('\n')}
`;
}

/**
 * A drop-in for a bind mount, which systemd would make the source for where it is missing: an empty directory, on
 * whatever file system is there instead.
 */
export function bindGuardDropIn(sentinelPath: string): string {
  return `# Written by bench init: without its dataset this is not mounted, and no directory made for it.
[Unit]
AssertPathExists=${escapeSpecifiers(sentinelPath)}
`;
}

/**
 * The guard of MariaDB's unit, which also gets its own upgrade of system tables in place of Debian's.
 * @param isHeld of a clone that must not act yet. On the command line, which no option file can overrule.
 */
export function instanceDropIn(o: Guard, isHeld = false): string {
  return `${guardDropIn(o)}Wants=bench-mariadb-upgrade@%i.service

[Service]
# Debian's step after the start looks after the default instance, whichever one has been started.
ExecStartPost=
${isHeld ? HELD : ''}`;
}

const HELD = `# A clone that must not act as what it was made of: no events, no replica, until bench clone lets it.
Environment="MYSQLD_OPTS=--event-scheduler=OFF --skip-slave-start"
`;

function escapeSpecifiers(path: string): string {
  return path.replaceAll('%', '%%');
}

/** One word of a list or command: quoted, with C escapes, where it holds anything that splits or quotes words. */
function quoteWord(word: string): string {
  const escaped = escapeSpecifiers(word);
  return /[\s"'\\]/.test(escaped) ? `"${escaped.replace(/["\\]/g, '\\$&')}"` : escaped;
}

/** A word of `ExecStart=`, where a dollar sign begins a variable (systemd.service(5)). */
function quoteArgument(word: string): string {
  return quoteWord(word).replaceAll('$', '$$$$');
}

/**
 * Creates the system tables in `dataDir`, a directory that exists, is empty but for dot files, and belongs to mysql
 * (0700); in one that holds a server's data already the program does nothing.
 * It reads the instance's own section, which therefore has to be in place before: what is decided for good here
 * (page size, undo tablespaces, case of table names) must be what the server runs with. The data directory given
 * here wins over the section's, so it may be a staging directory.
 * It runs as mysql, like Debian's unit does it: as root it would write through whatever link mysql has put there.
 * `--rpm` is what that unit passes, too: it leaves the package's PAM files and host names alone.
 */
export function initialiseCommand(o: { dataDir: string; instance: string }): Command {
  return {
    argv: [
      'runuser',
      '-u',
      'mysql',
      '--',
      'mariadb-install-db',
      // Has to come first.
      `--defaults-group-suffix=.${o.instance}`,
      `--datadir=${o.dataDir}`,
      '--rpm',
      '--auth-root-authentication-method=socket',
      '--auth-root-socket-user=mysql',
      '--skip-test-db',
    ],
    privileged: true,
    timeoutMs: 600_000,
  };
}
