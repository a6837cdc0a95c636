import { rename } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { type CacheEntry, leaseEntry } from './cache.js';
import { forgetAtExit, removeAtExit } from './cleanup.js';
import {
  type AttachedDisk,
  blockDevice,
  blockNode,
  createDisk,
  type DiskSpec,
  deviceId,
  planDisks,
} from './disks.js';
import { GuestError } from './errors.js';
import type { Lock } from './lock.js';
import { imageFiles, runtimeFiles, stateFiles } from './paths.js';
import { createOverlay, Qemu, qemuImg } from './qemu.js';
import { type Accelerator, recipe } from './recipe.js';
import { createRuntime, type GuestRecord, readRecord, removeRuntime, writeRecord } from './runtime.js';
import { Ssh } from './ssh.js';
import { beginLog, type Replayed, replay } from './write-log.js';

export interface MachineOptions {
  image: CacheEntry;
  accelerator: Accelerator;
  /** What to go on from; without it the machine boots, which takes most of a minute under emulation. */
  state?: CacheEntry;
  disks?: readonly DiskSpec[];
  memoryMiB?: number;
  label?: string;
  detached?: boolean;
  /**
   * A power cut loses every write that was not flushed, of all disks: as hardware does at its worst. Costs a copy of
   * each disk when the machine is switched on.
   */
  losesUnflushed?: boolean;
}

const bootTimeoutMs = 300_000;

/** QEMU, its disks and the connection into it: everything about a guest that is hardware. */
export class Machine {
  #qemu: Qemu;
  /** What a resumed machine is still to get: its saved state knows no disks. */
  #unplugged: AttachedDisk[] = [];
  ssh: Ssh;

  private constructor(
    readonly runtime: string,
    readonly record: GuestRecord,
    qemu: Qemu,
    private locks: Lock[],
  ) {
    this.#qemu = qemu;
    this.ssh = new Ssh(record.image, runtime, qemu.port);
  }

  static async start(options: MachineOptions): Promise<Machine> {
    const { dir, lock } = createRuntime();
    if (!options.detached) removeAtExit(dir);
    const locks = [lock];
    try {
      const { record, incoming } = await prepare(dir, options);
      locks.push(...(await leases(record)));
      if (record.losesUnflushed) await beginLogs(dir, record);
      const qemu = await Qemu.start({
        ...{ ...record, runtime: dir, hold: locks.map(({ fd }) => fd) },
        // Plugged in once it runs.
        disks: incoming ? [] : record.disks,
        ...(incoming ? { incoming } : {}),
        logsWrites: record.losesUnflushed === true,
      });
      record.port = qemu.port;
      writeRecord(dir, record);
      const machine = new Machine(dir, record, qemu, locks);
      if (incoming) {
        await qemu.resume();
        machine.#unplugged = [...record.disks];
      }
      return machine;
    } catch (error) {
      removeRuntime(dir);
      forgetAtExit(dir);
      for (const held of locks) held.release();
      throw error;
    }
  }

  /** The machine that another process keeps running in `runtime`, if it does. */
  static async attach(runtime: string): Promise<Machine | undefined> {
    const record = readRecord(runtime);
    const qemu = record && (await Qemu.attach(runtime, record.port));
    if (!record || !qemu) return undefined;
    const machine = new Machine(runtime, record, qemu, []);
    if (!(await machine.ssh.connected())) await machine.ssh.connect(Date.now() + 60_000, () => qemu.running);
    return machine;
  }

  get running(): boolean {
    return this.#qemu.running;
  }

  get pid(): number {
    return this.#qemu.pid;
  }

  /** Returns once the guest takes commands, has the host's time and sees its disks. */
  async reach(): Promise<void> {
    await this.ssh.connect(Date.now() + bootTimeoutMs, () => this.running);
    const unplugged = this.#unplugged.splice(0);
    const present = this.record.disks.filter((disk) => disk.attached && !unplugged.includes(disk));
    const now = (Date.now() / 1000).toFixed(3);
    // A resumed machine has the time of its saving.
    await this.#tell([`date -s @${now} > /dev/null`, ...sight(present)]);
    if (unplugged.length > 0) await this.#onOneProcessor(() => this.#plug(unplugged));
  }

  /** Returns what was lost where the disks lose what was not flushed, by the file of the disk. */
  async powerCut(): Promise<Map<string, Replayed>> {
    await this.#qemu.kill();
    return this.record.losesUnflushed ? loseUnflushed(this.runtime, this.record) : new Map();
  }

  async powerOff(): Promise<void> {
    // The connection breaks while the machine goes down, which is not a failure here.
    await this.ssh.run(['systemctl', 'poweroff'], { timeoutMs: 60_000 }).catch(() => {});
    await this.#qemu.ended(180_000);
  }

  async powerOn(without: readonly string[]): Promise<void> {
    // Of a guest that another process started only its QEMU held the locks, and that has ended.
    if (this.locks.length === 0) this.locks = await leases(this.record);
    for (const disk of this.record.disks) disk.attached = !without.includes(disk.name);
    if (this.record.losesUnflushed) await beginLogs(this.runtime, this.record);
    this.#qemu = await Qemu.start({
      logsWrites: this.record.losesUnflushed === true,
      ...{ ...this.record, runtime: this.runtime, hold: this.locks.map(({ fd }) => fd) },
      disks: this.record.disks.filter((disk) => disk.attached),
    });
    this.record.port = this.#qemu.port;
    writeRecord(this.runtime, this.record);
    this.ssh = new Ssh(this.record.image, this.runtime, this.#qemu.port);
    await this.reach();
  }

  disk(name: string): AttachedDisk {
    const found = this.record.disks.find((disk) => disk.name === name);
    if (found) return found;
    const names = this.record.disks.map((disk) => disk.name).join(', ');
    throw new GuestError(`no disk ${JSON.stringify(name)} in this guest; it has: ${names || 'none'}`);
  }

  async addDisk(spec: DiskSpec): Promise<AttachedDisk> {
    const [disk] = planDisks([spec], this.runtime, this.record.disks);
    if (!disk) throw new GuestError('no disk was planned');
    await createDisk(disk);
    this.record.disks.push(disk);
    await this.#onOneProcessor(() => this.#plug([disk]));
    writeRecord(this.runtime, this.record);
    return disk;
  }

  async removeDisk(name: string): Promise<void> {
    const disk = this.disk(name);
    const { qmp } = this.#qemu;
    const isIt = (data: unknown) => (data as { device?: string }).device === deviceId(disk);
    await this.#onOneProcessor(() =>
      Promise.all([
        qmp.event('DEVICE_DELETED', 30_000, isIt),
        qmp.execute('device_del', { id: deviceId(disk) }),
      ]),
    );
    await qmp.execute('blockdev-del', { 'node-name': blockNode(disk)['node-name'] });
    disk.attached = false;
    writeRecord(this.runtime, this.record);
  }

  /** Writes the memory to `file` and ends QEMU; the overlay stays, to be kept with that memory. */
  async freeze(file: string): Promise<void> {
    await this.ssh.disconnect();
    // A moment for the guest to end our session, which would otherwise be saved half open.
    await sleep(1500);
    await this.#qemu.saveMemory(file);
    await this.#qemu.kill();
  }

  /** Lets go of a machine that goes on running without this process. */
  release(): void {
    this.#qemu.qmp.close();
    for (const lock of this.locks) lock.release();
  }

  /** Ends the machine and removes everything that it had on this host. */
  async destroy(): Promise<void> {
    await this.#qemu.kill().catch(() => {});
    removeRuntime(this.runtime);
    forgetAtExit(this.runtime);
    for (const lock of this.locks) lock.release();
  }

  /** One after the other: those that come at once are found, and named, in any order. */
  async #plug(disks: readonly AttachedDisk[]): Promise<void> {
    for (const disk of disks) {
      const log = this.record.losesUnflushed ? runtimeFiles(this.runtime).writes(disk.file) : undefined;
      await this.#qemu.qmp.execute('blockdev-add', blockNode(disk, log));
      await this.#qemu.qmp.execute('device_add', blockDevice(disk));
      disk.attached = true;
      await this.#tell(sight([disk]));
    }
  }

  /**
   * For what changes the map of the guest's memory, as a PCI device that comes or goes does: emulated by QEMU 10.0, a
   * processor that ends an interrupt at that moment sometimes does not, gets no other one from then on, and the guest
   * hangs (`info lapic`: its timer in service for ever).
   */
  async #onOneProcessor(work: () => Promise<unknown>): Promise<void> {
    const others = (online: 0 | 1) =>
      `for other in /sys/devices/system/cpu/cpu[1-9]*/online; do echo ${online} > "$other"; done`;
    await this.#tell([others(0)]);
    await work();
    await this.#tell([others(1)]);
  }

  /** One command for all, because each costs. */
  async #tell(script: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await this.ssh.run(['bash', '-euc', script.join('\n')], {
      timeoutMs: 60_000,
    });
    if (exitCode !== 0) throw new GuestError(`preparing the guest failed: ${stderr}`);
  }
}

/** Shell lines that end once the guest sees the disks. */
function sight(disks: readonly AttachedDisk[]): string[] {
  if (disks.length === 0) return [];
  const awaited = disks.map((disk) => {
    const device = `/sys/bus/pci/devices/0000:00:${disk.slot.toString(16).padStart(2, '0')}.0`;
    return `until compgen -G '${device}/virtio*/block/*' > /dev/null; do sleep 0.05; done`;
  });
  return [...awaited, 'udevadm settle'];
}

/** Fills the runtime directory; `incoming` is the memory to resume, when it fits. */
async function prepare(
  dir: string,
  options: MachineOptions,
): Promise<{ record: GuestRecord; incoming: string | undefined }> {
  const { image, state } = options;
  const { tools, root } = imageFiles(image.dir);
  const { overlay } = runtimeFiles(dir);
  const disks = planDisks(options.disks ?? [], dir);
  await Promise.all([
    state
      ? createOverlay(tools, overlay, stateFiles(state.dir).disk, 'qcow2')
      : createOverlay(tools, overlay, root, 'raw'),
    ...disks.map(createDisk),
  ]);
  const memoryMiB = options.memoryMiB ?? recipe.memoryMiB;
  const record: GuestRecord = {
    label: options.label ?? 'guest',
    image: image.dir,
    ...(state ? { state: state.dir } : {}),
    accelerator: options.accelerator,
    memoryMiB,
    disks,
    port: 0,
    detached: options.detached === true,
    losesUnflushed: options.losesUnflushed === true,
  };
  if (record.losesUnflushed) await flatten(tools, overlay);
  // Memory of another size cannot take the saved one: then the saved disk is booted.
  const resumable = state !== undefined && memoryMiB === recipe.memoryMiB;
  return { record, incoming: resumable ? stateFiles(state.dir).memory : undefined };
}

/** A raw image in the place of an overlay: only in one can a write be repeated by its place on the disk. */
async function flatten(tools: string, overlay: string): Promise<void> {
  const flat = `${overlay}.raw`;
  await qemuImg(tools, ['convert', '-O', 'raw', overlay, flat]);
  await rename(flat, overlay);
}

function disksOf(dir: string, record: GuestRecord): string[] {
  return [runtimeFiles(dir).overlay, ...record.disks.map(({ file }) => file)];
}

/** Keeps each disk as it is now, and begins an empty log of what will be written to it. */
async function beginLogs(dir: string, record: GuestRecord): Promise<void> {
  const { writes, before } = runtimeFiles(dir);
  for (const disk of disksOf(dir, record)) {
    await execa('cp', ['--sparse=always', '--reflink=auto', disk, before(disk)]);
    beginLog(writes(disk));
  }
}

/** Puts in the place of each disk what it was, with all that was written and flushed since. */
async function loseUnflushed(dir: string, record: GuestRecord): Promise<Map<string, Replayed>> {
  const { writes, before } = runtimeFiles(dir);
  const lost = new Map<string, Replayed>();
  for (const disk of disksOf(dir, record)) {
    lost.set(path.basename(disk), replay(writes(disk), before(disk)));
    await rename(before(disk), disk);
  }
  return lost;
}

/** Leases of the machine's own, so that it depends on nobody else's. */
function leases(record: GuestRecord): Promise<Lock[]> {
  return Promise.all([record.image, ...(record.state ? [record.state] : [])].map(leaseEntry));
}
