import type { BenchConfig } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { UNKNOWN_UNIT, unitStates } from '../host/systemd.js';
import { jobStatus, jobUnits } from '../timers/timers.js';
import { heldForCopies } from './hold.js';
import { offsiteJob } from './job.js';
import { readPushJournal } from './journal.js';
import { requireOffsite } from './open.js';
import { isPushing } from './pushing.js';
import { type OffsiteRecord, readOffsiteRecord } from './record.js';

/** What `bench offsite status --json` prints. Times ISO 8601, UTC. */
export interface OffsiteStatus {
  bench: string;
  url: string;
  /** As bench.toml says it; null where copies are made by hand. */
  schedule: string | null;
  active: boolean;
  nextAt: string | null;
  /** `killed`: it began, and its end was never written. */
  last: {
    startedAt: string;
    endedAt: string | null;
    outcome: 'running' | 'done' | 'failed' | 'killed';
    error: { code: string; message: string } | null;
  } | null;
  /** The last copy that is whole. */
  copy: OffsiteRecord['copy'];
  /** What was begun and is gone on with. */
  unfinished: { id: string; startedAt: string; parts: number } | null;
  /** Snapshots that stay because a copy builds on them, and the space that each alone takes. */
  held: { tag: string; createdAt: string; usedBytes: number }[];
}

/** What this host knows of the copies of a bench. The store is not asked. */
export async function offsiteStatus(bench: BenchConfig, runner: Runner): Promise<OffsiteStatus> {
  const config = await requireOffsite(bench);
  const job = offsiteJob(config);
  const units = jobUnits(job);
  const [timer = UNKNOWN_UNIT, service = UNKNOWN_UNIT] = await unitStates(runner, [
    units.timer,
    units.service,
  ]);
  const timed = jobStatus(job, { timer, service });
  const record = await readOffsiteRecord(config.name);
  const begun = await readPushJournal(config.name);
  const held = await heldForCopies(runner, config.volume.dataset);
  return {
    bench: config.name,
    url: config.offsite.url,
    schedule: timed.when,
    active: timed.active,
    nextAt: timed.nextAt,
    last: await lastOf(record, config.name),
    copy: record.copy,
    unfinished:
      begun === undefined
        ? null
        : { id: begun.begin.id, startedAt: begun.begin.startedAt, parts: begun.parts.size },
    held: held.map(({ tag, createdAt, usedBytes }) => ({
      tag,
      createdAt: createdAt.toISOString(),
      usedBytes,
    })),
  };
}

async function lastOf({ push }: OffsiteRecord, bench: string): Promise<OffsiteStatus['last']> {
  if (push === null) return null;
  const { startedAt, endedAt, outcome, error } = push;
  const isKilled = outcome === 'running' && !(await isPushing(bench));
  return { startedAt, endedAt, outcome: isKilled ? 'killed' : outcome, error };
}
