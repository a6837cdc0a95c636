import { setTimeout as sleep } from 'node:timers/promises';
import { findEpoch, noteSuperseded, readHostRecord, readSuperseded } from '../bench/bench.js';
import { BenchError, RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import {
  type Asked,
  askFleet,
  type Fleet,
  lineageOf,
  type Peer,
  readStanding,
  requireLineage,
  type StartFacts,
  type StartVerdict,
  touch,
  verdictOnStart,
} from '../ownership/ownership.js';
import type { Look } from './answers.js';
import { lookAt } from './peer.js';

/** What `bench replicate guard --json` prints. */
export interface GuardResult {
  bench: string;
  peer: string;
  /** Null where this host has no dataset of the bench, or its pool is away. */
  epoch: number | null;
  /** Null where the other host did not answer, or has nothing. */
  epochThere: number | null;
  /** What etcd had to say, where this host is in a fleet. */
  fleet: 'none' | 'silent' | 'answered';
  /** Whether this host may start the bench. */
  mayStart: boolean;
  because: StartVerdict['because'];
  /** Why it is not known what the other host, or the fleet, has. */
  unknown: string | null;
}

/** As long as etcd is waited for, where nothing starts without it; the unit ends after 30 s. */
const PATIENCE_MS = 18_000;
const AGAIN_MS = 2000;
/** Somebody else's change came between so often: then it is no chance. */
const TRIES = 3;

/**
 * Asks whether another host has taken a bench up, and notes it where one has: from then on no unit of the bench starts
 * here. It asks the host that copies go to and, in a fleet, etcd, where a start is written down. Who does not answer
 * changes nothing: what was noted before stays, and what was not is started, unless the fleet wants an answer.
 */
export async function guardStart(bench: string, peer: string, runner: Runner): Promise<GuardResult> {
  const record = await readHostRecord(bench).catch(() => undefined);
  const dataset = record?.dataset;
  const epoch = dataset === undefined ? null : await findEpoch(runner, dataset);
  const own = dataset === undefined ? undefined : await lineageOf(runner, dataset);
  const asking = askPeer(runner, { bench, peer, lineage: own });
  const factsNow = async () => ({
    epoch,
    superseded: await isSuperseded(bench),
    peer: (await asking).peer,
  });
  const asked = await askPatiently(async (fleet) => {
    if (dataset === undefined || epoch === null) return undefined;
    const lineage = await requireLineage(runner, dataset);
    return verdictIn(fleet, { bench, lineage }, await factsNow());
  });
  const told = await asking;
  const verdict =
    (asked.state === 'answered' ? asked.value : undefined) ??
    verdictOnStart({
      ...(await factsNow()),
      host: '',
      fleet: asked.state === 'silent' ? 'silent' : 'none',
      rule: asked.state === 'none' ? 'always' : asked.rule,
    });
  const unheard = asked.state === 'silent' ? asked.because : null;
  if (verdict.note !== null) await noteSuperseded(bench, { epoch: verdict.note, by: peer });
  return {
    bench,
    peer,
    epoch,
    epochThere: told.peer === 'silent' ? null : told.peer.epoch,
    fleet: asked.state,
    mayStart: verdict.mayStart,
    because: verdict.because,
    unknown: verdict.because === 'unanswered' ? unheard : (told.unknown ?? unheard),
  };
}

/** What etcd says, with the start written down where it may be: then nobody takes up what was seen before. */
async function verdictIn(
  fleet: Fleet,
  which: { bench: string; lineage: string },
  facts: Pick<StartFacts, 'epoch' | 'superseded' | 'peer'>,
): Promise<StartVerdict> {
  const { name: host, start: rule } = fleet.config;
  for (let tried = 1; ; tried += 1) {
    const standing = await readStanding(fleet, which.bench, which.lineage);
    const owner = standing?.owner;
    const verdict = verdictOnStart({ ...facts, host, rule, fleet: { owner } });
    if (!verdict.mayStart || standing === undefined || facts.epoch === null) return verdict;
    try {
      await touch(fleet, standing, facts.epoch);
      return verdict;
    } catch (error) {
      if (!(error instanceof RefusedError) || tried === TRIES) throw error;
    }
  }
}

/** Where nothing starts without it, etcd is waited for: after a failure of power its hosts start, too. */
async function askPatiently<T>(work: (fleet: Fleet) => Promise<T>): Promise<Asked<T>> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const asked = await askOnce(work);
    if (asked.state !== 'silent' || asked.rule === 'always' || performance.now() > until) return asked;
    await sleep(AGAIN_MS);
  }
}

/** Whatever etcd or the work with it refuses: what the other host has said counts all the same. */
async function askOnce<T>(work: (fleet: Fleet) => Promise<T>): Promise<Asked<T>> {
  let rule: 'always' | 'answered' = 'always';
  try {
    return await askFleet((fleet) => {
      rule = fleet.config.start;
      return work(fleet);
    });
  } catch (error) {
    if (error instanceof BenchError) return { state: 'silent', because: error.message, rule };
    throw error;
  }
}

async function askPeer(
  runner: Runner,
  { bench, peer, lineage }: { bench: string; peer: string; lineage: string | undefined },
): Promise<{ peer: Peer; unknown: string | null }> {
  try {
    const look = await lookAt(runner, peer, bench);
    return { peer: { epoch: epochThere(look, lineage) }, unknown: null };
  } catch (error) {
    if (error instanceof BenchError) return { peer: 'silent', unknown: error.message };
    throw error;
  }
}

/**
 * The highest epoch that the other host knows of a bench; null for none. Who sends the copy that is there does not
 * matter: the bench may have gone on from that host to another one. Only the copy of another bench of that name, where
 * both tell which one they are, says nothing.
 */
export function epochThere(
  { live, epoch, another }: Pick<Look, 'live' | 'epoch' | 'another'>,
  lineage: string | undefined,
): number | null {
  const theirs = another?.lineage ?? undefined;
  const isOther = theirs !== undefined && lineage !== undefined && theirs !== lineage;
  return Math.max(live?.epoch ?? 0, isOther ? 0 : (epoch ?? 0)) || null;
}

/** A note that cannot be read is one. */
function isSuperseded(bench: string): Promise<boolean> {
  return readSuperseded(bench).then(
    (found) => found !== undefined,
    () => true,
  );
}
