import { createBenchToml, freePort, type NewBench } from '../config/new-bench.js';
import { otherBenches } from './list.js';

/**
 * Makes the bench.toml of a new bench, on the first port that no bench of the host has claimed: also none whose pool is
 * away, which is known by its record.
 * @throws UsageError `bench-name-invalid`, RefusedError `bench-exists`
 */
export async function newBench(name: string, port?: number): Promise<NewBench> {
  return createBenchToml(name, port ?? (await freePort(await claimedPorts())));
}

async function claimedPorts(): Promise<number[]> {
  return (await otherBenches('')).map(({ mariadb }) => mariadb.port);
}
