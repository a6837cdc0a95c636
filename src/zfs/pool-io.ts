import { BenchError } from '../errors.js';
import type { Runner } from '../host/exec.js';

/** What a pool reads and writes, per second. */
export interface PoolIo {
  readOperations: number;
  writeOperations: number;
  readBytes: number;
  writeBytes: number;
}

/** One second from now on: -y leaves out what is counted since the boot (zpool-iostat(8)). */
const argvFor = (pool: string) => ['zpool', 'iostat', '-H', '-p', '-y', pool, '1', '1'] as const;
const TIMEOUT_MS = 30_000;

/**
 * Measures for one second. One process a sample and not one that goes on: it ends by itself, whatever becomes of bench
 * or the pool. Needs no privilege.
 */
export async function measureIo(runner: Runner, pool: string): Promise<PoolIo> {
  return parseIo((await runner.run({ argv: argvFor(pool), timeoutMs: TIMEOUT_MS })).stdout);
}

export function parseIo(stdout: string): PoolIo {
  const line = stdout.trimEnd();
  const match = /^[^\t\n]+\t(?:\d+|-)\t(?:\d+|-)\t(\d+)\t(\d+)\t(\d+)\t(\d+)$/.exec(line);
  if (match === null)
    throw new BenchError('unexpected-output', `zpool iostat printed a line of another shape: ${line}`);
  const [readOperations = 0, writeOperations = 0, readBytes = 0, writeBytes = 0] = match.slice(1).map(Number);
  return { readOperations, writeOperations, readBytes, writeBytes };
}
