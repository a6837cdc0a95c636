import { hostBenches } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { UsageError } from '../errors.js';
import { CommandError, type Runner } from '../host/exec.js';
import { elapses } from '../schedule/schedule.js';
import { readStatus, type Status } from '../status/status.js';
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
    const facts = await lookAt(each, runner, probes.includes('snapshots'));
    findings.push(...probes.map((name) => probe(name, facts, thresholds)));
  }
  const level = worst(findings.map((finding) => finding.level));
  return { level, exit: LEVELS.indexOf(level), line: checkLine(level, findings), findings };
}

function requireProbe(name: string): Probe {
  const found = PROBES.find((known) => known === name);
  if (found !== undefined) return found;
  throw new UsageError('probe-unknown', `There is no probe ${JSON.stringify(name)}: ${PROBES.join(', ')}.`);
}

async function lookAt(config: BenchConfig, runner: Runner, wantsDue: boolean): Promise<CheckFacts> {
  const status = await readStatus(config, runner);
  const due = wantsDue ? await dueAfterNewest(status, runner) : [];
  return { bench: config.name, status, due, now: new Date() };
}

/** What cannot be told leaves the ages of daily snapshots. */
async function dueAfterNewest({ schedule, snapshots }: Status, runner: Runner): Promise<Date[]> {
  const newest = snapshots.latestScheduled;
  if (schedule === null || schedule.calendars.length === 0 || newest === null) return [];
  try {
    const times = await elapses(runner, schedule.calendars, { after: new Date(newest.createdAt), count: 2 });
    return times.slice(0, 2);
  } catch (error) {
    if (error instanceof CommandError) return [];
    throw error;
  }
}
