import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from './exec.js';

/** What bench needs on the host: the program that proves it is there, and the Debian package that brings it. */
const REQUIRED: readonly { program: string; package: string }[] = [
  { program: 'zpool', package: 'zfsutils-linux' },
  { program: 'mariadbd', package: 'mariadb-server' },
  { program: 'rsync', package: 'rsync' },
];

const DIRECTORIES = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'];

/** The Debian packages that are missing, found by looking for their programs: no process is started. */
export async function missingPackages(): Promise<string[]> {
  const found = await Promise.all(REQUIRED.map(({ program }) => isInstalled(program)));
  return REQUIRED.filter((_, index) => !found[index]).map((required) => required.package);
}

async function isInstalled(program: string): Promise<boolean> {
  for (const directory of DIRECTORIES) {
    try {
      await access(join(directory, program), constants.X_OK);
      return true;
    } catch {
      // Not in this directory.
    }
  }
  return false;
}

/** apt waits for another apt or dpkg to finish (DPkg::Lock::Timeout, apt.conf(5)) instead of failing beside it. */
export function installPackages(packages: readonly string[]): Command[] {
  const apt = ['apt-get', '--quiet', '-o', 'DPkg::Lock::Timeout=600'] as const;
  const common = { privileged: true, timeoutMs: 3_600_000, env: { DEBIAN_FRONTEND: 'noninteractive' } };
  return [
    { argv: [...apt, 'update'], ...common },
    { argv: [...apt, '--assume-yes', '--no-install-recommends', 'install', ...packages], ...common },
  ];
}
