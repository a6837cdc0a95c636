import { readSuperseded } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { formatArgv } from '../host/exec.js';
import { readCopyRecord } from '../replicate/replicate.js';
import type { CopyEvidence } from './evidence.js';
import { problem } from './problems.js';
import type { Problem } from './report.js';

/**
 * What is written down of copies on another host. No process.
 * @param timedByInit a first copy is not missed
 */
export async function lookAtCopies(
  { name, replicate }: BenchConfig,
  timedByInit: boolean,
): Promise<CopyEvidence | undefined> {
  // A note that cannot be read is one: then the bench does not start either.
  const superseded = await readSuperseded(name).catch(() => ({
    by: 'another host',
    epoch: 0,
    since: '',
    follows: false,
  }));
  if (replicate === undefined && superseded === undefined) return undefined;
  const record = await readCopyRecord(name);
  return { to: timedByInit && record === undefined ? undefined : replicate?.to, record, superseded };
}

/** A bench that another host runs: the cause of what else is not as it was. Pure. */
export function supersededProblems(bench: string, { superseded }: CopyEvidence): Problem[] {
  if (superseded === undefined) return [];
  if (superseded.follows) {
    const message = `${superseded.by} runs ${bench} (epoch ${superseded.epoch}), and this host has its copy.`;
    return [problem('following', message, formatArgv(['bench', 'promote', bench]))];
  }
  const message =
    `${superseded.by} has taken ${bench} up (epoch ${superseded.epoch}) since ${superseded.since}: ` +
    'this host does not start it.';
  return [problem('superseded', message, formatArgv(['bench', 'replicate', 'reverse', '-b', bench]))];
}

/** Copies that do not come to another host. Pure. */
export function copyProblems(bench: string, { to, record, superseded }: CopyEvidence): Problem[] {
  if (superseded !== undefined || to === undefined) return [];
  const run = formatArgv(['bench', 'replicate', 'run', '-b', bench]);
  if (record === undefined || record.to !== to)
    return [problem('replication-none', `No copy has gone to ${to} yet.`, run)];
  if (record.outcome !== 'failed') return [];
  const copied =
    record.copied === null ? 'it has none that is whole' : `it has that of ${record.copied.createdAt}`;
  const message = `The copy to ${to} of ${record.startedAt} failed, ${copied}: ${record.error?.message ?? ''}`;
  return [problem('replication-failed', message, run)];
}
