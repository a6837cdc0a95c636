import type { Command } from './exec.js';
import { exists } from './files.js';

/** What bench needs on the host: the Debian package, and files any of which proves that it is there. */
const REQUIRED: readonly { package: string; proof: readonly string[] }[] = [
  { package: 'zfsutils-linux', proof: programs('zpool') },
  // The unit of an instance and not the server: that is in a package of its own, which is not enough.
  {
    package: 'mariadb-server',
    proof: ['/usr/lib', '/lib', '/etc'].map((directory) => `${directory}/systemd/system/mariadb@.service`),
  },
  { package: 'rsync', proof: programs('rsync') },
];

function programs(name: string): string[] {
  const directories = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'];
  return directories.map((directory) => `${directory}/${name}`);
}

const ACL = { package: 'acl', proof: programs('setfacl') };

/** The Debian packages that are missing, found by looking for their files: no process is started. */
export async function missingPackages({ withAcl }: { withAcl: boolean }): Promise<string[]> {
  const required = withAcl ? [...REQUIRED, ACL] : REQUIRED;
  const found = await Promise.all(required.map(({ proof }) => anyExists(proof)));
  return required.filter((_, index) => !found[index]).map((missing) => missing.package);
}

/** Programs that only some of bench's commands start, by their packages. */
const OPTIONAL = {
  'qemu-img': 'qemu-utils',
  tar: 'tar',
  gzip: 'gzip',
  zstd: 'zstd',
} as const;

export type Program = keyof typeof OPTIONAL;

/** The packages of those that are missing. No process is started. */
export async function packagesFor(wanted: readonly Program[]): Promise<string[]> {
  const found = await Promise.all(wanted.map((name) => anyExists(programs(name))));
  return wanted.filter((_, index) => !found[index]).map((name) => OPTIONAL[name]);
}

/** Whether packages can be installed here: apt is what Debian and Ubuntu have. */
export function hasApt(): Promise<boolean> {
  return anyExists(programs('apt-get'));
}

async function anyExists(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) if (await exists(path)) return true;
  return false;
}

/** Configuration files that an administrator has changed, or that a removed package has left, are kept unasked. */
const KEEP_CONFIGURATION = ['--force-confdef', '--force-confold'] as const;

/**
 * The commands that install packages. What a killed run has left half installed is finished first; apt stops where
 * it would have to remove a package (MySQL beside MariaDB) instead of removing it.
 */
export function installPackages(packages: readonly string[]): Command[] {
  const common = {
    privileged: true,
    timeoutMs: 3_600_000,
    // needrestart would restart services of the host that have nothing to do with this.
    env: { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1' },
  };
  const keep = KEEP_CONFIGURATION.flatMap((option) => ['-o', `Dpkg::Options::=${option}`]);
  const apt = ['apt-get', '--quiet'] as const;
  return [
    { argv: ['dpkg', ...KEEP_CONFIGURATION, '--configure', '--pending'], ...common },
    { argv: [...apt, 'update'], ...common },
    {
      argv: [
        ...apt,
        ...keep,
        '--assume-yes',
        '--no-remove',
        '--no-install-recommends',
        'install',
        ...packages,
      ],
      ...common,
    },
  ];
}
