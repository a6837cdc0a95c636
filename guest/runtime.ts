import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { AttachedDisk } from './disks.js';
import { GuestError } from './errors.js';
import { type Lock, tryLock } from './lock.js';
import { runtimeFiles } from './paths.js';
import { runningPid } from './process.js';
import type { Accelerator } from './qemu/recipe.js';

/** What another process has to know about a guest to use it. */
export interface GuestRecord {
  machine: 'qemu' | 'uml';
  label: string;
  image: string;
  /** The saved state that the guest went on from. */
  state?: string;
  memoryMiB: number;
  disks: AttachedDisk[];
  port: number;
  detached: boolean;
  /** Of User Mode Linux: the core of the host that it is kept on. */
  core?: number;
  /** Of QEMU. */
  accelerator?: Accelerator;
  /** Of QEMU: a power cut loses what was not flushed; then the root disk is a raw image. */
  losesUnflushed?: boolean;
}

const prefix = 'bench-guest-';

/** A directory for one guest. Short, because a unix socket's path may have 107 characters. */
export function createRuntime(): { dir: string; lock: Lock } {
  const dir = mkdtempSync(path.join(os.tmpdir(), prefix));
  const lock = tryLock(runtimeFiles(dir).lock, 'exclusive');
  if (!lock) throw new GuestError(`somebody else has locked ${dir}`);
  return { dir, lock };
}

export function writeRecord(dir: string, record: GuestRecord): void {
  writeFileSync(runtimeFiles(dir).record, `${JSON.stringify(record, null, 2)}\n`);
}

export function readRecord(dir: string): GuestRecord | undefined {
  try {
    return JSON.parse(readFileSync(runtimeFiles(dir).record, 'utf8')) as GuestRecord;
  } catch {
    return undefined;
  }
}

/** Removes a guest's directory and ends its machine if that still runs. Synchronous: it is also run at exit. */
export function removeRuntime(dir: string): void {
  const pid = runningPid(dir);
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
  rmSync(dir, { recursive: true, force: true });
}

/**
 * Removes what guests left whose process was killed. Their lock is free then: whoever uses a directory, the
 * process or its machine, holds it. Guests that a person keeps (`guest up`) end only with `guest down`.
 */
export function sweepRuntimes(tmp = os.tmpdir()): string[] {
  const swept: string[] = [];
  for (const name of readdirSync(tmp)) {
    const dir = path.join(tmp, name);
    if (!name.startsWith(prefix) || !isAbandoned(dir)) continue;
    const lock = tryRuntimeLock(dir);
    if (!lock) continue;
    removeRuntime(dir);
    lock.release();
    swept.push(dir);
  }
  return swept;
}

function tryRuntimeLock(dir: string): Lock | undefined {
  try {
    return tryLock(runtimeFiles(dir).lock, 'exclusive');
  } catch {
    return undefined; // Its owner, or another sweep, has just removed it.
  }
}

function isAbandoned(dir: string): boolean {
  try {
    const { mtimeMs, uid } = statSync(dir);
    // A moment passes between making the directory and locking it.
    const settled = Date.now() - mtimeMs > 10_000 || readRecord(dir) !== undefined;
    return settled && uid === process.getuid?.() && readRecord(dir)?.detached !== true;
  } catch {
    return false;
  }
}
