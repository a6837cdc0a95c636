import { statSync } from 'node:fs';
import path from 'node:path';
import { collectDiagnostics, consoleTail } from './diagnostics.js';
import type { AttachedDisk, DiskSpec } from './disks.js';
import { GuestCommandError, GuestError, messageOf } from './errors.js';
import type { Machine, Replayed } from './machine.js';
import { type CommandResult, quote, type RunningCommand, type RunOptions } from './ssh.js';

export interface ShOptions extends RunOptions {
  /** `false`: an exit status other than zero is a result, not an error. */
  check?: boolean;
}

export interface RebootOptions {
  /** Names (serials) of disks that are gone after the reboot; a later one without this brings them back. */
  without?: readonly string[];
  /** `false` cuts the power instead of shutting down. */
  clean?: boolean;
}

/** A running machine, for tests and for the command line. `startGuest` (start.ts) is how to get one. */
export class Guest implements AsyncDisposable {
  #stopped = false;

  private constructor(private readonly machine: Machine) {}

  /** The guest on a machine that was just started, once it takes commands. */
  static async on(machine: Machine): Promise<Guest> {
    const guest = new Guest(machine);
    try {
      await guest.#watched(machine.reach());
      return guest;
    } catch (error) {
      await guest.stop();
      throw error;
    }
  }

  /** The guest on a machine that runs, and that another process has reached before. */
  static async attached(machine: Machine): Promise<Guest> {
    if (!(await machine.ssh.connected())) {
      await machine.ssh.connect(Date.now() + 60_000, () => machine.running);
    }
    return new Guest(machine);
  }

  /** The directory with its disks and logs on this host. */
  get runtime(): string {
    return this.machine.runtime;
  }

  get image(): string {
    return this.machine.record.image;
  }

  /** Of 127.0.0.1, leads to its sshd. */
  get port(): number {
    return this.machine.record.port;
  }

  /** The process id of its machine. */
  get pid(): number {
    return this.machine.pid;
  }

  get disks(): readonly AttachedDisk[] {
    return this.machine.record.disks;
  }

  /** A port of this host's 127.0.0.1 that leads to an address (`127.0.0.1:8443`) or a socket in the guest. */
  forward(to: string, port?: number): Promise<number> {
    return this.machine.ssh.forward(to, port);
  }

  /** Runs a bash script as root, up to its first failure; throws when one happens unless `check: false`. */
  sh(script: string, options: ShOptions = {}): Promise<CommandResult> {
    return this.#run(bash(script), options, script);
  }

  /** What every line of a bash script prints, whatever fails: what is not there is part of the answer. */
  async survey(script: string, options: Omit<ShOptions, 'check'> = {}): Promise<string> {
    return (await this.#run(['bash', '-uc', script], { ...options, check: false }, script)).stdout;
  }

  /** Runs a command; no shell interprets its arguments. */
  run(argv: readonly string[], options: ShOptions = {}): Promise<CommandResult> {
    return this.#run(argv, options, argv.join(' '));
  }

  /** Starts a bash script and returns at once; what it returns never rejects for an exit status. */
  spawn(script: string, options: RunOptions = {}): RunningCommand {
    return this.machine.ssh.spawn(bash(script), options);
  }

  /** A terminal in the guest for a person; resolves to the exit status. */
  interactive(argv: readonly string[] = []): Promise<number> {
    return this.machine.ssh.interactive(argv);
  }

  /** Copies a file to the path `remote`, or the contents of a directory into the directory `remote`. */
  async push(local: string, remote: string): Promise<void> {
    const file = path.resolve(local);
    await this.#watched(this.machine.ssh.copyIn(file, remote, statSync(file).isDirectory()));
  }

  /** Copies the file or directory `remote` into the local directory `into`. */
  async pull(remote: string, into: string): Promise<void> {
    await this.#watched(this.machine.ssh.copyOut(remote, into));
  }

  async read(file: string): Promise<string> {
    return (await this.run(['cat', '--', file])).stdout;
  }

  /** Writes a file, and the directories above it where they are missing. */
  async write(file: string, content: string | Uint8Array): Promise<void> {
    await this.sh(`mkdir -p -- ${quote(path.posix.dirname(file))}; cat > ${quote(file)}`, { input: content });
  }

  /** Shuts down, or cuts the power, and boots the machine again on the same disks. */
  async reboot(options: RebootOptions = {}): Promise<void> {
    for (const name of options.without ?? []) this.machine.disk(name);
    if (options.clean === false) await this.#watched(this.machine.powerCut());
    else await this.powerOff();
    await this.powerOn(options);
  }

  /** Shuts down; `powerOn` boots it again. */
  async powerOff(): Promise<void> {
    await this.#watched(this.machine.powerOff());
  }

  /**
   * Cuts the power: ends the machine at once. What the guest's kernel had not written is lost; what the host has cached is not, unless the
   * guest was started with `losesUnflushed`. Returns what was lost then, by disk.
   */
  powerCut(): Promise<Map<string, Replayed>> {
    return this.machine.powerCut();
  }

  /** Boots the machine after `powerCut`. */
  async powerOn(options: Pick<RebootOptions, 'without'> = {}): Promise<void> {
    await this.#watched(this.machine.powerOn(options.without ?? []));
  }

  /** Plugs a disk into the running machine. */
  addDisk(spec: DiskSpec): Promise<AttachedDisk> {
    return this.#watched(this.machine.addDisk(spec));
  }

  /** Pulls a disk out of the running machine; the next reboot brings it back. */
  removeDisk(name: string): Promise<void> {
    return this.#watched(this.machine.removeDisk(name));
  }

  /** Ends the machine and removes everything that it had on this host. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.machine.destroy();
  }

  /** Lets go of a detached guest, which goes on running without this process. */
  release(): void {
    this.machine.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Saves the serial console, the journal and more to files; returns a text that names them. */
  diagnose(): Promise<string> {
    const { ssh, record, runtime } = this.machine;
    const run = async (script: string) =>
      (await ssh.run(['bash', '-c', script], { timeoutMs: 30_000 })).stdout;
    return collectDiagnostics(record.label, runtime, this.machine.running ? run : undefined);
  }

  async #run(argv: readonly string[], options: ShOptions, shown: string): Promise<CommandResult> {
    const result = await this.#watched(this.machine.ssh.run(argv, options));
    if (options.check !== false && result.exitCode !== 0) throw new GuestCommandError(shown, result);
    return result;
  }

  /** A machine that does not do as told leaves its console and journal where the message says. */
  async #watched<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const died = this.machine.running ? '' : `\nThe machine has ended. ${consoleTail(this.runtime)}`;
      throw new GuestError(`${messageOf(error)}${died}\n${await this.diagnose()}`, { cause: error });
    }
  }
}

function bash(script: string): string[] {
  return ['bash', '-euo', 'pipefail', '-c', script];
}
