import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { AttachedDisk } from '../disks.js';
import { GuestError } from '../errors.js';
import { imageFiles, runtimeFiles } from '../paths.js';
import { freePort, machineEnded, runningPid, startProcess } from '../process.js';
import { toolCommand } from '../tools.js';
import { blockDevice, blockNode } from './disks.js';
import { Qmp } from './qmp.js';
import { type Accelerator, qemuRecipe } from './recipe.js';
import { loggedNode } from './write-log.js';

export async function qemuImg(tools: string, args: string[]): Promise<void> {
  const { argv, env } = toolCommand(tools, 'qemu-img');
  const [command = '', ...before] = argv;
  await execa(command, [...before, ...args], { env, extendEnv: false });
}

export function createOverlay(tools: string, file: string, backing: string, format: 'raw' | 'qcow2') {
  return qemuImg(tools, ['create', '-q', '-f', 'qcow2', '-b', backing, '-F', format, file]);
}

export interface QemuOptions {
  image: string;
  runtime: string;
  accelerator: Accelerator;
  memoryMiB: number;
  disks: readonly AttachedDisk[];
  /** Keeps a log of all writes, beside the disks; the root disk is a raw image then. */
  logsWrites?: boolean;
  /** A memory image to resume from; without it the machine boots. */
  incoming?: string;
  /** Descriptors that QEMU keeps open, so that the locks on them last as long as it does. */
  hold: readonly number[];
  /** Survives the process that starts it (`guest up`); otherwise QEMU dies with that process. */
  detached?: boolean;
}

export function qemuArguments(options: QemuOptions, port: number): string[] {
  const files = imageFiles(options.image);
  const run = runtimeFiles(options.runtime);
  const { common, nicSlot, rootSlot } = qemuRecipe.machine;
  const logOf = (disk: string) => (options.logsWrites ? run.writes(disk) : undefined);
  const disks = options.disks.flatMap((disk) => [
    ...['-blockdev', JSON.stringify(blockNode(disk, logOf(disk.file)))],
    ...['-device', JSON.stringify(blockDevice(disk))],
  ]);
  return [
    ...['-L', path.join(files.tools, 'usr/share/qemu'), '-L', path.join(files.tools, 'usr/share/seabios')],
    ...[...common, ...qemuRecipe.machine[options.accelerator], '-m', String(options.memoryMiB)],
    ...['-kernel', files.kernel, '-initrd', files.initrd, '-append', qemuRecipe.kernelArguments],
    ...rootDrive(run.overlay, logOf(run.overlay)),
    ...['-device', `virtio-blk-pci,drive=root,addr=${rootSlot}`],
    ...['-netdev', `user,id=net0,hostfwd=tcp:127.0.0.1:${port}-:22`],
    ...['-device', `virtio-net-pci,netdev=net0,romfile=,addr=${nicSlot}`],
    ...['-chardev', `file,id=serial0,path=${run.serial},append=on`, '-serial', 'chardev:serial0'],
    ...['-qmp', `unix:${run.qmp},server=on,wait=off`, '-pidfile', run.pid],
    ...disks,
    ...(options.incoming ? ['-incoming', `file:${options.incoming}`] : []),
  ];
}

function rootDrive(overlay: string, log: string | undefined): string[] {
  if (log === undefined) return ['-drive', `file=${overlay},if=none,id=root,cache=unsafe,discard=unmap`];
  const raw = { driver: 'raw', file: { driver: 'file', filename: overlay, cache: { 'no-flush': true } } };
  return ['-blockdev', JSON.stringify(loggedNode('root', raw, log))];
}

/** A running QEMU. */
export class Qemu {
  private constructor(
    readonly pid: number,
    readonly port: number,
    readonly qmp: Qmp,
    private readonly runtime: string,
  ) {}

  static async start(options: QemuOptions): Promise<Qemu> {
    for (let attempt = 1; ; attempt++) {
      const port = await freePort();
      try {
        return await Qemu.#startOn(port, options);
      } catch (error) {
        // Between our look and QEMU's bind somebody else may have taken the port.
        const bindFailed =
          error instanceof GuestError && /host forwarding|address already/i.test(error.message);
        if (!bindFailed || attempt === 5) throw error;
      }
    }
  }

  static async #startOn(port: number, options: QemuOptions): Promise<Qemu> {
    const run = runtimeFiles(options.runtime);
    const { argv, env } = toolCommand(imageFiles(options.image).tools, 'qemu-system-x86_64');
    const child = await startProcess({
      argv: [...argv, ...qemuArguments(options, port)],
      env,
      log: run.machineLog,
      hold: options.hold,
      detached: options.detached === true,
    });
    let ended = false;
    child.once('exit', () => {
      ended = true;
    });
    try {
      const qmp = await Qmp.connect(run.qmp, () => !ended);
      return new Qemu(Number(readFileSync(run.pid, 'utf8')), port, qmp, options.runtime);
    } catch (error) {
      child.kill('SIGKILL');
      const said = readFileSync(run.machineLog, 'utf8').trim();
      throw new GuestError(`QEMU did not start: ${said || String(error)}`);
    }
  }

  /** Takes over the QEMU that another process left running in `runtime`. */
  static async attach(runtime: string, port: number): Promise<Qemu | undefined> {
    const pid = runningPid(runtime);
    if (pid === undefined) return undefined;
    const qmp = await Qmp.connect(runtimeFiles(runtime).qmp, () => runningPid(runtime) !== undefined);
    return new Qemu(pid, port, qmp, runtime);
  }

  /** Resolves once an `incoming` memory image has been read, and lets the guest run. */
  async resume(): Promise<void> {
    await this.#migrated(60_000);
    await this.qmp.execute('cont');
  }

  /** Writes the memory of the guest, which stands still from here on; its disk fits that moment. */
  async saveMemory(file: string): Promise<void> {
    await this.qmp.execute('stop');
    await this.qmp.execute('migrate-set-parameters', { 'max-bandwidth': 10 ** 11 });
    await this.qmp.execute('migrate', { uri: `file:${file}` });
    await this.#migrated(300_000);
  }

  async #migrated(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const { status, ...rest } = await this.qmp.execute<{ status?: string }>('query-migrate');
      if (status === 'completed') return;
      if (status === 'failed' || Date.now() > deadline) {
        throw new GuestError(`saving or resuming memory: ${status ?? 'no status'} ${JSON.stringify(rest)}`);
      }
      await sleep(20);
    }
  }

  get running(): boolean {
    return runningPid(this.runtime) === this.pid;
  }

  /** Ends QEMU at once, as a power cut does; what the host has cached of the disks is kept. */
  async kill(): Promise<void> {
    this.qmp.close();
    if (this.running) process.kill(this.pid, 'SIGKILL');
    await this.ended(20_000);
  }

  async ended(timeoutMs: number): Promise<void> {
    await machineEnded(this.pid, this.runtime, timeoutMs);
    this.qmp.close();
  }
}
