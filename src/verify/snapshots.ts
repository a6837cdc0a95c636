import { requireOwnDataset } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { UsageError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import { removeLeftovers, withScratch } from '../scratch/scratch.js';
import { recordProof, type Verdict, type VerifyLevel, verdictOf } from '../snapshot/snapshot-orchestrator.js';
import { type OnStep, perform } from '../steps/steps.js';
import { findSnapshot, listSnapshots, type Snapshot } from '../zfs/zfs.js';
import { examine, type Finding, findingOf } from './examine.js';

export interface VerifyRequest {
  /** A tag, every snapshot that bench has made, or the newest of these. */
  which: { tag: string } | 'all' | 'newest';
  level: VerifyLevel;
}

/** One snapshot that was looked into. */
export interface Verified extends Verdict, Omit<Finding, 'verdict'> {
  tag: string;
  name: string;
  durationMs: number;
}

/** What `bench volume verify --json` prints where all is well. */
export interface VerifyResult {
  dataset: string;
  level: VerifyLevel;
  verified: Verified[];
  /** What benches that were killed had left out of sight, and was taken away. */
  removed: string[];
}

/**
 * Proves snapshots: a MariaDB recovers on a copy of each, out of sight, and reads it (SPEC-2 section 14). What was found
 * stands on the snapshot from then on. The bench goes on working.
 * @throws VolumeError `snapshot-damaged`, `snapshot-differs` when all of them have been looked into;
 *   `scratch-not-started` and others where nothing can be said of a snapshot, and nothing is recorded
 */
export async function verifySnapshots(
  config: BenchConfig,
  runner: Runner,
  request: VerifyRequest,
  onStep: OnStep = () => undefined,
): Promise<VerifyResult> {
  await requireOwnDataset(config, runner);
  const { dataset, pool } = config.volume;
  const removed = (await removeLeftovers(runner, pool)).map(({ id }) => id);
  const chosen = choose(config, await listSnapshots(runner, dataset), request.which);
  const verified: Verified[] = [];
  for (const snapshot of chosen) verified.push(await verifyOne(config, runner, snapshot, request, onStep));
  refuseBad(config, verified);
  return { dataset, level: request.level, verified, removed };
}

/**
 * What a MariaDB finds on a copy of a snapshot, of whatever dataset of the bench's pool; nothing is recorded.
 * @throws `scratch-not-started` and others where nothing can be said of it
 */
export function lookInto(
  config: BenchConfig,
  runner: Runner,
  snapshot: Pick<Snapshot, 'name'>,
  { level, purpose }: { level: VerifyLevel; purpose: string },
  onStep: OnStep,
): Promise<Finding> {
  const options = { config, snapshot, purpose, onStep };
  return withScratch(options, runner, (scratch) =>
    perform(
      'Read its tables',
      (tell) =>
        examine(scratch, {
          level,
          sql: config.verify.sql,
          onTable: (done, of) =>
            tell.progress({ percent: (done / of) * 100, detail: `${done} of ${of} tables` }),
        }),
      onStep,
    ),
  ).catch((error: unknown) => {
    const found = findingOf(error);
    if (found === undefined) throw error;
    return found;
  });
}

async function verifyOne(
  config: BenchConfig,
  runner: Runner,
  snapshot: Snapshot,
  { level }: VerifyRequest,
  onStep: OnStep,
): Promise<Verified> {
  const started = performance.now();
  const finding = await lookInto(config, runner, snapshot, { level, purpose: 'bench volume verify' }, onStep);
  const known = strongerVerdict(snapshot, finding, level);
  if (known !== undefined) return { ...finding, ...told(snapshot, known, started) };
  const { verdict, findings } = finding;
  const at = new Date().toISOString();
  const judged: Verdict = {
    verdict,
    at,
    level,
    reason: findings.length === 0 ? null : onOneLine(findings.join('; ')),
  };
  await record(runner, snapshot, judged);
  return { ...finding, ...told(snapshot, judged, started) };
}

function told({ tag, name }: Snapshot, verdict: Verdict, started: number) {
  return { tag, name, ...verdict, durationMs: Math.round(performance.now() - started) };
}

const LEVELS: readonly VerifyLevel[] = ['quick', 'normal', 'extended'];

/** A snapshot does not change: what a closer look has found wrong in it is not made good by one that goes less deep. */
export function strongerVerdict(
  snapshot: Pick<Snapshot, 'verified'>,
  { verdict }: Pick<Finding, 'verdict'>,
  level: VerifyLevel,
): Verdict | undefined {
  const known = verdictOf(snapshot);
  if (verdict !== 'ok' || known?.verdict !== 'damaged') return undefined;
  return LEVELS.indexOf(known.level) > LEVELS.indexOf(level) ? known : undefined;
}

/** On the snapshot that was looked into, and on none that has got its name since. */
async function record(runner: Runner, { name, guid }: Snapshot, verdict: Verdict): Promise<void> {
  const found = await findSnapshot(runner, name);
  if (found?.guid === guid) {
    await recordProof(runner, found, verdict);
    return;
  }
  throw new VolumeError(
    'snapshot-changed',
    `${name} is not the snapshot any more that was looked into (${verdict.verdict}); nothing was recorded.`,
    { suggestions: ['Somebody has restored or destroyed it meanwhile: run the command again.'] },
  );
}

/**
 * What was asked for.
 * @throws UsageError `wrong-usage` for a tag beside a flag that means others
 */
export function chooseWhich(
  tag: string | undefined,
  { all, newest }: { all: boolean; newest: boolean },
): VerifyRequest['which'] {
  if (tag === undefined) return all ? 'all' : 'newest';
  if (!all && !newest) return { tag };
  throw new UsageError(
    'wrong-usage',
    'A tag says already which snapshot is meant: leave out --all and --newest.',
    { suggestions: [`bench volume verify ${onOneLine(tag)}`, 'Or of all: bench volume verify --all'] },
  );
}

/**
 * The snapshots meant, newest first. Of those that bench did not make only one that is named. Pure.
 * @throws UsageError `snapshot-missing`
 */
export function choose(
  { name, volume: { dataset } }: { name: string; volume: { dataset: string } },
  snapshots: readonly Snapshot[],
  which: VerifyRequest['which'],
): Snapshot[] {
  const ours = snapshots.filter(({ quiesce }) => quiesce !== undefined);
  const chosen =
    which === 'all'
      ? ours
      : which === 'newest'
        ? ours.slice(0, 1)
        : snapshots.filter(({ tag }) => tag === which.tag);
  if (chosen.length > 0) return chosen;
  const what = typeof which === 'string' ? 'of bench' : onOneLine(which.tag);
  throw new UsageError('snapshot-missing', `${dataset} has no snapshot ${what}. Nothing was changed.`, {
    suggestions: [`bench volume list-snapshots -b ${name}`],
  });
}

/** Those of an older, closer look are on one line. */
function wordsOf(findings: readonly string[], reason: string | null): readonly string[] {
  return findings.length > 0 || reason === null ? findings : [reason];
}

function refuseBad({ name }: BenchConfig, verified: readonly Verified[]): void {
  const bad = verified.filter(({ verdict }) => verdict !== 'ok');
  if (bad.length === 0) return;
  const damaged = bad.filter(({ verdict }) => verdict === 'damaged');
  const good = verified.filter(({ verdict }) => verdict === 'ok').map(({ tag }) => tag);
  const told = bad.map(
    ({ tag, verdict }) => `${tag} ${verdict === 'damaged' ? 'is damaged' : 'answers otherwise'}`,
  );
  const proven = good.length === 0 ? '' : ` Proven: ${good.join(', ')}.`;
  throw new VolumeError(
    damaged.length > 0 ? 'snapshot-damaged' : 'snapshot-differs',
    `${told.join('; ')}. It is recorded on ${bad.length === 1 ? 'the snapshot' : 'each snapshot'}.${proven}`,
    {
      stderr: bad
        .flatMap(({ tag, findings, reason }) => wordsOf(findings, reason).map((line) => `${tag}: ${line}`))
        .join('\n'),
      suggestions:
        damaged.length > 0
          ? [
              'What is damaged in a snapshot may be damaged in the live database, too: mariadb-check --all-databases',
              `Look for the newest one that is not: bench volume verify --all -b ${name}`,
            ]
          : ['[verify] sql in bench.toml says what was expected.'],
    },
  );
}
