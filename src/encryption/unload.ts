import { aloneOn, layoutOf, refuseUnfinishedRestore } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { mountAt, readMounts } from '../host/mounts.js';
import { unitStates } from '../host/systemd.js';
import { loadedKeyFile } from '../keys/keys.js';
import { applySteps, type OnStep, type Step } from '../steps/steps.js';
import { lookAtKey } from './look.js';

export interface UnloadPlan {
  bench: string;
  steps: Step[];
}

/** What `bench key unload` prints. */
export interface Unloaded {
  bench: string;
  changed: boolean;
  /** Which units were stopped. */
  stopped: string[];
}

/**
 * What unloading a key takes: everything of the bench is stopped and unmounted first. Changes nothing.
 * @throws RefusedError `key-in-use` where others that share the key are mounted
 */
export async function planUnload(config: BenchConfig, runner: Runner): Promise<UnloadPlan> {
  const { source, dataset, encryption, shared } = await lookAtKey(config, runner);
  const others = shared.filter((each) => each.isMounted && each.dataset !== dataset.name);
  if (others.length > 0) {
    const names = others.map((each) => each.dataset).join(', ');
    throw new RefusedError(
      'key-in-use',
      `The same key opens ${names}, which ${others.length === 1 ? 'is' : 'are'} mounted. Nothing was changed.`,
      { suggestions: ['Stop and unmount those first: bench list, zfs unmount NAME'] },
    );
  }
  const layout = layoutOf(config);
  const mounts = await readMounts();
  const units = [...config.maintenance.units, layout.unit];
  const states = await unitStates(runner, units);
  const running = units.filter(
    (_, index) => !['inactive', 'failed'].includes(states[index]?.active ?? 'inactive'),
  );
  const targets = [
    ...layout.volumes.map(({ target }) => target),
    layout.parts.mariadb.target,
    layout.parts.benches.target,
  ];
  const isPresent = (target: string) => mountAt(mounts, target) !== undefined;
  return {
    bench: config.name,
    steps: [
      ...running.map((unit): Step => ({ kind: 'unit.stop', unit, reason: 'without the key it cannot run' })),
      ...targets.filter(isPresent).map((target): Step => ({ kind: 'mount.remove', target })),
      ...(dataset.mounted ? [{ kind: 'dataset.unmount', dataset: dataset.name } as const] : []),
      {
        kind: 'key.unload',
        root: encryption.root,
        file: loadedKeyFile(source),
        isLoaded: encryption.isLoaded,
      },
    ],
  };
}

/** @throws RefusedError those of {@link planUnload} */
export async function unloadBenchKey(config: BenchConfig, host: Runner, onEvent: OnStep): Promise<Unloaded> {
  // Else bench's own working directory could keep the dataset busy.
  process.chdir('/');
  return aloneOn(config, host, `bench key unload -b ${config.name}`, async (runner) => {
    await refuseUnfinishedRestore(config.name);
    const { steps } = await planUnload(config, runner);
    await applySteps(steps, runner, onEvent);
    const stopped = steps.flatMap((step) => (step.kind === 'unit.stop' ? [step.unit] : []));
    return { bench: config.name, changed: true, stopped };
  });
}
