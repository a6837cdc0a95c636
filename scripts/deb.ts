import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Packs the built product as `bench_<version>_all.deb` with dpkg-deb and returns its path. The bundle carries its
 * libraries in it, so the package needs only Node. What else a bench needs
 * is installed by `bench init`: as dependencies, MariaDB would start its default instance, and on a Debian without
 * ZFS bench could not even say what to do.
 */
export async function buildDeb(root: string, outDir: string): Promise<string> {
  const pkg = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
    description: string;
    files: string[];
  };
  const staging = mkdtempSync(join(tmpdir(), 'bench-deb-'));
  try {
    chmodSync(staging, 0o755);
    const lib = join(staging, 'usr/lib/bench');
    for (const file of [...pkg.files, 'package.json']) {
      mkdirSync(dirname(join(lib, file)), { recursive: true });
      cpSync(join(root, file), join(lib, file), { recursive: true });
    }
    mkdirSync(join(staging, 'usr/bin'), { recursive: true });
    symlinkSync('../lib/bench/bin/run.js', join(staging, 'usr/bin/bench'));
    mkdirSync(join(staging, 'usr/share/doc/bench'), { recursive: true });
    cpSync(join(root, 'LICENSE'), join(staging, 'usr/share/doc/bench/copyright'));
    mkdirSync(join(staging, 'DEBIAN'));
    writeFileSync(
      join(staging, 'DEBIAN/control'),
      [
        'Package: bench',
        `Version: ${pkg.version}`,
        'Architecture: all',
        'Maintainer: The bench authors <bench@localhost>',
        'Section: admin',
        'Priority: optional',
        'Depends: nodejs (>= 20)',
        'Suggests: zfsutils-linux, mariadb-server, rsync',
        `Description: ${pkg.description.split(':')[0]}`,
        ` ${pkg.description}.`,
        '',
      ].join('\n'),
    );
    const deb = join(outDir, `bench_${pkg.version}_all.deb`);
    rmSync(deb, { force: true });
    execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '--build', staging, deb], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return deb;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}
