import { execa } from 'execa';
import { GuestError } from '../errors.js';
import { runtimeFiles } from '../paths.js';
import { ownFile } from '../recipe.js';

/** Gives a command to the kernel's own console, as `config ubd1=FILE`. Returns what it answers. */
export async function mconsole(runtime: string, command: string): Promise<string> {
  // Node has no datagram sockets of this family; perl is part of every Debian.
  const argv = [ownFile('uml/mconsole.pl'), runtimeFiles(runtime).console, command];
  const { stdout, exitCode, stderr } = await execa('perl', argv, { reject: false, timeout: 30_000 });
  if (exitCode !== 0) throw new GuestError(`the guest's kernel refused "${command}": ${stdout || stderr}`);
  return stdout;
}
