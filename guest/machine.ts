import { type CacheEntry, leaseEntry } from './cache.js';
import { forgetAtExit, removeAtExit } from './cleanup.js';
import type { AttachedDisk, DiskSpec } from './disks.js';
import { GuestError } from './errors.js';
import type { Lock } from './lock.js';
import { machineEnded } from './process.js';
import { createRuntime, type GuestRecord, removeRuntime, writeRecord } from './runtime.js';
import { Ssh } from './ssh.js';

/** What a machine is made from, whichever it is. */
export interface MachineOptions {
  image: CacheEntry;
  /** What to go on from; without it the image boots. */
  state?: CacheEntry;
  disks?: readonly DiskSpec[];
  memoryMiB?: number;
  label?: string;
  detached?: boolean;
}

/** What a power cut has left of the writes to a disk. */
export interface Replayed {
  written: number;
  /** Writes and discards after the last flush. */
  lost: number;
}

/** The hardware of a guest and the connection into it. `uml/` and `qemu/` have one each. */
export abstract class Machine {
  ssh: Ssh;

  protected constructor(
    readonly runtime: string,
    readonly record: GuestRecord,
    protected locks: Lock[],
  ) {
    this.ssh = new Ssh(record.image, runtime, record.port);
  }

  abstract get running(): boolean;
  abstract get pid(): number;

  /** Returns once the guest takes commands, has the host's time and sees its disks. */
  abstract reach(): Promise<void>;

  /** Returns what was lost where the disks lose what was not flushed, by the file of the disk. */
  abstract powerCut(): Promise<Map<string, Replayed>>;

  abstract addDisk(spec: DiskSpec): Promise<AttachedDisk>;
  abstract removeDisk(name: string): Promise<void>;

  /** Starts the process again; the disks' `attached` says which of them it gets. */
  protected abstract switchOn(): Promise<void>;
  protected abstract kill(): Promise<void>;
  /** Lets go of what this process holds of a machine that goes on running. */
  protected abstract letGo(): void;

  async powerOff(): Promise<void> {
    // The connection breaks while the machine goes down, which is not a failure here.
    await this.ssh.run(['systemctl', 'poweroff'], { timeoutMs: 60_000 }).catch(() => {});
    await machineEnded(this.pid, this.runtime, 180_000);
  }

  async powerOn(without: readonly string[]): Promise<void> {
    // Of a guest that another process started only the machine held the locks, and that has ended.
    if (this.locks.length === 0) this.locks = await leases(this.record);
    for (const disk of this.record.disks) disk.attached = !without.includes(disk.name);
    await this.switchOn();
    writeRecord(this.runtime, this.record);
    this.ssh = new Ssh(this.record.image, this.runtime, this.record.port);
    await this.reach();
  }

  disk(name: string): AttachedDisk {
    const found = this.record.disks.find((disk) => disk.name === name);
    if (found) return found;
    const names = this.record.disks.map((disk) => disk.name).join(', ');
    throw new GuestError(`no disk ${JSON.stringify(name)} in this guest; it has: ${names || 'none'}`);
  }

  /** Lets go of a machine that goes on running without this process. */
  release(): void {
    this.letGo();
    for (const lock of this.locks) lock.release();
  }

  /** Ends the machine and removes everything that it had on this host. */
  async destroy(): Promise<void> {
    await this.kill().catch(() => {});
    removeRuntime(this.runtime);
    forgetAtExit(this.runtime);
    for (const lock of this.locks) lock.release();
  }

  /** One command for all lines, because each costs. */
  protected async tell(script: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await this.ssh.run(['bash', '-euc', script.join('\n')], {
      timeoutMs: 60_000,
    });
    if (exitCode !== 0) throw new GuestError(`preparing the guest failed: ${stderr}`);
  }
}

/**
 * Makes a runtime directory for a machine that `start` fills and starts; what fails leaves nothing. `start` is given
 * leases of the machine's own, so that it depends on nobody else's.
 */
export async function inRuntime<T extends Machine>(
  options: MachineOptions,
  start: (dir: string, locks: Lock[]) => Promise<T>,
): Promise<T> {
  const { dir, lock } = createRuntime();
  if (!options.detached) removeAtExit(dir);
  const locks = [lock];
  try {
    const { image, state } = options;
    locks.push(...(await leases({ image: image.dir, ...(state ? { state: state.dir } : {}) })));
    return await start(dir, locks);
  } catch (error) {
    removeRuntime(dir);
    forgetAtExit(dir);
    for (const held of locks) held.release();
    throw error;
  }
}

function leases(record: Pick<GuestRecord, 'image' | 'state'>): Promise<Lock[]> {
  return Promise.all([record.image, ...(record.state ? [record.state] : [])].map(leaseEntry));
}
