import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { GuestError } from '../errors.js';
import { imageFiles, runtimeFiles } from '../paths.js';
import { freePort, startProcess } from '../process.js';
import { toolCommand } from '../tools.js';

/** The same addresses as in QEMU's user network, so that the guest is configured alike. */
const addresses = ['-a', '10.0.2.15', '-n', '24', '-g', '10.0.2.2', '--dns-forward', '10.0.2.3'];

/**
 * Starts the network of a guest: passt, which needs no rights on this host's network. It ends with the guest that
 * connects to it. Returns the port of 127.0.0.1 that leads to the guest's sshd.
 * @param before the one that it had before a reboot, which other guests know; 0 for none
 */
export async function startNetwork(
  image: string,
  runtime: string,
  detached: boolean,
  before: number,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = before !== 0 && attempt === 1 ? before : await freePort();
    const passt = await startPasst(image, runtime, detached, port);
    if (await listens(runtime, passt)) return port;
    passt.kill('SIGKILL');
    // Between our look and its bind somebody else may have taken the port.
    if (attempt === 5) {
      const said = readFileSync(runtimeFiles(runtime).machineLog, 'utf8').slice(-2000);
      throw new GuestError(`the guest's network (passt) did not start:\n${said}`);
    }
  }
}

function startPasst(image: string, runtime: string, detached: boolean, port: number): Promise<ChildProcess> {
  const { network, machineLog } = runtimeFiles(runtime);
  rmSync(network, { force: true });
  const { argv, env } = toolCommand(imageFiles(image).tools, 'passt');
  const options = ['--vhost-user', '--socket', network, '--foreground', '--one-off', '--quiet'];
  const ports = ['-t', `127.0.0.1/${port}:22`, '-u', 'none'];
  // It gives up root for a user who could not reach the runtime directory.
  const user = process.getuid?.() === 0 ? ['--runas', '0'] : [];
  return startProcess({
    argv: [...argv, ...options, ...addresses, ...ports, ...user],
    env,
    detached,
    log: machineLog,
  });
}

/** Whether it has come as far as its socket. */
async function listens(runtime: string, passt: ChildProcess): Promise<boolean> {
  const { network } = runtimeFiles(runtime);
  const deadline = Date.now() + 10_000;
  while (!existsSync(network)) {
    if (passt.exitCode !== null || passt.signalCode !== null || Date.now() > deadline) return false;
    await sleep(10);
  }
  return true;
}
