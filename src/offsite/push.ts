import {
  refuseHeldClone,
  refuseSuperseded,
  refuseUnfinishedRestore,
  requireOwnDataset,
} from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { takeSnapshot } from '../snapshot/snapshot-orchestrator.js';
import { type OnStep, perform } from '../steps/steps.js';
import {
  datasetGuid,
  findSnapshot,
  listSnapshots,
  parseSendSize,
  type Snapshot,
  sendMode,
  sendSize,
} from '../zfs/zfs.js';
import { requireAge } from './age.js';
import { complete, lockDates, settle, sourceOf, storedBytes } from './complete.js';
import { chainOf, readCopies } from './copies.js';
import { hold } from './hold.js';
import { type Begin, PushJournal, readPushJournal } from './journal.js';
import { copyId } from './layout.js';
import { type Manifest, PART_BYTES } from './manifest.js';
import { aloneWhileSending, openStore, requireOffsite, type WithOffsite } from './open.js';
import { emptyWaitingRoom } from './parts.js';
import { type PushPlan, type PushRequest, planPush } from './plan-push.js';
import { recording } from './push-record.js';
import { readOffsiteRecord } from './record.js';
import type { Store } from './store.js';
import { arrived, upload } from './upload.js';

export type { PushRequest } from './plan-push.js';

/** What `bench offsite push --json` prints. */
export interface PushResult {
  bench: string;
  url: string;
  id: string;
  kind: 'full' | 'incremental';
  snapshot: { tag: string; createdAt: string };
  /** Why it is a full copy; null for an incremental one. */
  because: string | null;
  /** It went on where an earlier one was cut off. */
  resumed: boolean;
  streamBytes: number;
  storedBytes: number;
  /** What this run has sent; the rest was there. */
  sentBytes: number;
  parts: number;
  /** Data volumes that the bench writes: they are not in it. */
  volumesLeftOut: string[];
  lockedUntil: string | null;
  durationMs: number;
}

/** What `bench offsite push --dry-run --json` prints. */
export interface PushPreview {
  bench: string;
  url: string;
  dryRun: true;
  kind: 'full' | 'incremental';
  because: string | null;
  /** Null where a fresh one is taken. */
  snapshot: string | null;
  /** `id` of the copy that it builds on. */
  base: string | null;
  resumes: boolean;
  /** As far as ZFS can tell before; null where the snapshot is not taken yet. */
  streamBytes: number | null;
  volumesLeftOut: string[];
}

/** What a push would do. Reads the store; changes nothing. */
export async function previewPush(
  bench: BenchConfig,
  runner: Runner,
  request: PushRequest,
): Promise<PushPreview> {
  const config = await requireOffsite(bench);
  const store = await openStore(config.offsite, runner);
  const plan = await look(config, runner, store, request);
  const { snapshot, base } = plan;
  const options = { flags: plan.flags, base: base?.snapshot.name };
  return {
    bench: config.name,
    url: config.offsite.url,
    dryRun: true,
    kind: plan.kind,
    because: plan.because ?? null,
    snapshot: snapshot?.name ?? null,
    base: base?.copy.id ?? null,
    resumes: plan.how === 'go-on',
    streamBytes:
      snapshot === undefined
        ? null
        : parseSendSize((await runner.run(sendSize(snapshot.name, options))).stdout),
    volumesLeftOut: writtenVolumes(config),
  };
}

/**
 * Copies a snapshot of the bench to the store: the whole of it, or what has changed since the last copy. Cut off anywhere, the
 * next one goes on. How it went is written down for status and checks, whichever way it ends.
 * @throws StoreError, UsageError, RefusedError; there is no copy without its manifest, whatever was uploaded
 */
export async function push(
  bench: BenchConfig,
  host: Runner,
  request: PushRequest,
  onStep: OnStep = () => undefined,
): Promise<PushResult> {
  const config = await requireOffsite(bench);
  return aloneWhileSending(config, host, 'bench offsite push', async (runner) => {
    return recording(config, runner, (startedAt) => pushAlone(config, runner, request, startedAt, onStep));
  });
}

async function look(
  config: WithOffsite,
  runner: Runner,
  store: Store,
  request: PushRequest,
): Promise<PushPlan & { chain: Manifest[] }> {
  await requireAge(runner);
  await refuseUnfinishedRestore(config.name);
  await refuseSuperseded(config.name);
  const own = await requireOwnDataset(config, runner);
  refuseHeldClone(config.name, own);
  const { name: dataset, encryptionRoot } = own;
  const { verdicts, copy } = await readOffsiteRecord(config.name);
  const copies = await readCopies(store, config.name, copy?.url === config.offsite.url ? copy.id : undefined);
  const plan = planPush(
    {
      offsite: config.offsite,
      dataset,
      datasetGuid: await datasetGuid(runner, dataset),
      flags: sendMode(encryptionRoot).flags,
      snapshots: await listSnapshots(runner, dataset),
      copies,
      begun: await readPushJournal(config.name),
      bad: new Set(Object.keys(verdicts).filter((id) => verdicts[id]?.verdict === 'bad')),
      now: new Date(),
    },
    request,
  );
  return { ...plan, chain: plan.base === undefined ? [] : (chainOf(copies.copies, plan.base.copy) ?? []) };
}

async function pushAlone(
  config: WithOffsite,
  runner: Runner,
  request: PushRequest,
  startedAt: string,
  onStep: OnStep,
): Promise<PushResult> {
  const started = performance.now();
  const { name, offsite } = config;
  const store = await openStore(offsite, runner);
  await emptyWaitingRoom(name);
  const plan = await perform('Look what is in the store', () => look(config, runner, store, request), onStep);
  const lockedUntil = await lockDates(config, store);
  const snapshot = plan.snapshot ?? (await takeOne(config, runner, onStep));
  await hold(runner, snapshot);
  if (plan.base !== undefined) await hold(runner, plan.base.snapshot);

  const begin: Begin =
    plan.how === 'go-on'
      ? plan.begun.begin
      : {
          version: 1,
          id: copyId(snapshot, plan.kind),
          kind: plan.kind,
          url: offsite.url,
          snapshot: { name: snapshot.name, guid: snapshot.guid },
          base:
            plan.base === undefined
              ? null
              : { id: plan.base.copy.id, guid: plan.base.snapshot.guid, tag: plan.base.snapshot.tag },
          recipients: [...offsite.recipients],
          flags: [...plan.flags],
          partBytes: PART_BYTES,
          startedAt,
        };
  const there = plan.how === 'go-on' ? await arrived(store, name, begin.id, plan.begun.parts) : new Map();
  const journal = plan.how === 'go-on' ? await PushJournal.goOn(name) : await PushJournal.begin(name, begin);
  try {
    const title =
      plan.kind === 'full'
        ? `Copy ${snapshot.name} as a whole`
        : `Copy ${snapshot.name} since ${begin.base?.tag}`;
    const sent = await perform(
      title,
      (tell) =>
        upload({
          config,
          runner,
          store,
          journal,
          begin,
          snapshot,
          base: plan.base?.snapshot.name,
          there,
          lockedUntil,
          tell,
        }),
      onStep,
    );
    const manifest: Manifest = {
      version: 1,
      bench: name,
      id: begin.id,
      kind: begin.kind,
      source: await sourceOf(config, runner),
      snapshot: {
        tag: snapshot.tag,
        guid: snapshot.guid,
        createdAt: snapshot.createdAt.toISOString(),
        quiesce: snapshot.quiesce ?? null,
        note: snapshot.note ?? null,
      },
      base: begin.base === null ? null : { id: begin.base.id, guid: begin.base.guid },
      chain:
        plan.base === undefined
          ? { full: begin.id, increments: 0 }
          : { full: plan.base.copy.chain.full, increments: plan.base.copy.chain.increments + 1 },
      flags: begin.flags,
      volumes: writtenVolumes(config),
      recipients: begin.recipients,
      partBytes: begin.partBytes,
      parts: sent.parts,
      stream: sent.stream,
      startedAt: begin.startedAt,
      finishedAt: new Date().toISOString(),
      lockedUntil: lockedUntil()?.toISOString() ?? null,
    };
    await perform('Write its manifest', () => complete(store, manifest, plan.chain), onStep);
    await settle(config, runner, manifest);
    return resultOf(config, manifest, {
      because: plan.because ?? null,
      resumed: plan.how === 'go-on',
      sentBytes: sent.sentBytes,
      durationMs: Math.round(performance.now() - started),
    });
  } finally {
    await journal.close();
    await emptyWaitingRoom(name);
  }
}

async function takeOne(config: WithOffsite, runner: Runner, onStep: OnStep): Promise<Snapshot> {
  return perform(
    `Take a consistent snapshot of ${config.name}`,
    async () => {
      const { name } = await takeSnapshot(config, runner, { toCopy: true, note: 'to be copied off-site' });
      const snapshot = await findSnapshot(runner, name);
      if (snapshot === undefined) throw new VolumeError('snapshot-missing', `${name} is gone again.`);
      return snapshot;
    },
    onStep,
  );
}

function writtenVolumes({ volumes }: BenchConfig): string[] {
  return volumes.filter(({ mode }) => mode !== 'ro').map(({ name }) => name);
}

function resultOf(
  { name, offsite }: WithOffsite,
  manifest: Manifest,
  more: Pick<PushResult, 'because' | 'resumed' | 'sentBytes' | 'durationMs'>,
): PushResult {
  return {
    bench: name,
    url: offsite.url,
    id: manifest.id,
    kind: manifest.kind,
    snapshot: { tag: manifest.snapshot.tag, createdAt: manifest.snapshot.createdAt },
    streamBytes: manifest.stream.bytes,
    storedBytes: storedBytes(manifest),
    parts: manifest.parts.length,
    volumesLeftOut: manifest.volumes,
    lockedUntil: manifest.lockedUntil,
    ...more,
  };
}
