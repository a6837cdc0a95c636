import { createBenchToml, type NewBench } from '../config/new-bench.js';
import type { Runner } from '../host/exec.js';
import { readOffer } from '../volume-manager/volume-manager.js';
import { askForBench } from './wizard.js';

/** What is known already of a bench that is to be made: it is offered, and can be changed. */
export interface Known {
  name?: string | undefined;
  port?: number | undefined;
}

/**
 * Asks what a new bench is to be like, and writes its bench.toml as `bench new` does.
 * @throws InterruptedError, or RefusedError `not-confirmed`: nothing was written
 */
export async function makeBench(runner: Runner, known: Known): Promise<NewBench> {
  const offer = await readOffer(runner);
  const { name, port, changes } = await askForBench(
    { ...offer, freePort: known.port ?? offer.freePort },
    known.name ?? '',
  );
  return createBenchToml(name, port, changes);
}
