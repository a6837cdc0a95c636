import { setTimeout as sleep } from 'node:timers/promises';
import { type AttachedDisk, createDisk, type DiskSpec, planDisks } from '../disks.js';
import { GuestError } from '../errors.js';
import type { Lock } from '../lock.js';
import { inRuntime, Machine, type MachineOptions, type Replayed } from '../machine.js';
import { imageFiles, runtimeFiles, stateFiles } from '../paths.js';
import { recipe } from '../recipe.js';
import { type GuestRecord, readRecord, writeRecord } from '../runtime.js';
import { blockDevice, blockNode, deviceId, slotOf } from './disks.js';
import { beginLogs, flatten, loseUnflushed } from './power.js';
import { createOverlay, Qemu } from './process.js';
import type { Accelerator } from './recipe.js';

export interface QemuMachineOptions extends MachineOptions {
  accelerator: Accelerator;
  /**
   * A power cut loses every write that was not flushed, of all disks: as hardware does at its worst. Costs a copy of
   * each disk when the machine is switched on.
   */
  losesUnflushed?: boolean;
}

const bootTimeoutMs = 300_000;

/** QEMU and its disks. A boot takes most of a minute under emulation, a saved state seconds. */
export class QemuMachine extends Machine {
  #qemu: Qemu;
  /** What a resumed machine is still to get: its saved state knows no disks. */
  #unplugged: AttachedDisk[] = [];

  private constructor(runtime: string, record: GuestRecord, qemu: Qemu, locks: Lock[]) {
    super(runtime, record, locks);
    this.#qemu = qemu;
  }

  static start(options: QemuMachineOptions): Promise<QemuMachine> {
    return inRuntime(options, async (dir, locks) => {
      const { record, incoming } = await prepare(dir, options);
      if (record.losesUnflushed) await beginLogs(dir, record);
      const qemu = await startQemu(dir, record, locks, incoming);
      writeRecord(dir, record);
      const machine = new QemuMachine(dir, record, qemu, locks);
      if (incoming) {
        await qemu.resume();
        machine.#unplugged = [...record.disks];
      }
      return machine;
    });
  }

  /** The machine that another process keeps running in `runtime`, if it does. */
  static async attach(runtime: string): Promise<QemuMachine | undefined> {
    const record = readRecord(runtime);
    const qemu = record && (await Qemu.attach(runtime, record.port));
    return record && qemu && new QemuMachine(runtime, record, qemu, []);
  }

  get running(): boolean {
    return this.#qemu.running;
  }

  get pid(): number {
    return this.#qemu.pid;
  }

  async reach(): Promise<void> {
    await this.ssh.connect(Date.now() + bootTimeoutMs, () => this.running);
    const unplugged = this.#unplugged.splice(0);
    const present = this.record.disks.filter((disk) => disk.attached && !unplugged.includes(disk));
    const now = (Date.now() / 1000).toFixed(3);
    // A resumed machine has the time of its saving.
    await this.tell([`date -s @${now} > /dev/null`, ...sight(present)]);
    if (unplugged.length > 0) await this.#onOneProcessor(() => this.#plug(unplugged));
  }

  async powerCut(): Promise<Map<string, Replayed>> {
    await this.#qemu.kill();
    return this.record.losesUnflushed ? loseUnflushed(this.runtime, this.record) : new Map();
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

  protected async switchOn(): Promise<void> {
    if (this.record.losesUnflushed) await beginLogs(this.runtime, this.record);
    this.#qemu = await startQemu(this.runtime, this.record, this.locks);
  }

  protected kill(): Promise<void> {
    return this.#qemu.kill();
  }

  protected letGo(): void {
    this.#qemu.qmp.close();
  }

  /** One after the other: those that come at once are found, and named, in any order. */
  async #plug(disks: readonly AttachedDisk[]): Promise<void> {
    for (const disk of disks) {
      const log = this.record.losesUnflushed ? runtimeFiles(this.runtime).writes(disk.file) : undefined;
      await this.#qemu.qmp.execute('blockdev-add', blockNode(disk, log));
      await this.#qemu.qmp.execute('device_add', blockDevice(disk));
      disk.attached = true;
      await this.tell(sight([disk]));
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
    await this.tell([others(0)]);
    await work();
    await this.tell([others(1)]);
  }
}

/** Starts QEMU as the record says and notes its port in it. Disks are plugged into what resumes once it runs. */
async function startQemu(
  dir: string,
  record: GuestRecord,
  locks: readonly Lock[],
  incoming?: string,
): Promise<Qemu> {
  const { image, accelerator = 'tcg', memoryMiB, detached } = record;
  const qemu = await Qemu.start({
    ...{ image, accelerator, memoryMiB, detached, runtime: dir, hold: locks.map(({ fd }) => fd) },
    disks: incoming ? [] : record.disks.filter((disk) => disk.attached),
    ...(incoming ? { incoming } : {}),
    logsWrites: record.losesUnflushed === true,
  });
  record.port = qemu.port;
  return qemu;
}

/** Shell lines that end once the guest sees the disks. */
function sight(disks: readonly AttachedDisk[]): string[] {
  if (disks.length === 0) return [];
  const awaited = disks.map((disk) => {
    const device = `/sys/bus/pci/devices/0000:00:${slotOf(disk).toString(16).padStart(2, '0')}.0`;
    return `until compgen -G '${device}/virtio*/block/*' > /dev/null; do sleep 0.05; done`;
  });
  return [...awaited, 'udevadm settle'];
}

/** Fills the runtime directory; `incoming` is the memory to resume, when it fits. */
async function prepare(
  dir: string,
  options: QemuMachineOptions,
): Promise<{ record: GuestRecord; incoming: string | undefined }> {
  const { image, state } = options;
  const { tools, root } = imageFiles(image.dir);
  const { overlay } = runtimeFiles(dir);
  const disks = planDisks(options.disks ?? [], dir);
  await Promise.all([
    state
      ? createOverlay(tools, overlay, stateFiles(state.dir).disk, 'qcow2')
      : createOverlay(tools, overlay, root, 'raw'),
    ...disks.map((disk) => createDisk(disk)),
  ]);
  const memoryMiB = options.memoryMiB ?? recipe.memoryMiB;
  const record: GuestRecord = {
    machine: 'qemu',
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
