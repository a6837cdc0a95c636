import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { copyright, debianChangelog, MAINTAINER, wrap } from './debian-texts.js';

interface PackageJson {
  version: string;
  description: string;
  files: string[];
}

/**
 * Packs the built product as `bench_<version>_all.deb` with dpkg-deb and returns its path. Its maintainer scripts make
 * and remove what V8 has compiled, and nothing else: what init makes on a host is not the package's, and stays when the
 * package goes, purged or not.
 */
export async function buildDeb(root: string, outDir: string): Promise<string> {
  const pkg = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson;
  const staging = mkdtempSync(join(tmpdir(), 'bench-deb-'));
  try {
    fill(root, staging, pkg);
    normaliseModes(staging);
    const deb = join(outDir, `bench_${pkg.version}_all.deb`);
    for (const old of readdirSync(outDir).filter((name) => /^bench_.*_all\.deb$/.test(name)))
      rmSync(join(outDir, old));
    // dpkg-deb takes what is younger for that old, so that the same sources make the same package.
    const SOURCE_DATE_EPOCH = String(Math.floor(releaseDate(root).getTime() / 1000));
    execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '--build', staging, deb], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, SOURCE_DATE_EPOCH },
    });
    return deb;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function fill(root: string, staging: string, pkg: PackageJson): void {
  const put = (path: string, content: string | Buffer) => {
    mkdirSync(dirname(join(staging, path)), { recursive: true });
    writeFileSync(join(staging, path), content);
  };
  const text = (path: string) => readFileSync(join(root, path), 'utf8');
  const zipped = (content: string) => gzipSync(content, { level: 9 });
  const lib = join(staging, 'usr/lib/bench');
  for (const file of [...pkg.files, 'package.json']) {
    mkdirSync(dirname(join(lib, file)), { recursive: true });
    cpSync(join(root, file), join(lib, file), { recursive: true });
  }
  // These have places of their own below; the last is made where the package is installed.
  for (const file of ['dist/share', 'dist/THIRD-PARTY', 'CHANGELOG.md', 'dist/cache']) {
    rmSync(join(lib, file), { recursive: true });
  }
  mkdirSync(join(staging, 'usr/bin'), { recursive: true });
  symlinkSync('../lib/bench/bin/run.cjs', join(staging, 'usr/bin/bench'));
  put('usr/share/man/man1/bench.1.gz', zipped(text('dist/share/bench.1')));
  put('usr/share/bash-completion/completions/bench', text('dist/share/bench.bash'));
  put('usr/share/zsh/vendor-completions/_bench', text('dist/share/_bench'));
  put('usr/share/fish/vendor_completions.d/bench.fish', text('dist/share/bench.fish'));
  // Off until somebody wants them: a package that is only unpacked starts nothing.
  for (const unit of ['bench-metrics.service', 'bench-metrics.timer'])
    put(`usr/lib/systemd/system/${unit}`, text(`contrib/systemd/${unit}`));
  for (const file of ['prometheus/bench.rules.yml', 'prometheus/bench.rules.test.yml', 'grafana/bench.json'])
    put(`usr/share/doc/bench/examples/${file}`, text(`contrib/${file}`));
  put('usr/share/doc/bench/copyright', copyright(text('LICENSE')));
  put('usr/share/doc/bench/THIRD-PARTY.gz', zipped(text('dist/THIRD-PARTY')));
  const changelog = debianChangelog(pkg.version, text('CHANGELOG.md'), releaseDate(root));
  put('usr/share/doc/bench/changelog.gz', zipped(changelog));
  put('DEBIAN/control', control(pkg, installedKiB(staging)));
  put('DEBIAN/md5sums', md5sums(staging));
  put('DEBIAN/postinst', POSTINST);
  put('DEBIAN/prerm', prerm(pkg.version));
  put('DEBIAN/triggers', TRIGGERS);
}

/**
 * ZFS and MariaDB are only suggested. What a package depends on or recommends is installed before bench can say a word
 * (on Debian without `contrib` apt just reports a broken dependency; the default MariaDB instance is started on port
 * 3306), and is offered to `apt autoremove` once bench is removed, with customers' data on it. `bench init` installs
 * both where they are missing, as part of a plan that the operator sees, and so for good.
 */
function control(pkg: PackageJson, sizeKiB: number): string {
  const description = wrap(`${pkg.description}. Space is guaranteed and capped per bench.`, 78);
  return `Package: bench
Version: ${pkg.version}
Architecture: all
Maintainer: ${MAINTAINER}
Installed-Size: ${sizeKiB}
Section: admin
Priority: optional
Depends: nodejs (>= 20), e2fsprogs, mount, rsync
Suggests: mariadb-server, zfsutils-linux
Description: ZFS dataset and MariaDB instance for each application bench
 ${description.join('\n ')}
 .
 "bench init" installs ZFS and MariaDB where they are missing.
`;
}

/** For the Node that is there, and again when it is another one: without that bench only starts slower. */
const POSTINST = `#!/bin/sh
set -e
rm -rf /usr/lib/bench/dist/cache
node /usr/lib/bench/bin/compile.cjs || true
`;
/** Both names of Debian's own package have it, and that of NodeSource. */
const TRIGGERS = `interest-noawait /usr/bin/node
`;
/**
 * dpkg asks the version that is there before it puts another in its place (Debian Policy 6.6, `prerm upgrade`); older ones
 * have no script that could be asked instead, so that it stays.
 */
const prerm = (version: string) => `#!/bin/sh
set -e
if [ "$1" = upgrade ] && dpkg --compare-versions "$2" lt '${version}'; then
  echo "bench: bench $2 does not know what this version has written about the benches of this host. It was not put in its place; nothing was changed." >&2
  echo "bench: To go back all the same: apt-get remove bench, then install the other one. The benches run on meanwhile; bench $2 may refuse them." >&2
  exit 1
fi
rm -rf /usr/lib/bench/dist/cache
`;

/** SOURCE_DATE_EPOCH (reproducible-builds.org), else when the change log was last written. */
function releaseDate(root: string): Date {
  const given = Number(process.env.SOURCE_DATE_EPOCH);
  return given > 0 ? new Date(given * 1000) : statSync(join(root, 'CHANGELOG.md')).mtime;
}

function filesBelow(staging: string): string[] {
  return readdirSync(join(staging, 'usr'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function installedKiB(staging: string): number {
  return filesBelow(staging).reduce((sum, file) => sum + Math.ceil(statSync(file).size / 1024), 0);
}

function md5sums(staging: string): string {
  const files = filesBelow(staging).map((file) => file.slice(staging.length + 1));
  return execFileSync('md5sum', files, { cwd: staging, encoding: 'utf8' });
}

/** Whatever the umask and the modes in the checkout: all may read, root may write, programs run. */
function normaliseModes(staging: string): void {
  chmodSync(staging, 0o755);
  for (const entry of readdirSync(staging, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory() || isProgram(path)) chmodSync(path, 0o755);
    else if (entry.isFile()) chmodSync(path, 0o644);
  }
}

function isProgram(path: string): boolean {
  return /\/(bin\/run\.cjs|DEBIAN\/(postinst|prerm))$/.test(path);
}
