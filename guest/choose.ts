import { GuestError } from './errors.js';
import type { Progress } from './progress.js';
import { umlWorks } from './uml/verdict.js';

export type MachineKind = 'uml' | 'qemu';

export interface Needs {
  /** For what only one machine can; without it, the quicker one that there is. Say why where you ask for it. */
  machine?: MachineKind;
  /** A power cut loses every write that was not flushed. Only QEMU can do that, so it is what the guest runs on. */
  losesUnflushed?: boolean;
}

/** Which machine a guest with these needs runs on: User Mode Linux wherever it can. */
export async function chooseMachine(needs: Needs, progress: Progress): Promise<MachineKind> {
  return neededMachine(needs) ?? ((await umlWorks(progress)) ? 'uml' : 'qemu');
}

/** The machine that the test, or else the environment variable BENCH_GUEST, leaves no choice about. */
export function neededMachine(
  needs: Needs,
  forced: string | undefined = process.env.BENCH_GUEST,
): MachineKind | undefined {
  if (forced !== undefined && forced !== '' && forced !== 'uml' && forced !== 'qemu') {
    throw new GuestError(`BENCH_GUEST is ${JSON.stringify(forced)}: use uml or qemu, or unset it`);
  }
  if (needs.losesUnflushed) return 'qemu';
  if (needs.machine) return needs.machine;
  return forced === 'uml' || forced === 'qemu' ? forced : undefined;
}
