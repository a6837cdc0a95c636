import { readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AttachedDisk } from '../disks.js';
import { GuestError } from '../errors.js';
import { imageFiles, runtimeFiles } from '../paths.js';
import { startProcess } from '../process.js';
import type { GuestRecord } from '../runtime.js';
import { umlRecipe } from './recipe.js';

/** Where the guest's memory is a file: a tmpfs, or each page would be written to a disk. */
const memoryDir = '/dev/shm';

/** The command that is the guest. `ubd0` is the root disk; the others are given by their units. */
export function umlArguments(runtime: string, record: GuestRecord): string[] {
  const files = imageFiles(record.image);
  const run = runtimeFiles(runtime);
  return [
    files.linux,
    ...['umid=uml', `uml_dir=${runtime}`, `mem=${record.memoryMiB}M`],
    // t: no discard, which this driver does in pieces of 32 KiB on a disk with an overlay.
    `ubd0t=${run.overlay},${files.root}`,
    ...record.disks.filter((disk) => disk.attached).map(diskArgument),
    `virtio_uml.device=${run.network}:1`,
    // The kernel's console and the first serial line, which journald writes to, both go to the log.
    ...['con=null', 'con0=null,fd:1', 'ssl=null', 'ssl0=null,fd:2'],
    ...umlRecipe.kernelArguments,
  ];
}

/** What the command line takes, and `config` of the kernel's console. */
export function diskArgument(disk: AttachedDisk): string {
  return `ubd${disk.unit}${disk.readOnly ? 'r' : ''}=${disk.file}${disk.serial === undefined ? '' : `,,${disk.serial}`}`;
}

/** Starts the kernel. Returns its pid, which is also in the runtime directory. */
export async function startUml(
  runtime: string,
  record: GuestRecord,
  hold: readonly number[],
): Promise<number> {
  requireMemory(record.memoryMiB);
  allowManyMaps();
  const run = runtimeFiles(runtime);
  rmSync(path.dirname(run.console), { recursive: true, force: true });
  const pin = record.core === undefined ? [] : ['taskset', '-c', String(record.core)];
  const child = await startProcess({
    argv: [...pin, ...umlArguments(runtime, record)],
    // All that it needs; the host's own variables are nothing for a guest.
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: runtime, TMPDIR: memoryDir },
    cwd: runtime,
    log: run.serial,
    hold,
    detached: record.detached,
  });
  if (child.pid === undefined) throw new GuestError('the guest did not start');
  writeFileSync(run.pid, String(child.pid));
  return child.pid;
}

function requireMemory(memoryMiB: number): void {
  const { bavail, bsize } = statfsSync(memoryDir);
  const freeMiB = (bavail * bsize) / 2 ** 20;
  // What does not fit kills the guest at the first page that does not.
  if (freeMiB < memoryMiB) {
    throw new GuestError(
      `the guest's memory needs ${memoryMiB} MiB free in ${memoryDir}, which has ${Math.floor(freeMiB)}; ` +
        'make room, or mount it larger: mount -o remount,size=8G /dev/shm',
    );
  }
}

/**
 * Each scattered page of a process in the guest is a mapping of a process of the host, and one that gets no more of
 * them hangs. The host's own limit (65530) is enough for most, so not being allowed to raise it is no failure.
 */
function allowManyMaps(): void {
  const file = '/proc/sys/vm/max_map_count';
  const wanted = 1_048_576;
  try {
    if (Number(readFileSync(file, 'utf8')) < wanted) writeFileSync(file, String(wanted));
  } catch {
    // Only root may.
  }
}
