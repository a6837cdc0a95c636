import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { type CacheEntry, cacheRoot, ensureEntry, removeUnused } from './cache.js';
import { GuestError } from './errors.js';
import { debianMirror, prepareHost } from './host.js';
import { hostKeyAlias, imageFiles } from './paths.js';
import { formatElapsed, type Progress, withHeartbeat } from './progress.js';
import { provisionScript, recipe, recipeHash } from './recipe.js';
import { quote } from './ssh.js';

const dayMs = 24 * 60 * 60 * 1000;

/** The image made from the present recipe, from the cache or built now. */
export async function ensureImage(progress: Progress): Promise<CacheEntry> {
  const root = cacheRoot();
  await mkdir(root, { recursive: true });
  const entry = await ensureEntry(
    path.join(root, recipeHash()),
    (dir) => buildImage(dir, progress),
    progress,
  );
  await removeUnused(root, {
    names: /^[0-9a-f]{16}$/,
    keep: () => [path.basename(entry.dir)],
    olderThanMs: 3 * dayMs,
  });
  return entry;
}

async function buildImage(dir: string, progress: Progress): Promise<void> {
  const startedAt = Date.now();
  const logFile = `${dir.replace(/\.partial$/, '')}.log`;
  progress('building the guest: Debian, ZFS and MariaDB from packages; once, in 6 to 10 minutes');
  await prepareHost(path.dirname(dir), progress);
  const log = createWriteStream(logFile);
  try {
    await makeImage(dir, await debianMirror(), new BuildLog(progress, log));
    progress(`guest image built in ${formatElapsed(Date.now() - startedAt)}`);
  } catch (error) {
    const detail = error instanceof Error && 'all' in error ? String(error.all) : String(error);
    throw new GuestError(
      `the guest could not be built (whole log: ${logFile}); its last lines:\n` +
        detail.split('\n').slice(-25).join('\n'),
    );
  } finally {
    log.end();
  }
}

async function makeImage(dir: string, mirror: string, build: BuildLog): Promise<void> {
  const files = imageFiles(dir);
  const rootfs = path.join(dir, 'rootfs');
  await build.run('making a key', [
    'ssh-keygen',
    '-q',
    '-t',
    'ed25519',
    '-N',
    '',
    '-C',
    'bench-guest',
    '-f',
    files.key,
  ]);

  // At once: one mostly downloads and unpacks while the other compiles.
  await Promise.all([
    build.run('unpacking QEMU 10', bootstrap('extract', recipe.tools, files.tools, mirror)),
    build.run(
      'unpacking Debian, the kernel and MariaDB',
      bootstrap('minbase', recipe.packages, rootfs, mirror),
      {
        ZFS_PACKAGES: recipe.zfsPackages.join(' '),
        AUTHORIZED_KEY: (await readFile(`${files.key}.pub`, 'utf8')).trim(),
      },
    ),
  ]);

  await copyFile(await only(path.join(rootfs, 'boot'), 'vmlinuz-'), files.kernel);
  await copyFile(await only(path.join(rootfs, 'boot'), 'initrd.img-'), files.initrd);
  const hostKey = await readFile(path.join(rootfs, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8');
  await writeFile(files.knownHosts, `${hostKeyAlias} ${hostKey}`);
  // Fills a file system without mounting it; the file is sparse.
  const ext4 = ['-t', 'ext4', '-L', 'root', '-E', 'lazy_itable_init=1,lazy_journal_init=1'];
  const unfinished = `${files.root}.part`;
  await build.run('making the root disk', [
    'mke2fs',
    '-q',
    ...ext4,
    '-d',
    rootfs,
    unfinished,
    recipe.rootSize,
  ]);
  await rename(unfinished, files.root);
  await rm(rootfs, { recursive: true });
}

function bootstrap(variant: string, packages: readonly string[], target: string, mirror: string): string[] {
  const leaveOut = ['man', 'doc', 'info', 'locale'].map(
    (dir) => `--dpkgopt=path-exclude=/usr/share/${dir}/*`,
  );
  const provision = variant === 'minbase' ? [`--customize-hook=sh ${quote(provisionScript)} "$1"`] : [];
  return [
    // Namespaces of its own, so that an interrupted build leaves neither mounts nor processes behind.
    ...['setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child'],
    ...['mmdebstrap', '--mode=root', `--variant=${variant}`, `--components=${recipe.components}`],
    ...['--skip=cleanup/reproducible', `--include=${packages.join(',')}`, ...leaveOut, ...provision],
    ...[recipe.suite, target, mirror],
  ];
}

async function only(dir: string, prefix: string): Promise<string> {
  const names = (await readdir(dir)).filter((name) => name.startsWith(prefix));
  const name = names[0];
  if (!name || names.length > 1)
    throw new GuestError(`expected one ${prefix}* in ${dir}, found ${names.length}`);
  return path.join(dir, name);
}

/** Runs the steps of a build: all output to the log, the steps and a sign of life to the person who waits. */
class BuildLog {
  constructor(
    private readonly progress: Progress,
    private readonly log: NodeJS.WritableStream,
  ) {}

  async run(title: string, argv: string[], env: Record<string, string> = {}): Promise<void> {
    const [command = '', ...args] = argv;
    let step = title;
    this.progress(step);
    this.log.write(`$ ${argv.join(' ')}\n`);
    const running = execa(command, args, { env: { ...env, LC_ALL: 'C.UTF-8' }, all: true, stdin: 'ignore' });
    running.all.pipe(this.log, { end: false });
    // provision.sh announces its own steps in the middle of mmdebstrap's output.
    const announce = async () => {
      for await (const line of running.iterable({ from: 'all' })) {
        const announced = /^>>> (.*)/.exec(line)?.[1];
        if (!announced) continue;
        step = announced;
        this.progress(step);
      }
    };
    await withHeartbeat(this.progress, () => step, Promise.all([running, announce()]));
  }
}
