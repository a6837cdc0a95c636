import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { attachGuest } from './attach.js';
import { GuestError } from './errors.js';
import type { Guest } from './guest.js';
import { runningPid } from './process.js';
import { readRecord, removeRuntime } from './runtime.js';

/** Guests that a person keeps: a file per name says where each has its runtime directory. */
export function stateHome(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_STATE_HOME;
  return path.join(
    base && path.isAbsolute(base) ? base : path.join(os.homedir(), '.local/state'),
    'bench-guest',
  );
}

function fileOf(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/.test(name)) {
    throw new GuestError(
      `guest name ${JSON.stringify(name)}: letters, digits, dash and underscore, at most 40`,
    );
  }
  return path.join(stateHome(), name);
}

/** Where the guest of this name runs; undefined when there is none, or its machine is gone. */
export function runtimeOf(name: string): string | undefined {
  try {
    return readFileSync(fileOf(name), 'utf8').trim();
  } catch (error) {
    if (error instanceof GuestError) throw error;
    return undefined;
  }
}

export function remember(name: string, runtime: string): void {
  mkdirSync(stateHome(), { recursive: true });
  writeFileSync(fileOf(name), `${runtime}\n`);
}

/** A guest that is up, to be released. */
export async function guestByHand(name: string): Promise<Guest> {
  const runtime = runtimeOf(name);
  const guest = runtime && (await attachGuest(runtime));
  if (!guest) throw new GuestError(`no guest ${name} is running: npm run guest -- up`);
  return guest;
}

/** Does something with a guest that is up, which stays up. */
export async function withGuest<T>(name: string, use: (guest: Guest) => Promise<T>): Promise<T> {
  const guest = await guestByHand(name);
  try {
    return await use(guest);
  } finally {
    guest.release();
  }
}

/** Ends the guest and forgets it; false when there was none. */
export function takeDown(name: string): boolean {
  const runtime = runtimeOf(name);
  // Only what is, or was, a guest's directory is removed, whatever the file says.
  if (runtime && readRecord(runtime)) removeRuntime(runtime);
  rmSync(fileOf(name), { force: true });
  return runtime !== undefined;
}

export interface GuestByHand {
  name: string;
  runtime: string;
  /** `uml` or `qemu`. */
  machine: string;
  pid: number | undefined;
  port: number;
}

export function listByHand(): GuestByHand[] {
  let names: string[] = [];
  try {
    names = readdirSync(stateHome());
  } catch {
    // Nobody has kept a guest yet.
  }
  return names.map((name) => {
    const runtime = runtimeOf(name) ?? '';
    const { machine = '', port = 0 } = readRecord(runtime) ?? {};
    return { name, runtime, machine, pid: runningPid(runtime), port };
  });
}
