import { isTimedByInit } from '../bench/bench.js';
import { humanSize } from '../config/size.js';
import type { CopyRecord } from '../replicate/replicate.js';
import { isAdvice, type Problem, type Status } from '../status/status.js';
import { secondsText } from './age.js';
import { judgeClones } from './clones.js';
import { type CopyFacts, judgeCopies } from './copies.js';
import { type Finding, type Level, type Perf, type Probe, perf, worst } from './finding.js';
import { judgeProofs, type ProofFacts } from './proofs.js';

/** When a probe warns. Shares are percents, ages seconds. */
export interface Thresholds {
  warningPercent: number;
  criticalPercent: number;
  /** Of the newest snapshot; undefined where the schedule says when the next is due. */
  warningAge: number | undefined;
  criticalAge: number | undefined;
}

/** What is looked at for one bench. */
export interface CheckFacts {
  bench: string;
  status: Status;
  /** When the schedule has made its newest snapshot; undefined where there is none. */
  newestScheduled: Date | undefined;
  /** When the next two snapshots were due after the newest one; empty where there is no schedule. */
  due: readonly Date[];
  /** Undefined where no snapshot is to be proven. */
  proven?: ProofFacts | undefined;
  /** Undefined where nothing is copied off-site. */
  copies?: CopyFacts | undefined;
  now: Date;
  /** Undefined where no copy goes to another host. */
  replication?: ReplicationFacts | undefined;
}

/** What the runs of replication have written down. */
export interface ReplicationFacts {
  to: string;
  record: CopyRecord | undefined;
  /** The host that runs the bench now. */
  supersededBy: string | undefined;
}

type Verdict = { level: Level; message: string; numbers?: Perf[] };

/** What one probe says of a bench. Pure. */
export function probe(name: Probe, facts: CheckFacts, thresholds: Thresholds): Finding {
  const { level, message, numbers = [] } = VERDICTS[name](facts, thresholds);
  return { bench: facts.bench, probe: name, level, message, perf: numbers };
}

const VERDICTS: Readonly<Record<Probe, (facts: CheckFacts, thresholds: Thresholds) => Verdict>> = {
  pool,
  space,
  snapshots,
  verify,
  offsite,
  key,
  replication,
  drift,
  clones,
};

/** Codes of the problems that a probe of their own tells. */
const OF_POOL: Readonly<Record<string, Level>> = {
  'pool-missing': 'CRITICAL',
  'pool-exported': 'CRITICAL',
  'pool-damaged': 'CRITICAL',
  'pool-other': 'CRITICAL',
  'pool-of-another-system': 'CRITICAL',
  'pool-faulted': 'CRITICAL',
  'pool-suspended': 'CRITICAL',
  'pool-readonly': 'CRITICAL',
  'data-errors': 'CRITICAL',
  'pool-degraded': 'WARNING',
  'device-errors': 'WARNING',
  'scrub-due': 'WARNING',
};
const OF_SPACE = ['pool-nearly-full', 'pool-filling', 'quota-nearly-full', 'full-soon'];
const OF_REPLICATION = ['superseded', 'replication-failed', 'replication-none'];
const OF_CLONES = ['clone-unfinished'];
const OF_PROOFS = ['snapshot-bad', 'proof-old'];
const OF_SNAPSHOTS = ['snapshot-none', 'snapshot-old', 'schedule-failed', 'schedule-overdue', 'clock-behind'];

const OF_KEY: Readonly<Record<string, Level>> = {
  'key-not-loaded': 'CRITICAL',
  'key-not-exported': 'CRITICAL',
  'encryption-differs': 'CRITICAL',
  'key-forgotten': 'WARNING',
  'key-rotating': 'WARNING',
  'key-not-at-boot': 'WARNING',
  'key-source-missing': 'WARNING',
};

/** What keeps a bench from serving; anything else can wait for the day. */
const OUTAGES =
  /^(restore-unfinished|journal-invalid|dataset-(missing|unmounted|covered)|mountpoint-blocked|bind-.*|mariadb-(down|masked|silent)|unit-down)$/;

function pool({ status }: CheckFacts): Verdict {
  const { name, health, sizeBytes } = status.pool;
  const found = status.problems.filter(({ code }) => OF_POOL[code] !== undefined);
  if (found.length > 0)
    return { level: worst(found.map(({ code }) => OF_POOL[code] ?? 'UNKNOWN')), message: messages(found) };
  // Of a bench whose end was cut off, or its making, that alone is told.
  const isWell = health === 'ONLINE' && sizeBytes > 0;
  return { level: isWell ? 'OK' : 'UNKNOWN', message: `pool ${name} ${health}` };
}

function space({ status }: CheckFacts, { warningPercent, criticalPercent }: Thresholds): Verdict {
  const { pool: of, dataset, forecast } = status;
  if (!canBeAsked(status)) return { level: 'UNKNOWN', message: 'space cannot be asked for' };
  const measure = (label: string, part: number, whole: number) => {
    const at = (percent: number) => Math.floor((whole * percent) / 100);
    const level: Level =
      part >= at(criticalPercent) ? 'CRITICAL' : part >= at(warningPercent) ? 'WARNING' : 'OK';
    const percent = Math.floor((part / whole) * 100);
    return {
      level,
      text: `${percent} % of the ${label} used (${humanSize(part)} of ${humanSize(whole)})`,
      number: perf(label === 'quota' ? 'used' : 'pool_allocated', part, 'B', {
        warning: at(warningPercent),
        critical: at(criticalPercent),
        max: whole,
      }),
    };
  };
  const measured = [
    ...(dataset.quotaBytes > 0 ? [measure('quota', dataset.usedBytes, dataset.quotaBytes)] : []),
    measure('pool', of.allocatedBytes, of.sizeBytes),
  ];
  const fullIn = forecast?.fullAt == null ? undefined : secondsBetween(forecast.at, forecast.fullAt);
  return {
    level: worst(measured.map(({ level }) => level)),
    message: [
      ...measured.map(({ text }) => text),
      ...(fullIn === undefined ? [] : [`full in ${secondsText(fullIn)}`]),
    ].join(', '),
    numbers: [
      ...measured.map(({ number }) => number),
      ...(fullIn === undefined ? [] : [perf('time_to_full', fullIn, 's')]),
    ],
  };
}

const HOUR_SECONDS = 60 * 60;

/** sanoid's for daily snapshots: what is expected where there is no schedule. */
const DAILY = { warning: 28 * HOUR_SECONDS, critical: 32 * HOUR_SECONDS };

function snapshots(facts: CheckFacts, thresholds: Thresholds): Verdict {
  const { status, now } = facts;
  if (!canBeAsked(status)) return { level: 'UNKNOWN', message: 'snapshots cannot be asked for' };
  const { schedule } = status;
  if (isTimedByInit(status.clone) && schedule === null)
    return { level: 'OK', message: 'a clone, of which no snapshots are expected' };
  const isScheduled = schedule !== null && schedule.snapshot !== null;
  const newest = isScheduled ? facts.newestScheduled : atOf(status.snapshots.latest);
  const what = isScheduled ? 'scheduled snapshot' : 'snapshot';
  if (isScheduled && !schedule.active)
    return { level: 'CRITICAL', message: `${schedule.timer} does not run` };
  if (newest === undefined) {
    if (isScheduled && schedule.last === null)
      return { level: 'UNKNOWN', message: `there is no ${what} yet: the first is due at ${schedule.nextAt}` };
    return { level: 'CRITICAL', message: `there is no ${what}` };
  }
  const age = Math.floor((now.getTime() - newest.getTime()) / 1000);
  if (age < 0)
    return { level: 'UNKNOWN', message: `the newest ${what} is from the future: the clock is wrong` };
  const limits = agesOf(facts, newest);
  const warning = thresholds.warningAge ?? limits.warning;
  const critical = thresholds.criticalAge ?? limits.critical;
  const failed = schedule?.last?.outcome === 'failed' || schedule?.last?.outcome === 'killed';
  const level: Level = age >= critical ? 'CRITICAL' : age >= warning || failed ? 'WARNING' : 'OK';
  const told = [
    `newest ${what} is ${secondsText(age)} old`,
    ...(failed ? [`the last run failed: ${schedule?.last?.error?.message ?? 'ended in the middle'}`] : []),
  ];
  return {
    level,
    message: told.join(', '),
    numbers: [
      perf('snapshot_age', age, 's', { warning, critical }),
      perf('snapshots', status.snapshots.count, ''),
    ],
  };
}

/**
 * From what age on the newest snapshot of a schedule is too old: from when the next was due, as much later as sanoid waits:
 * with an hour between two, 90 minutes and 6 hours; with a day, 28 and 32 hours. Pure.
 */
function agesOf({ due }: Pick<CheckFacts, 'due'>, newest: Date): { warning: number; critical: number } {
  const [next, second] = due;
  if (next === undefined) return DAILY;
  const first = (next.getTime() - newest.getTime()) / 1000;
  const period = second === undefined ? first : (second.getTime() - next.getTime()) / 1000;
  const grace = Math.min(4 * HOUR_SECONDS, Math.max(HOUR_SECONDS / 2, period / 6));
  const patience = Math.min(8 * HOUR_SECONDS, Math.max(5 * HOUR_SECONDS, period / 3));
  return { warning: Math.round(first + grace), critical: Math.round(first + patience) };
}

function verify({ proven, status, now }: CheckFacts): Verdict {
  if (proven === undefined) return { level: 'UNKNOWN', message: 'no snapshot is to be proven' };
  if (!canBeAsked(status)) return { level: 'UNKNOWN', message: 'proofs cannot be asked for' };
  return judgeProofs(proven, now);
}

function clones({ status, now }: CheckFacts): Verdict {
  if (!canBeAsked(status)) return { level: 'UNKNOWN', message: 'clones cannot be asked for' };
  const found = status.problems.filter(({ code }) => OF_CLONES.includes(code));
  const judged = judgeClones(status, now);
  return found.length === 0 ? judged : { ...judged, level: 'WARNING', message: messages(found) };
}

/** The store is asked by `bench offsite verify`, and not here: a plugin has to answer at once. */
function offsite({ copies, now }: CheckFacts, { warningAge, criticalAge }: Thresholds): Verdict {
  if (copies === undefined) return { level: 'UNKNOWN', message: 'nothing is copied off-site' };
  return judgeCopies(copies, now, (newest) => {
    const { warning, critical } = agesOf(copies, newest);
    return { warning: warningAge ?? warning, critical: criticalAge ?? critical };
  });
}

/** How old the copy on another host is; that nothing is known of one is never well. */
function replication({ replication: facts, now }: CheckFacts, thresholds: Thresholds): Verdict {
  if (facts === undefined) return { level: 'OK', message: 'no copies go to another host' };
  const { to, record, supersededBy } = facts;
  if (supersededBy !== undefined) return { level: 'CRITICAL', message: `${supersededBy} runs it now` };
  if (record === undefined || record.to !== to)
    return { level: 'UNKNOWN', message: `no copy has gone to ${to} yet` };
  const failed = record.outcome === 'failed' ? [`the last run failed: ${record.error?.message ?? ''}`] : [];
  if (record.copied === null)
    return {
      level: failed.length > 0 ? 'CRITICAL' : 'UNKNOWN',
      message: [`${to} has no whole copy`, ...failed].join(', '),
    };
  const age = Math.floor((now.getTime() - Date.parse(record.copied.createdAt)) / 1000);
  if (age < 0) return { level: 'UNKNOWN', message: 'the copy is from the future: the clock is wrong' };
  const { warningAge: warning = DAILY.warning, criticalAge: critical = DAILY.critical } = thresholds;
  const level: Level = age >= critical ? 'CRITICAL' : age >= warning || failed.length > 0 ? 'WARNING' : 'OK';
  return {
    level,
    message: [`copy on ${to} is ${secondsText(age)} old`, ...failed].join(', '),
    numbers: [perf('replication_lag', age, 's', { warning, critical })],
  };
}

function atOf(latest: Status['snapshots']['latest']): Date | undefined {
  return latest === null ? undefined : new Date(latest.createdAt);
}

function key({ status }: CheckFacts): Verdict {
  const found = status.problems.filter(({ code }) => OF_KEY[code] !== undefined);
  if (found.length > 0)
    return { level: worst(found.map(({ code }) => OF_KEY[code] ?? 'UNKNOWN')), message: messages(found) };
  if (!canBeAsked(status)) return { level: 'UNKNOWN', message: 'the key cannot be asked for' };
  return { level: 'OK', message: 'no key is missing' };
}

function drift({ status }: CheckFacts): Verdict {
  const found = status.problems.filter(
    (each) =>
      !isAdvice(each) &&
      OF_POOL[each.code] === undefined &&
      !OF_SPACE.includes(each.code) &&
      OF_KEY[each.code] === undefined &&
      !OF_SNAPSHOTS.includes(each.code) &&
      !OF_PROOFS.includes(each.code) &&
      !OF_CLONES.includes(each.code) &&
      !OF_REPLICATION.includes(each.code),
  );
  if (found.length > 0) {
    const isOut = found.some(({ code }) => OUTAGES.test(code));
    return { level: isOut ? 'CRITICAL' : 'WARNING', message: messages(found) };
  }
  if (!canBeAsked(status)) return { level: 'UNKNOWN', message: 'nothing else can be asked for' };
  return { level: 'OK', message: 'all as bench.toml says' };
}

/** Nothing is known of a dataset whose pool is not there, or answers nobody. */
function canBeAsked({ pool: { sizeBytes }, forecast }: Status): boolean {
  return sizeBytes > 0 && forecast !== null;
}

function messages(problems: readonly Problem[]): string {
  const [first, ...others] = problems.map(({ message }) => message.replace(/\.$/, ''));
  return others.length === 0 ? (first ?? '') : `${first} (and ${others.length} more)`;
}

/** Whole seconds. */
function secondsBetween(from: string, to: string): number {
  return Math.floor((Date.parse(to) - Date.parse(from)) / 1000);
}
