import { existsSync } from 'node:fs';
import { type AttachedDisk, copySparse, createDisk, type DiskSpec, planDisks } from '../disks.js';
import { GuestError, messageOf } from '../errors.js';
import type { Lock } from '../lock.js';
import { inRuntime, Machine, type MachineOptions, type Replayed } from '../machine.js';
import { runtimeFiles, stateFiles } from '../paths.js';
import { machineEnded, runningPid } from '../process.js';
import { recipe } from '../recipe.js';
import { type GuestRecord, readRecord, writeRecord } from '../runtime.js';
import { takeCore } from './cores.js';
import { mconsole } from './mconsole.js';
import { startNetwork } from './network.js';
import { diskArgument, startUml } from './process.js';

const bootTimeoutMs = 120_000;

/** User Mode Linux: a kernel that is a process of this host, and boots in seconds. */
export class UmlMachine extends Machine {
  #pid: number;
  #fresh = true;

  private constructor(runtime: string, record: GuestRecord, pid: number, locks: Lock[]) {
    super(runtime, record, locks);
    this.#pid = pid;
  }

  static start(options: MachineOptions): Promise<UmlMachine> {
    return inRuntime(options, async (dir, locks) => {
      const record = await prepare(dir, options);
      const core = takeCore();
      if (core) {
        locks.push(core.lock);
        record.core = core.number;
      }
      const pid = await switchOn(dir, record, locks);
      return new UmlMachine(dir, record, pid, locks);
    });
  }

  /** The machine that another process keeps running in `runtime`, if it does. */
  static attach(runtime: string): UmlMachine | undefined {
    const record = readRecord(runtime);
    const pid = runningPid(runtime);
    return record && pid !== undefined ? new UmlMachine(runtime, record, pid, []) : undefined;
  }

  get running(): boolean {
    return runningPid(this.runtime) === this.#pid;
  }

  get pid(): number {
    return this.#pid;
  }

  async reach(): Promise<void> {
    await this.ssh.connect(Date.now() + bootTimeoutMs, () => this.running);
    // A guest begins with all that is started at boot, and with ZFS; after a reboot tests look for themselves.
    if (this.#fresh)
      await this.tell(['systemctl is-system-running --wait > /dev/null || true', 'modprobe zfs']);
    this.#fresh = false;
  }

  async powerCut(): Promise<Map<string, Replayed>> {
    await this.kill();
    return new Map();
  }

  async addDisk(spec: DiskSpec): Promise<AttachedDisk> {
    const [disk] = planDisks([spec], this.runtime, this.record.disks);
    if (!disk) throw new GuestError('no disk was planned');
    await createDisk(disk);
    this.record.disks.push(disk);
    disk.unit = freeUnit(this.record.disks);
    await mconsole(this.runtime, `config ${diskArgument(disk)}`);
    await this.tell(['udevadm settle']);
    writeRecord(this.runtime, this.record);
    return disk;
  }

  async removeDisk(name: string): Promise<void> {
    const disk = this.disk(name);
    try {
      await mconsole(this.runtime, `remove ubd${disk.unit}`);
    } catch (error) {
      throw new GuestError(
        `the disk ${name} stays: ${messageOf(error)}. User Mode Linux lets go of a disk only when nothing in the guest ` +
          "uses it; to pull one out that is in use, ask for machine: 'qemu'",
      );
    }
    disk.attached = false;
    delete disk.unit;
    writeRecord(this.runtime, this.record);
  }

  protected async switchOn(): Promise<void> {
    this.#pid = await switchOn(this.runtime, this.record, this.locks);
  }

  protected async kill(): Promise<void> {
    if (this.running) process.kill(this.#pid, 'SIGKILL');
    await machineEnded(this.#pid, this.runtime, 20_000);
  }

  protected letGo(): void {}
}

/** Starts the network and the kernel, and notes in the record what came of it. */
async function switchOn(dir: string, record: GuestRecord, locks: readonly Lock[]): Promise<number> {
  let unit = 1;
  // The letters close up when a disk is missing, as they do on other hardware.
  for (const disk of record.disks) {
    if (disk.attached) disk.unit = unit++;
    else delete disk.unit;
  }
  record.port = await startNetwork(record.image, dir, record.detached, record.port);
  const pid = await startUml(
    dir,
    record,
    locks.map(({ fd }) => fd),
  );
  writeRecord(dir, record);
  return pid;
}

function freeUnit(disks: readonly AttachedDisk[]): number {
  const taken = new Set(disks.map((disk) => disk.unit));
  let unit = 1;
  while (taken.has(unit)) unit++;
  return unit;
}

/** A disk that the state has is a copy of that one; the others are new. */
function makeDisk(disk: AttachedDisk, state: string | undefined): Promise<void> {
  const saved = state === undefined ? undefined : stateFiles(state).diskAt(disk.place);
  return saved !== undefined && existsSync(saved) ? copySparse(saved, disk.file) : createDisk(disk);
}

/** Fills the runtime directory. */
async function prepare(dir: string, options: MachineOptions): Promise<GuestRecord> {
  const { image, state } = options;
  const disks = planDisks(options.disks ?? [], dir);
  // Without a saved one, the kernel makes the overlay of its root disk itself.
  await Promise.all([
    state ? copySparse(stateFiles(state.dir).overlay, runtimeFiles(dir).overlay) : undefined,
    ...disks.map((disk) => makeDisk(disk, state?.dir)),
  ]);
  return {
    machine: 'uml',
    label: options.label ?? 'guest',
    image: image.dir,
    ...(state ? { state: state.dir } : {}),
    memoryMiB: options.memoryMiB ?? recipe.memoryMiB,
    disks,
    port: 0,
    detached: options.detached === true,
  };
}
