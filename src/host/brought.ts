/** What `bench init` brings to a host, by the program that is missed where it has not. */
const BROUGHT: Readonly<Record<string, string>> = {
  zfs: 'ZFS',
  zpool: 'ZFS',
  rsync: 'rsync',
  'mariadb-install-db': 'MariaDB',
};

/** What zfs and zpool say where the kernel has no ZFS (libzfs_util_os.c, libzfs_error_init). */
const NO_MODULE =
  /^(The ZFS modules (are not loaded|cannot be auto-loaded)|\/dev\/zfs and \/proc\/self\/mounts are required|Failed to initialize the libzfs library)/m;
/** What sudo says of a program that is not there; its own exit code is the same as for a password. */
const NOT_FOUND = /^sudo: (\S+): command not found$/m;

/** How to get a program that is not installed; nothing where bench does not bring it. */
export function mendForMissing(program: string): string[] {
  const what = BROUGHT[program.split('/').at(-1) ?? ''];
  return what === undefined ? [] : [`bench init brings ${what} to this host: sudo bench init -b NAME`];
}

/** The same for a program that was started, from what it wrote to standard error. */
export function mendForFailed(argv: readonly string[], stderr: string): string[] {
  const [, missing] = NOT_FOUND.exec(stderr) ?? [];
  if (missing !== undefined) return mendForMissing(missing);
  const isZfs = argv.some((arg) => BROUGHT[arg] === 'ZFS');
  return isZfs && NO_MODULE.test(stderr)
    ? ['bench init loads the module of ZFS, or says what is missing: sudo bench init -b NAME']
    : [];
}
