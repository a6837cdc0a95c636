import { existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { GuestError } from './errors.js';
import type { Progress } from './progress.js';

/** What the host must have, and the package of its own release that brings it. */
const needed = [
  { file: 'mmdebstrap', package: 'mmdebstrap' },
  { file: 'mke2fs', package: 'e2fsprogs' },
  { file: 'ssh', package: 'openssh-client' },
  { file: 'ssh-keygen', package: 'openssh-client' },
  { file: 'tar', package: 'tar' },
  { file: '/usr/share/keyrings/debian-archive-keyring.gpg', package: 'debian-archive-keyring' },
];

export interface HostFacts {
  platform: string;
  arch: string;
  root: boolean;
  hasApt: boolean;
  missing: string[];
}

/** One sentence on why the guest cannot be built here, or undefined when it can. Pure, for the tests. */
export function whyNotHere(facts: HostFacts): string | undefined {
  if (facts.platform !== 'linux' || facts.arch !== 'x64') {
    return `the guest runs on Linux on x86-64; this is ${facts.platform} on ${facts.arch}`;
  }
  if (!facts.root) {
    return 'building the guest needs root (it unpacks a Debian system): run the same command with sudo';
  }
  if (facts.missing.length > 0 && !facts.hasApt) {
    return (
      `missing on this machine: ${facts.missing.join(', ')}; it has no apt-get, so install them by hand. ` +
      'A Debian 12 or 13, or Ubuntu, machine needs nothing prepared'
    );
  }
  return undefined;
}

/** Makes the host able to build a guest: installs from its own release what is missing, or says what to do. */
export async function prepareHost(cache: string, progress: Progress): Promise<void> {
  const missing = [...new Set(needed.filter(({ file }) => !onPath(file)).map((tool) => tool.package))];
  const reason = whyNotHere({
    platform: process.platform,
    arch: process.arch,
    root: process.getuid?.() === 0,
    hasApt: onPath('apt-get'),
    missing,
  });
  if (reason) throw new GuestError(reason);
  if (missing.length > 0) await installPackages(missing, progress);
  await requireSpace(cache);
}

/** The mirror this machine itself uses, so that a local one is used where there is one. */
export async function debianMirror(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  if (env.BENCH_GUEST_MIRROR) return env.BENCH_GUEST_MIRROR;
  const files = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return parseMirror(texts.join('\n')) ?? 'http://deb.debian.org/debian';
}

/** The first Debian archive that an apt source (either format) names. */
export function parseMirror(sources: string): string | undefined {
  for (const line of sources.split('\n')) {
    const uri = /^(?:URIs:\s*|deb\s+(?:\[[^\]]*\]\s+)?)(https?:\S+\/debian)\/?(?:\s|$)/.exec(line)?.[1];
    if (uri) return uri;
  }
  return undefined;
}

/** For a test that needs more of the host: a program, and the packages of its own release that bring it. */
export async function requireProgram(file: string, packages: string[], progress: Progress): Promise<void> {
  if (!onPath(file)) await installPackages(packages, progress);
}

function onPath(file: string): boolean {
  if (path.isAbsolute(file)) return existsSync(file);
  const dirs = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return dirs.some((dir) => dir !== '' && existsSync(path.join(dir, file)));
}

async function installPackages(packages: string[], progress: Progress): Promise<void> {
  progress(`installing on this machine, from its own release: ${packages.join(' ')}`);
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }, all: true } as const;
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  const install = ['install', '-y', '--no-install-recommends', ...wait, ...packages];
  try {
    await execa('apt-get', ['update', ...wait], options);
    await execa('apt-get', install, options);
  } catch (error) {
    const output = error instanceof Error && 'all' in error ? String(error.all) : String(error);
    throw new GuestError(
      `apt-get could not install ${packages.join(' ')}; install them and try again:\n${output.slice(-2000)}`,
    );
  }
}

async function requireSpace(cache: string): Promise<void> {
  const wantedGiB = 7;
  let dir = cache;
  while (!existsSync(dir)) dir = path.dirname(dir);
  const { bavail, bsize } = await statfs(dir);
  const freeGiB = (bavail * bsize) / 2 ** 30;
  if (freeGiB < wantedGiB) {
    throw new GuestError(
      `building the guest needs ${wantedGiB} GiB free in ${dir}, which has ${freeGiB.toFixed(1)}; ` +
        'make room, or set XDG_CACHE_HOME to a directory that has it',
    );
  }
}
