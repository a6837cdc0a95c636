import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import type { OnStep } from '../steps/steps.js';
import { type Beyond, type InitResult, initLocked, type KeyFlags } from '../volume-manager/volume-manager.js';

export interface BringUp {
  config: BenchConfig;
  runner: Runner;
  /** Loads the bench anew, now that its bench.toml can be seen. */
  reload: () => Promise<BenchConfig>;
  beyond: Beyond;
  onEvent: OnStep;
}

/** Mounts and starts what the missing key has kept down: what `bench init` does. */
export function bringUp(
  { config, runner, reload, beyond, onEvent }: BringUp,
  passphrase: KeyFlags['passphrase'],
): Promise<InitResult> {
  return initLocked({
    name: config.name,
    runner,
    reload,
    beyond,
    onEvent,
    confirm: async () => undefined,
    flags: {
      wipeDevice: undefined,
      operators: [],
      key: { escrow: undefined, passphrase, withoutEscrow: true },
    },
  });
}
