import { createBenchToml, type NewBench } from '../config/new-bench.js';
import type { Runner } from '../host/exec.js';
import { readOffer } from '../volume-manager/offer.js';
import { askForBench } from './wizard.js';

/**
 * Asks what a new bench is to be like, and writes its bench.toml as `bench new` does.
 * @param wanted what is known already; it is offered, and can be changed
 * @throws InterruptedError, or RefusedError `not-confirmed`: nothing was written
 */
export async function makeBench(
  runner: Runner,
  wanted: { name?: string | undefined; port?: number | undefined },
): Promise<NewBench> {
  const offer = await readOffer(runner);
  const { name, port, changes } = await askForBench(
    { ...offer, freePort: wanted.port ?? offer.freePort },
    wanted.name ?? '',
  );
  return createBenchToml(name, port, changes);
}
