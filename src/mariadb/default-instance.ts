/** The service of the instance that Debian's package enables and starts as soon as it is installed. */
export const DEFAULT_UNIT = 'mariadb.service';

/** Its datadir. */
export const DEFAULT_DATADIR = '/var/lib/mysql';

/** Other names that a database server of the host, from whatever package, may run under. */
export const SERVER_UNITS = [DEFAULT_UNIT, 'mysql.service', 'mysqld.service'] as const;

/**
 * While this file is there the default instance does not start. bench writes it before the package is installed and
 * removes it when the service is disabled; so an init that was killed in between is known by it, and what it stops
 * from starting has never served anything.
 */
export const HOLD_BACK = '/etc/systemd/system/mariadb.service.d/50-bench-install.conf';

export const HOLD_BACK_TEXT = `# Written by bench init, which installs MariaDB for its benches and has no use for the default instance.
# Where it was interrupted, run bench init again: it removes this file.
[Unit]
ConditionPathExists=!${HOLD_BACK}
`;
