import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { GuestError, messageOf } from './errors.js';
import { hostKeyAlias, imageFiles, runtimeFiles } from './paths.js';

export interface CommandResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

export interface RunOptions {
  /** Ends the command; 120 s unless told. */
  timeoutMs?: number;
  /** Given to the command on its standard input. */
  input?: string | Uint8Array;
}

/** One argument for a POSIX shell, such as the one sshd hands every command to. */
export function quote(argument: string): string {
  return /^[A-Za-z0-9_/.:=@%+,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/** Commands in the guest, over one connection that stays open: a new one costs a second under emulation. */
export class Ssh {
  readonly #options: string[];
  readonly #control: string;
  readonly #port: number;

  constructor(image: string, runtime: string, port: number) {
    const files = imageFiles(image);
    this.#port = port;
    this.#control = runtimeFiles(runtime).ssh;
    this.#options = [
      ...['-F', 'none', '-p', String(port), '-l', 'root', '-i', files.key],
      ...option('IdentitiesOnly=yes', 'IdentityAgent=none', 'BatchMode=yes', 'LogLevel=ERROR'),
      ...option(`HostKeyAlias=${hostKeyAlias}`, `UserKnownHostsFile=${files.knownHosts}`),
      ...option('StrictHostKeyChecking=yes', 'GlobalKnownHostsFile=/dev/null', 'UpdateHostKeys=no'),
      ...option('GSSAPIAuthentication=no', 'PreferredAuthentications=publickey', 'Compression=no'),
      ...option(`ControlPath=${this.#control}`),
    ];
  }

  /** Opens the connection as soon as the guest lets us in. */
  async connect(deadline: number, stillRunning: () => boolean): Promise<void> {
    // `-f` returns once logged in; the process left behind ends with the connection, so with the machine.
    const args = [...this.#options, ...option('ConnectTimeout=10'), '-M', '-N', '-f', '127.0.0.1'];
    const log = `${this.#control}.log`;
    for (;;) {
      if (await greets(this.#port)) {
        const settings = { stdio: 'ignore', reject: false, timeout: 30_000 } as const;
        const { exitCode } = await execa('ssh', ['-E', log, ...args], settings);
        if (exitCode === 0) return;
      }
      if (!stillRunning()) throw new GuestError('the machine ended before the guest answered');
      if (Date.now() > deadline) throw new GuestError('the guest does not answer on ssh');
      await sleep(100);
    }
  }

  async connected(): Promise<boolean> {
    const args = [...this.#options, '-O', 'check', '127.0.0.1'];
    return (await execa('ssh', args, { stdio: 'ignore', reject: false })).exitCode === 0;
  }

  async disconnect(): Promise<void> {
    await execa('ssh', [...this.#options, '-O', 'exit', '127.0.0.1'], { stdio: 'ignore', reject: false });
  }

  /**
   * Leads a port of this host's 127.0.0.1 to an address or a socket in the guest, for as long as the connection lasts.
   * @param to `127.0.0.1:8443`, or the path of a socket
   * @param wanted any free one unless told
   */
  async forward(to: string, wanted?: number): Promise<number> {
    const port = wanted ?? (await freePort());
    const args = [...this.#options, '-O', 'forward', '-L', `127.0.0.1:${port}:${to}`, '127.0.0.1'];
    const { exitCode, stderr } = await execa('ssh', args, { reject: false, timeout: 30_000 });
    if (exitCode !== 0) throw new GuestError(`port ${port} does not lead to ${to}: ${stderr}`);
    return port;
  }

  /** Starts `argv`; its standard input is closed unless `input` is given. */
  spawn(argv: readonly string[], { timeoutMs = 0, input = '' }: RunOptions = {}) {
    const settings = { reject: false, stripFinalNewline: false } as const;
    return execa('ssh', this.#arguments(argv), { ...settings, input, timeout: timeoutMs });
  }

  /** Runs `argv` to its end, whatever its exit status; throws when the guest did not take or finish it. */
  async run(argv: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const timeoutMs = options.timeoutMs ?? 120_000;
    const command = this.spawn(argv, { ...options, timeoutMs });
    // The master has its output open, too, and with a guest that hangs keeps it so when ssh itself has been ended.
    const letGo = setTimeout(() => {
      command.stdout.destroy();
      command.stderr.destroy();
    }, timeoutMs + 5000);
    const result = await command;
    clearTimeout(letGo);
    const { stdout, stderr, exitCode } = result;
    if (result.timedOut) {
      throw new GuestError(`no end after ${timeoutMs} ms of: ${argv.join(' ')}\n${stdout}\n${stderr}`);
    }
    // 255 is ssh's own failure, but a command may also end so.
    const lost = exitCode === undefined || (exitCode === 255 && !(await this.connected()));
    if (lost) {
      const said = stderr || (result.cause === undefined ? '' : messageOf(result.cause));
      throw new GuestError(`lost the guest during: ${argv.join(' ')}\n${said}`);
    }
    return { stdout, stderr, exitCode };
  }

  /** A terminal in the guest for a person; resolves to the exit status. */
  async interactive(argv: readonly string[]): Promise<number> {
    const args = [
      ...this.#options,
      '-t',
      '127.0.0.1',
      ...(argv.length > 0 ? [argv.map(quote).join(' ')] : []),
    ];
    return (await execa('ssh', args, { stdio: 'inherit', reject: false })).exitCode ?? 255;
  }

  /** Streams a directory tree, or one file, through tar: modes and links are kept. */
  async copyIn(local: string, remote: string, isDirectory: boolean): Promise<void> {
    const pack = isDirectory
      ? ['-C', local, '-cf', '-', '.']
      : ['-C', path.dirname(local), '-cf', '-', path.basename(local)];
    const into = isDirectory ? remote : path.posix.dirname(remote);
    const rename = isDirectory ? '' : ` --transform ${quote(`s|.*|${path.posix.basename(remote)}|`)}`;
    const unpack = `mkdir -p ${quote(into)} && tar -C ${quote(into)} --no-same-owner${rename} -xf -`;
    await execa('tar', pack, { buffer: false }).pipe('ssh', this.#arguments(['sh', '-c', unpack]));
  }

  async copyOut(remote: string, local: string): Promise<void> {
    const pack = ['tar', '-C', path.posix.dirname(remote), '-cf', '-', path.posix.basename(remote)];
    const unpack = ['-C', local, '--no-same-owner', '-xf', '-'];
    await execa('ssh', this.#arguments(pack), { buffer: false, stdin: 'ignore' }).pipe('tar', unpack);
  }

  #arguments(argv: readonly string[]): string[] {
    return [...this.#options, '-T', '127.0.0.1', argv.map(quote).join(' ')];
  }
}

/** Standard output and error to read while it runs, `kill()`, and its result when awaited. */
export type RunningCommand = ReturnType<Ssh['spawn']>;

/**
 * Whether an sshd answers at the port. The network in front of a guest takes every connection at once; one that is made
 * too early is answered late or never, so each try is a short one.
 */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const settle = (greeted: boolean) => {
      socket.destroy();
      resolve(greeted);
    };
    socket.setTimeout(500, () => settle(false));
    socket.once('data', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}

function option(...settings: string[]): string[] {
  return settings.flatMap((setting) => ['-o', setting]);
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new GuestError('this host gives no port');
  return address.port;
}
