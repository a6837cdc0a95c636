import { join } from 'node:path';
import {
  aloneOn,
  epochOf,
  refuseHeldClone,
  refuseSuperseded,
  refuseUnfinishedRestore,
  requireOwnDataset,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { BenchError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { withLock } from '../host/lock.js';
import { REPLICATE_LOCK, stateDir } from '../host/paths.js';
import { lineageOf } from '../ownership/ownership.js';
import { takeSnapshot } from '../snapshot/snapshot-orchestrator.js';
import { type OnStep, perform } from '../steps/steps.js';
import { Done, type Finish } from './answers.js';
import { askPeer } from './connection.js';
import { ROOT } from './names.js';
import { askLook, refuseUnsuited } from './peer.js';
import { neededTags, planTransfers, type Transfer } from './plan-send.js';
import { type CopyRecord, readCopyRecord, writeCopyRecord } from './record.js';
import { type CopyResult, type Replicated, requireReplicated } from './replicated.js';
import { readRests, send, settleRests } from './send.js';
import { pruneUnsent, settleSource, unsent, withHolds } from './settle.js';
import { readSource, type SourceMember } from './source.js';

export interface CopyOptions {
  /** Take no snapshot: send what there is. */
  withoutSnapshot: boolean;
  onEvent: OnStep;
}

/**
 * Brings the other host's copy up to now: a consistent snapshot, and every one that it does not have yet. How it went is
 * written down for status and checks. What is cut off, the next run goes on with.
 * @throws what {@link takeSnapshot}, {@link planTransfers} and {@link askPeer} throw; BusyError `busy`
 */
export async function runCopy(
  config: BenchConfig,
  runner: Runner,
  options: CopyOptions,
): Promise<CopyResult> {
  const replicated = await requireReplicated(config);
  const lock = {
    path: join(stateDir(config.name), REPLICATE_LOCK),
    timeoutMs: config.snapshot.lockTimeoutMs,
    purpose: 'bench replicate run',
  };
  return withLock(lock, () => recorded(replicated, runner, options));
}

async function recorded(config: Replicated, runner: Runner, options: CopyOptions): Promise<CopyResult> {
  const { to, ...settings } = config.replicate;
  const before = await readCopyRecord(config.name);
  const begun: Omit<CopyRecord, 'version'> = {
    to,
    startedAt: new Date().toISOString(),
    endedAt: null,
    outcome: 'running',
    error: null,
    settings,
    copied: before?.to === to ? before.copied : null,
  };
  const write = (record: Partial<CopyRecord>) => writeCopyRecord(config.name, { ...begun, ...record });
  await write({});
  try {
    const result = await copyNow(config, runner, options);
    const endedAt = new Date().toISOString();
    const copied = { tag: result.tag, createdAt: result.createdAt, at: endedAt };
    await write({ endedAt, outcome: 'done', copied });
    return result;
  } catch (error) {
    const { code, message } =
      error instanceof BenchError ? error : { code: 'internal-error', message: String(error) };
    await write({ endedAt: new Date().toISOString(), outcome: 'failed', error: { code, message } });
    throw error;
  }
}

async function copyNow(config: Replicated, runner: Runner, options: CopyOptions): Promise<CopyResult> {
  const { to } = config.replicate;
  const { onEvent } = options;
  const started = performance.now();
  await refuseUnfinishedRestore(config.name);
  await refuseSuperseded(config.name);
  const dataset = await requireOwnDataset(config, runner);
  refuseHeldClone(config.name, dataset);
  const epoch = await epochOf(runner, dataset.name);
  const lineage = await lineageOf(runner, dataset.name);
  let look = await perform(`Ask ${to} what it has`, () => askLook(config, runner), onEvent);
  await refuseUnsuited(config, look, epoch);
  if (!options.withoutSnapshot) {
    // What is refused is refused now: each run would leave a snapshot that nobody takes away.
    planTransfers(to, (await readSource(config, runner)).members, look, '');
    await perform(
      'Take a consistent snapshot',
      () => takeSnapshot(config, runner, { replicated: true }),
      onEvent,
    );
  }
  const { members, left } = await readSource(config, runner);
  const newest = newestOf(config, members);
  const rests = await readRests(runner, look);
  const needed = neededTags(
    members,
    look,
    rests.flatMap(({ contents }) => contents ?? []),
    newest.tag,
  );
  if (members.some(({ snapshots }) => unsent(snapshots, needed).length > 0))
    await aloneOn(config, runner, 'bench replicate run', (held) => pruneUnsent(held, members, needed));
  const { resumed, changed } = await settleRests({ config, runner, look, rests, members, onEvent });
  if (changed) look = await askLook(config, runner);
  const transfers = planTransfers(to, members, look, newest.tag);
  await withHolds(runner, members, transfers, () => sendAll(config, runner, transfers, onEvent));
  await perform(
    `Tell ${to} that it is whole`,
    () =>
      askPeer(runner, to, ['finish', config.name], Done, {
        input: JSON.stringify(finishOf(members, newest.tag, { epoch, lineage })),
        timeoutMs: 10 * 60_000,
      }),
    onEvent,
  );
  // Nobody else destroys a snapshot of the bench meanwhile.
  await aloneOn(config, runner, 'bench replicate run', (held) => settleSource(held, members, newest.tag));
  return {
    bench: config.name,
    to,
    tag: newest.tag,
    createdAt: newest.createdAt.toISOString(),
    sent: [...resumed, ...transfers.map(sentOf)],
    left,
    durationMs: Math.round(performance.now() - started),
  };
}

async function sendAll(
  config: Replicated,
  runner: Runner,
  transfers: readonly Transfer[],
  onEvent: OnStep,
): Promise<void> {
  for (const transfer of transfers) await send(config, runner, transfer, onEvent);
}

function sentOf({ member, tag, base }: Transfer): CopyResult['sent'][number] {
  return { member, tag, full: base === undefined, resumed: false };
}

function newestOf({ name, volume }: BenchConfig, [root]: readonly SourceMember[]) {
  const newest = root?.snapshots.find(({ consistent }) => consistent);
  if (newest !== undefined) return newest;
  throw new UsageError(
    'snapshot-none',
    `${volume.dataset} has no consistent snapshot: only such ones travel. Nothing was sent.`,
    { suggestions: [`bench replicate run -b ${name}`] },
  );
}

/** What a stream does not carry, of every moment that may have come. */
function finishOf(
  members: readonly SourceMember[],
  tag: string,
  { epoch, lineage }: Pick<Finish, 'epoch' | 'lineage'>,
): Finish {
  const snapshots = members[0]?.snapshots.filter(({ consistent }) => consistent) ?? [];
  return {
    epoch,
    ...(lineage === undefined ? {} : { lineage }),
    tag,
    members: members.map(({ member }) => member),
    volumes: Object.fromEntries(
      members.flatMap(({ member, traits }) => (member === ROOT ? [] : [[member, traits] as const])),
    ),
    marks: Object.fromEntries(snapshots.map((snapshot) => [snapshot.tag, snapshot.marks])),
  };
}
