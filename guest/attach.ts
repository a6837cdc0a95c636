import { Guest } from './guest.js';
import { QemuMachine } from './qemu/machine.js';
import { readRecord } from './runtime.js';
import { UmlMachine } from './uml/machine.js';

/** The guest that another process keeps in `runtime`, if it is running. */
export async function attachGuest(runtime: string): Promise<Guest | undefined> {
  const uml = readRecord(runtime)?.machine === 'uml';
  const machine = uml ? UmlMachine.attach(runtime) : await QemuMachine.attach(runtime);
  return machine && Guest.attached(machine);
}
