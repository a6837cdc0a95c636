import { hostBenches, isTimedByInit, readSuperseded } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { UsageError } from '../errors.js';
import { CommandError, type Runner } from '../host/exec.js';
import { readOffsiteRecord } from '../offsite/offsite.js';
import { readCopyRecord } from '../replicate/replicate.js';
import { readProofs } from '../snapshot/snapshot-orchestrator.js';
import { readStatus, type Status, wantsProofs } from '../status/status.js';
import { elapses } from '../timers/timers.js';
import { listSnapshotTimes } from '../zfs/zfs.js';
import { type Finding, LEVELS, type Level, PROBES, type Probe, worst } from './finding.js';
import { checkLine } from './line.js';
import { type CheckFacts, probe, type Thresholds } from './probes.js';

/** What `bench check --json` prints. */
export interface CheckResult {
  level: Level;
  /** 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN: of the command, too. */
  exit: number;
  line: string;
  findings: Finding[];
}

/**
 * Asks for the state of one bench, or of all, as a monitoring plugin answers.
 * @param what probes; all where it is empty
 * @throws UsageError `probe-unknown`, `bench-not-found`
 */
export async function check(
  config: BenchConfig | undefined,
  runner: Runner,
  what: readonly string[],
  thresholds: Thresholds,
): Promise<CheckResult> {
  const probes = what.length === 0 ? PROBES : what.map(requireProbe);
  const configs = config === undefined ? await hostBenches() : [config];
  if (configs.length === 0) throw new UsageError('bench-not-found', 'There is no bench on this host.');
  const findings: Finding[] = [];
  for (const each of configs) {
    const facts = await lookAt(each, runner, probes);
    // That there is nothing of the kind is only told to who asks for it.
    const fitting = probes.filter((name) => what.length > 0 || isFitting(name, facts));
    findings.push(...fitting.map((name) => probe(name, facts, thresholds)));
  }
  const level = worst(findings.map((finding) => finding.level));
  return { level, exit: LEVELS.indexOf(level), line: checkLine(level, findings), findings };
}

function requireProbe(name: string): Probe {
  const found = PROBES.find((known) => known === name);
  if (found !== undefined) return found;
  throw new UsageError('probe-unknown', `There is no probe ${JSON.stringify(name)}: ${PROBES.join(', ')}.`);
}

function isFitting(name: Probe, { copies, proven, status: { clone, clones } }: CheckFacts): boolean {
  if (name === 'offsite') return copies !== undefined;
  if (name === 'verify') return proven !== undefined;
  return name !== 'clones' || clone !== null || clones.length > 0;
}

async function lookAt(config: BenchConfig, runner: Runner, probes: readonly Probe[]): Promise<CheckFacts> {
  const status = await readStatus(config, runner);
  const newestScheduled = probes.includes('snapshots') ? await newestOf(status, runner) : undefined;
  const proven = probes.includes('verify') ? await proofsOf(config, status, runner) : undefined;
  const due = await dueAfter(newestScheduled, status, runner);
  const copies = await copiesOf(config, status, runner);
  const replication = await replicationOf(config, status);
  return { bench: config.name, status, newestScheduled, due, proven, copies, replication, now: new Date() };
}

/** Of a clone what its source's bench.toml wants is not missed, see {@link isTimedByInit}. */
async function proofsOf(config: BenchConfig, status: Status, runner: Runner): Promise<CheckFacts['proven']> {
  if (!wantsProofs(config)) return undefined;
  const { count } = status.snapshots;
  const proofs = count === 0 ? [] : await readProofs(runner, status.dataset.name, count);
  if (proofs.length === 0 && isTimedByInit(status.clone)) return undefined;
  return { proofs, maxAgeMs: config.verify.maxAgeMs };
}

/** A note that cannot be read is one. */
async function replicationOf(
  { name, replicate }: BenchConfig,
  status: Status,
): Promise<CheckFacts['replication']> {
  if (replicate === undefined) return undefined;
  const superseded = await readSuperseded(name).catch(() => ({ by: 'another host' }));
  const record = await readCopyRecord(name);
  if (record === undefined && superseded === undefined && isTimedByInit(status.clone)) return undefined;
  return { to: replicate.to, record, supersededBy: superseded?.by };
}

async function copiesOf(
  { name, offsite }: BenchConfig,
  status: Status,
  runner: Runner,
): Promise<CheckFacts['copies']> {
  if (offsite === undefined) return undefined;
  const record = await readOffsiteRecord(name);
  if (record.copy === null && record.push === null && isTimedByInit(status.clone)) return undefined;
  const after = record.copy === null ? undefined : new Date(record.copy.createdAt);
  return { record, due: await elapsesAfter(after, offsite.schedule?.calendars ?? [], runner) };
}

/** As ZFS has it now, whatever was written down of the last run. */
async function newestOf({ schedule, dataset, forecast }: Status, runner: Runner): Promise<Date | undefined> {
  if (schedule === null || forecast === null) return undefined;
  const seconds = (await listSnapshotTimes(runner, [dataset.name])).get(dataset.name)?.newestScheduled;
  return seconds === undefined ? undefined : new Date(seconds * 1000);
}

function dueAfter(newest: Date | undefined, { schedule }: Status, runner: Runner): Promise<Date[]> {
  return elapsesAfter(newest, schedule?.calendars ?? [], runner);
}

/** What cannot be told leaves the ages of what comes daily. */
async function elapsesAfter(
  newest: Date | undefined,
  calendars: readonly string[],
  runner: Runner,
): Promise<Date[]> {
  if (calendars.length === 0 || newest === undefined) return [];
  try {
    return (await elapses(runner, calendars, { after: newest, count: 2 })).slice(0, 2);
  } catch (error) {
    if (error instanceof CommandError) return [];
    throw error;
  }
}
