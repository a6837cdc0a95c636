import { epochOf, noteSuperseded, readHostRecord, readSuperseded } from '../bench/bench.js';
import { BenchError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { lookAt } from './peer.js';

/** What `bench replicate guard --json` prints. */
export interface GuardResult {
  bench: string;
  peer: string;
  /** Null where this host has no dataset of the bench, or its pool is away. */
  epoch: number | null;
  /** Null where the other host did not answer, or has nothing. */
  epochThere: number | null;
  /** Whether this host may start the bench. */
  mayStart: boolean;
  /** Why it is not known what the other host has. */
  unknown: string | null;
}

/**
 * Asks another host whether it has taken a bench up, and notes it where it has: from then on no unit of the bench starts
 * here. One that does not answer changes nothing: what was noted before stays, and what was not is started.
 */
export async function guardStart(bench: string, peer: string, runner: Runner): Promise<GuardResult> {
  const record = await readHostRecord(bench).catch(() => undefined);
  const epoch = record === undefined ? null : await epochOf(runner, record.dataset);
  const result = { bench, peer, epoch, epochThere: null, unknown: null };
  let there: number | null = null;
  try {
    const look = await lookAt(runner, peer, bench);
    there = Math.max(look.live?.epoch ?? 0, look.epoch ?? 0) || null;
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    return { ...result, mayStart: (await isSuperseded(bench)) === false, unknown: error.message };
  }
  if (there !== null && epoch !== null && there > epoch)
    await noteSuperseded(bench, { epoch: there, by: peer });
  return { ...result, epochThere: there, mayStart: (await isSuperseded(bench)) === false };
}

/** A note that cannot be read is one. */
function isSuperseded(bench: string): Promise<boolean> {
  return readSuperseded(bench).then(
    (found) => found !== undefined,
    () => true,
  );
}
