import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { guestByHand, listByHand, remember, runtimeOf, takeDown, withGuest } from './by-hand.js';
import { parseDisk } from './disks.js';
import { GuestError, messageOf } from './errors.js';
import { runtimeFiles } from './paths.js';
import { formatElapsed, stderrProgress } from './progress.js';
import { builtDeb, prepareGuest, startGuest } from './start.js';
import { introduce } from './together.js';

const help = `A disposable machine with real ZFS, MariaDB and systemd.

  npm run guest -- build                    make the image and its saved state (minutes, once)
  npm run guest -- up [--disk SPEC]...      start a guest; it runs until "down"
                   [--product]              with the package that "npm run build" made installed
                   [--bench]                the same, and the bench "shop" provisioned on disk-a
                   [--memory MIB]
  npm run guest -- sh [COMMAND...]          a shell in it, or one command
  npm run guest -- push SOURCE TARGET       copy a file, or what is in a directory, into it
  npm run guest -- forward TO [PORT]        lead a port of this host to an address or a socket in it
  npm run guest -- reboot [--without NAME]... [--cut]
                                            without some disks; --cut: power cut, no shutdown
  npm run guest -- log                      its serial console
  npm run guest -- down                     end it and remove its disks
  npm run guest -- meet NAME NAME...        let guests see one another: "ssh b" in a
  npm run guest -- list                     the guests that are up

  --name NAME   which guest (default: "default")
  --disk SPEC   SIZE[:SERIAL][:ro][:ext4], such as 20G:disk-a; they are /dev/vdb, /dev/vdc ...
`;

async function up(name: string, flags: Flags): Promise<void> {
  const known = runtimeOf(name);
  if (known && listByHand().some((guest) => guest.name === name && guest.pid !== undefined)) {
    throw new GuestError(`guest ${name} is up already; end it with: npm run guest -- down`);
  }
  takeDown(name);
  const startedAt = Date.now();
  const guest = await startGuest({
    disks: (flags.disk ?? (flags.bench ? [] : ['20G:disk-a'])).map(parseDisk),
    image: flags.bench ? 'bench' : flags.product ? 'product' : 'base',
    ...(flags.memory === undefined ? {} : { memoryMiB: Number(flags.memory) }),
    label: name,
    detached: true,
  });
  remember(name, guest.runtime);
  guest.release();
  console.log(`guest ${name} is up after ${formatElapsed(Date.now() - startedAt)}: npm run guest -- sh`);
}

function runtimeOfKnown(name: string): string {
  const runtime = runtimeOf(name);
  if (!runtime) throw new GuestError(`there is no guest ${name}: npm run guest -- up`);
  return runtime;
}

async function build(): Promise<void> {
  const progress = stderrProgress();
  const { image, machine } = await prepareGuest((await builtDeb()) ? 'product' : 'base', progress);
  progress(`ready (${machine}): ${image.dir}`);
}

async function meet(names: readonly string[]): Promise<void> {
  if (names.length < 2) throw new GuestError('meet NAME NAME...');
  const guests = await Promise.all(names.map(async (each) => [each, await guestByHand(each)] as const));
  await introduce(Object.fromEntries(guests));
  for (const [, guest] of guests) guest.release();
}

async function main(argv: string[]): Promise<number> {
  const { flags, words } = parse(argv);
  const [command, ...rest] = words;
  const name = flags.name ?? 'default';
  if (flags.help || command === undefined || command === 'help') {
    console.log(help);
    return command === undefined && !flags.help ? 2 : 0;
  }
  switch (command) {
    case 'build':
      await build();
      return 0;
    case 'up':
      await up(name, flags);
      return 0;
    case 'sh':
      // One word is a line for the shell, as it is for ssh.
      return withGuest(name, (guest) =>
        guest.interactive(rest.length === 1 ? ['bash', '-c', ...rest] : rest),
      );
    case 'forward': {
      const [to, wanted] = rest;
      if (!to) throw new GuestError('forward TO [PORT], such as forward 127.0.0.1:8443');
      await withGuest(name, async (guest) => {
        const port = await guest.forward(to, wanted === undefined ? undefined : Number(wanted));
        console.log(`127.0.0.1:${port} leads to ${to} in guest ${name}`);
      });
      return 0;
    }
    case 'push': {
      const [source, target] = rest;
      if (!source || !target) throw new GuestError('push SOURCE TARGET');
      await withGuest(name, (guest) => guest.push(source, target));
      return 0;
    }
    case 'reboot': {
      const options = { without: flags.without ?? [], clean: flags.cut !== true };
      await withGuest(name, (guest) => guest.reboot(options));
      return 0;
    }
    case 'log':
      process.stdout.write(readFileSync(runtimeFiles(runtimeOfKnown(name)).serial));
      return 0;
    case 'down':
      console.log(takeDown(name) ? `guest ${name} is down` : `there is no guest ${name}`);
      return 0;
    case 'meet':
      await meet(rest);
      return 0;
    case 'list':
      for (const { name: each, machine, pid, port, runtime } of listByHand()) {
        const running = pid === undefined ? 'not running' : `${machine}, pid ${pid}, ssh port ${port}`;
        console.log(`${each}\t${running}\t${runtime}`);
      }
      return 0;
    default:
      throw new GuestError(`no command ${JSON.stringify(command)}; npm run guest -- --help`);
  }
}

type Flags = ReturnType<typeof parse>['flags'];

function parse(argv: string[]) {
  // What follows `sh` is the command, its flags included; so only what stands before it is ours.
  const sh = argv.indexOf('sh');
  const ours = sh === -1 ? argv : argv.slice(0, sh + 1);
  try {
    const { values, positionals } = parseArgs({
      args: ours,
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        disk: { type: 'string', multiple: true },
        product: { type: 'boolean' },
        bench: { type: 'boolean' },
        memory: { type: 'string' },
        without: { type: 'string', multiple: true },
        cut: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return { flags: values, words: [...positionals, ...(sh === -1 ? [] : argv.slice(sh + 1))] };
  } catch (error) {
    throw new GuestError(`${messageOf(error)}; npm run guest -- --help`);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // Anything else is a mistake in here, and its stack trace helps.
  if (!(error instanceof GuestError)) throw error;
  process.stderr.write(`guest: ${error.message}\n`);
  process.exitCode = 1;
}
