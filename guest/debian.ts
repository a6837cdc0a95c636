import { createWriteStream } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BuildLog } from './build-log.js';
import { GuestError } from './errors.js';
import { debianMirror, prepareHost } from './host.js';
import { hostKeyAlias, imageFiles } from './paths.js';
import { formatElapsed, type Progress } from './progress.js';
import { recipe } from './recipe.js';
import { quote } from './ssh.js';

export interface Unpacking {
  /** `extract`: only the files of the packages, nothing configured. `minbase`, `apt`: a system to go into. */
  variant: 'extract' | 'minbase' | 'apt';
  packages: readonly string[];
  target: string;
  mirror: string;
  /** Takes packages from backports too. */
  backports?: boolean;
  /** Run in this order on the system once its packages are there. */
  hooks?: readonly string[];
}

/** The command that unpacks a Debian of the recipe's release. */
export function unpackDebian({ variant, packages, target, mirror, backports, hooks }: Unpacking): string[] {
  const leaveOut = ['man', 'doc', 'info', 'locale'].map(
    (dir) => `--dpkgopt=path-exclude=/usr/share/${dir}/*`,
  );
  const suites = [recipe.suite, ...(backports ? [`${recipe.suite}-backports`] : [])];
  const components = recipe.components.replaceAll(',', ' ');
  return [
    // Namespaces of its own, so that an interrupted build leaves neither mounts nor processes behind.
    ...['setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child'],
    ...['mmdebstrap', '--mode=root', `--variant=${variant}`, '--skip=cleanup/reproducible'],
    ...[`--include=${packages.join(',')}`, ...leaveOut],
    ...(hooks ?? []).map((hook) => `--customize-hook=sh ${quote(hook)} "$1"`),
    ...[recipe.suite, target, ...suites.map((suite) => `deb ${mirror} ${suite} ${components}`)],
  ];
}

/** Runs `make` with a log beside the cache entry `dir`; what fails is told with the log's last lines. */
export async function buildLogged(
  dir: string,
  what: string,
  progress: Progress,
  make: (build: BuildLog, mirror: string) => Promise<void>,
): Promise<void> {
  const startedAt = Date.now();
  const logFile = `${dir.replace(/\.partial$/, '')}.log`;
  await prepareHost(path.dirname(dir), progress);
  const log = createWriteStream(logFile);
  try {
    await make(new BuildLog(progress, log), await debianMirror());
    progress(`${what} built in ${formatElapsed(Date.now() - startedAt)}`);
  } catch (error) {
    const detail = error instanceof Error && 'all' in error ? String(error.all) : String(error);
    throw new GuestError(
      `${what} could not be built (whole log: ${logFile}); its last lines:\n` +
        detail.split('\n').slice(-25).join('\n'),
    );
  } finally {
    log.end();
  }
}

/** The key that the tests log in with. Returns its public half. */
export async function makeKey(image: string, build: BuildLog): Promise<string> {
  const { key } = imageFiles(image);
  const comment = ['-N', '', '-C', 'bench-guest'];
  await build.run('making a key', ['ssh-keygen', '-q', '-t', 'ed25519', ...comment, '-f', key]);
  return (await readFile(`${key}.pub`, 'utf8')).trim();
}

/** Makes the root disk of the image, and the file by which ssh knows the guest, from the Debian in `rootfs`. */
export async function makeRootDisk(image: string, rootfs: string, build: BuildLog): Promise<void> {
  const files = imageFiles(image);
  const hostKey = await readFile(path.join(rootfs, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8');
  await writeFile(files.knownHosts, `${hostKeyAlias} ${hostKey}`);
  // Fills a file system without mounting it; the file is sparse.
  const ext4 = ['-t', 'ext4', '-L', 'root', '-E', 'lazy_itable_init=1,lazy_journal_init=1'];
  const unfinished = `${files.root}.part`;
  const argv = ['mke2fs', '-q', ...ext4, '-d', rootfs, unfinished, recipe.rootSize];
  await build.run('making the root disk', argv);
  await rename(unfinished, files.root);
  await rm(rootfs, { recursive: true });
}

/** The one file of `dir` whose name begins so. */
export async function only(dir: string, prefix: string): Promise<string> {
  const names = (await readdir(dir)).filter((name) => name.startsWith(prefix));
  const name = names[0];
  if (!name || names.length > 1)
    throw new GuestError(`expected one ${prefix}* in ${dir}, found ${names.length}`);
  return path.join(dir, name);
}
