import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GuestError } from './errors.js';
import { runtimeFiles } from './paths.js';

export interface StartOptions {
  argv: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Where its standard output and error go, appended. */
  log: string;
  /** Descriptors that it keeps open, so that the locks on them last as long as it does. */
  hold?: readonly number[];
  /** Survives the process that starts it; otherwise it dies with that process, even when that one is killed. */
  detached?: boolean;
}

/** Starts a process of a machine. Resolves when it has been started. */
export async function startProcess(options: StartOptions): Promise<ChildProcess> {
  const log = openSync(options.log, 'a');
  // The kernel itself ends the process with the one that started it.
  const tether = options.detached ? ['setsid'] : ['setpriv', '--pdeathsig', 'KILL'];
  const [command = '', ...args] = [...tether, ...options.argv];
  const child = spawn(command, args, {
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ['ignore', log, log, ...(options.hold ?? [])],
  });
  closeSync(log);
  child.unref();
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new GuestError(`cannot start ${command}: ${error.message}`)));
  });
  return child;
}

/** The pid of the machine that serves this runtime directory, if it is alive and really that. */
export function runningPid(runtime: string): number | undefined {
  try {
    const pid = Number(readFileSync(runtimeFiles(runtime).pid, 'utf8'));
    // A zombie has an empty command line; a pid that was used again has another one.
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return commandLine.includes(runtimeFiles(runtime).overlay) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Waits until nothing of the machine is left. */
export async function machineEnded(pid: number, runtime: string, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!hasEnded(pid, runtime)) {
    if (Date.now() > deadline) {
      throw new GuestError(`the machine (process ${pid}) still runs after ${timeoutMs} ms`);
    }
    await sleep(50);
  }
}

/**
 * Whether nothing of the process is left but its exit status. An ending process has no command line any more
 * while its threads still hold files, and the next machine needs their locks.
 */
function hasEnded(pid: number, runtime: string): boolean {
  try {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    if (commandLine !== '') return !commandLine.includes(runtimeFiles(runtime).overlay);
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0];
    return state === 'Z' && readdirSync(`/proc/${pid}/task`).length <= 1;
  } catch {
    return true;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
