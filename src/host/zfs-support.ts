import { release } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { VolumeError } from '../errors.js';
import { type Command, CommandError, type Runner } from './exec.js';
import { exists, readText } from './files.js';

/** What os-release(5) says of the distribution. */
export interface Distribution {
  id: string;
  /** What it is derived from. */
  like: readonly string[];
  /** `trixie`, `noble`; empty where there is none. */
  codename: string;
  name: string;
}

/** Whether the kernel that runs can do ZFS. */
export interface ZfsSupport {
  /** `loadable`: modprobe finds the module; whether the kernel takes it is only known when it is loaded. */
  module: 'loaded' | 'loadable' | 'missing';
  /** `uname -r` */
  kernel: string;
  distribution: Distribution;
}

/** One process where the module is not loaded, none where it is. */
export async function zfsSupport(runner: Runner): Promise<ZfsSupport> {
  return {
    module: (await isLoaded()) ? 'loaded' : (await isLoadable(runner)) ? 'loadable' : 'missing',
    kernel: release(),
    distribution: parseOsRelease((await readText('/etc/os-release')) ?? ''),
  };
}

const DEVICE = '/dev/zfs';

/** systemd makes the device at boot for a module that is only installed: so it alone proves nothing. */
async function isLoaded(): Promise<boolean> {
  return (await exists('/sys/module/zfs')) && (await exists(DEVICE));
}

async function isLoadable(runner: Runner): Promise<boolean> {
  const { exitCode } = await runner.run({
    argv: ['modprobe', '--dry-run', '--quiet', 'zfs'],
    okExitCodes: [0, 1],
  });
  return exitCode === 0;
}

export function loadModule(): Command {
  return { argv: ['modprobe', 'zfs'], privileged: true };
}

/** udev's time to make the device; in milliseconds. */
const DEVICE_MS = 10_000;

/**
 * Loads the module and waits for its device.
 * @throws VolumeError `zfs-module-refused` where the kernel does not take it
 */
export async function loadZfs(run: () => Promise<unknown>, support: ZfsSupport): Promise<void> {
  const refused = (error?: CommandError) =>
    new VolumeError(
      'zfs-module-refused',
      `The ZFS module is installed, but kernel ${support.kernel} does not load it.`,
      {
        ...(error === undefined ? {} : { command: error.result.argv, stderr: error.result.stderr }),
        suggestions: [
          'Is it built for this kernel? dkms status zfs; modinfo --field vermagic zfs',
          'With Secure Boot the kernel takes only signed modules: mokutil --sb-state',
        ],
        cause: error,
      },
    );
  try {
    await run();
  } catch (error) {
    throw error instanceof CommandError ? refused(error) : error;
  }
  for (const deadline = performance.now() + DEVICE_MS; !(await isLoaded()); await sleep(100))
    if (performance.now() > deadline) throw refused();
}

/** `KEY=value` lines, values quoted or not (os-release(5)). */
export function parseOsRelease(text: string): Distribution {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^([A-Z_]+)=(.*)$/.exec(line.trim()) ?? [];
    if (key !== undefined && value !== undefined) fields.set(key, value.replace(/^(["'])(.*)\1$/, '$2'));
  }
  const id = fields.get('ID') ?? 'linux';
  return {
    id,
    like: (fields.get('ID_LIKE') ?? '').split(' ').filter(Boolean),
    // A derivative's own codename names no suite of what it is derived from.
    codename: fields.get('UBUNTU_CODENAME') ?? fields.get('VERSION_CODENAME') ?? '',
    name: fields.get('PRETTY_NAME') ?? id,
  };
}

/** The lines to type that bring ZFS and its kernel module to this host. */
export function zfsInstallLines({ distribution, kernel }: ZfsSupport): string[] {
  const { id, like, codename } = distribution;
  const isUbuntu = id === 'ubuntu' || like.includes('ubuntu');
  if (!isUbuntu && id !== 'debian') {
    return ['How to get ZFS there: https://openzfs.github.io/openzfs-docs/Getting%20Started/'];
  }
  return isUbuntu
    ? [
        // Ubuntu's usual kernels bring the module; the others get it compiled, from universe.
        'sudo add-apt-repository --yes universe',
        'sudo apt-get update',
        `sudo apt-get install linux-headers-${kernel} zfs-dkms zfsutils-linux`,
        'sudo modprobe zfs',
      ]
    : [
        `echo 'deb http://deb.debian.org/debian ${codename} contrib' | sudo tee /etc/apt/sources.list.d/contrib.list`,
        'sudo apt-get update',
        `sudo apt-get install ${debianHeaders(kernel)} zfs-dkms zfsutils-linux`,
        'sudo modprobe zfs    # where it is not found: reboot first, the headers are those of a newer kernel',
      ];
}

/**
 * The package that always has the headers of the newest kernel of this flavour: `6.12.107+deb13-cloud-amd64` and
 * `6.1.0-28-cloud-amd64` are both served by `linux-headers-cloud-amd64`.
 */
function debianHeaders(kernel: string): string {
  const flavour = /^\d+\.\d+[^-]*(?:-\d+)?-((?:[a-z]+-)?[a-z0-9]+)$/.exec(kernel)?.[1];
  return `linux-headers-${flavour ?? kernel}`;
}
