import type { BenchConfig } from '../config/config.js';
import { BenchError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { keyWrong, loadedKeyFile, loadPlacedKey, opensRoot } from '../keys/keys.js';
import { onOneLine } from '../printable.js';
import { type OnStep, perform, type Teller } from '../steps/steps.js';
import { lookInto } from '../verify/verify.js';
import { destroyDataset, findDataset } from '../zfs/zfs.js';
import { requireAge } from './age.js';
import { isRaw } from './choose.js';
import { readCopies, wrongPart } from './copies.js';
import { DamagedCopyError, readPart, streamOf } from './fetch-part.js';
import { requireIdentity } from './identity.js';
import { incomingParent, receiveChain, requireRoom } from './incoming.js';
import { copyPrefix } from './layout.js';
import type { Manifest } from './manifest.js';
import { aloneOnCopies, openStore, requireOffsite, type WithOffsite } from './open.js';
import { emptyWaitingRoom } from './parts.js';
import { pickChain } from './pick.js';
import { changeOffsiteRecord, readOffsiteRecord } from './record.js';
import type { Store } from './store.js';
import { refuseVanished } from './vanished.js';
import { type CopyLevel, type Verdicts, withBad, withGood } from './verdicts.js';

export interface VerifyCopyRequest {
  /** Id of a copy, or tag of its snapshot; the newest where none is named. */
  copy?: string | undefined;
  level: CopyLevel;
  /** File with a secret key of age, from `stream` on. */
  identity?: string | undefined;
}

/** What `bench offsite verify --json` prints where all is well. */
export interface VerifyCopyResult {
  bench: string;
  level: CopyLevel;
  /** The copy and all that it builds on, the full one first. */
  copies: { id: string; parts: number; storedBytes: number }[];
  /** Of `boot`: how many tables were read, and answers as bench.toml expects. */
  tables: number | null;
  answers: number | null;
  durationMs: number;
}

/**
 * Looks at a copy and all that it builds on. What was found is written down on this host: the next copy builds on none that
 * is bad.
 * @throws DamagedCopyError; VolumeError `copy-broken`, and what a proof of a snapshot throws
 */
export async function verifyCopy(
  bench: BenchConfig,
  host: Runner,
  request: VerifyCopyRequest,
  onStep: OnStep = () => undefined,
): Promise<VerifyCopyResult> {
  const config = await requireOffsite(bench);
  const { level } = request;
  const needsKey = level === 'stream' || level === 'boot';
  const identity = needsKey ? await requireIdentity(request.identity) : '';
  if (needsKey) await requireAge(host);
  const started = performance.now();
  return aloneOnCopies(config, host, 'bench offsite verify', async (runner) => {
    const store = await openStore(config.offsite, runner);
    const chain = await perform(
      'Look what is in the store',
      async () => {
        const copies = await readCopies(store, config.name);
        if (request.copy === undefined)
          refuseVanished(await readOffsiteRecord(config.name), config.offsite, copies);
        return pickChain(copies, config.name, request.copy);
      },
      onStep,
    );
    const look: Look = { config, runner, store, identity, onStep };
    try {
      const found = level === 'boot' ? await bootOf(look, chain) : await eachOf(look, chain, level);
      await record(config, (before) => withGood(before, chain, level));
      return {
        bench: config.name,
        level,
        copies: chain.map(({ id, parts }) => ({
          id,
          parts: parts.length,
          storedBytes: parts.reduce((sum, { cipherBytes }) => sum + cipherBytes, 0),
        })),
        ...found,
        durationMs: Math.round(performance.now() - started),
      };
    } catch (error) {
      const bad = badOf(error, chain);
      if (bad !== undefined) await record(config, (before) => withBad(before, chain, level, bad));
      throw error;
    } finally {
      await emptyWaitingRoom(config.name);
    }
  });
}

interface Look {
  config: WithOffsite;
  runner: Runner;
  store: Store;
  identity: string;
  onStep: OnStep;
}

/** A failure of the store, or of this host, says nothing of the copy. */
function badOf(error: unknown, chain: readonly Manifest[]): { copy: Manifest; reason: string } | undefined {
  const isVerdict =
    error instanceof DamagedCopyError ||
    (error instanceof BenchError && ['snapshot-damaged', 'copy-differs'].includes(error.code));
  if (!isVerdict) return undefined;
  const copy = chain.find(({ id }) => error.message.includes(id)) ?? chain.at(-1);
  return copy === undefined ? undefined : { copy, reason: onOneLine(error.message) };
}

async function record({ name }: WithOffsite, change: (before: Verdicts) => Verdicts): Promise<void> {
  await changeOffsiteRecord(name, (before) => ({ ...before, verdicts: change(before.verdicts) }));
}

const NOT_BOOTED = { tables: null, answers: null };

async function eachOf(look: Look, chain: readonly Manifest[], level: 'head' | 'hash' | 'stream') {
  for (const manifest of chain)
    await perform(
      `Look at ${manifest.id} (${level})`,
      (tell) => LOOKS[level](look, manifest, tell),
      look.onStep,
    );
  return NOT_BOOTED;
}

const LOOKS: Readonly<
  Record<'head' | 'hash' | 'stream', (look: Look, manifest: Manifest, tell: Teller) => Promise<void>>
> = { head, hash, stream };

async function head({ store }: Look, manifest: Manifest): Promise<void> {
  const prefix = copyPrefix(manifest.bench, manifest.id);
  const listed = new Map((await store.list(prefix)).map((object) => [object.key, object]));
  for (const part of manifest.parts) {
    const key = `${prefix}${part.name}`;
    const wrong = wrongPart(part, listed.get(key) ?? (await store.head(key)));
    if (wrong !== undefined) throw new DamagedCopyError(manifest, `${part.name} ${wrong}`);
  }
}

async function hash({ store }: Look, manifest: Manifest, tell: Teller): Promise<void> {
  const nothing = async () => undefined;
  for (const [index, part] of manifest.parts.entries()) {
    await readPart(store, manifest, part, { begin: nothing, chunk: nothing });
    tell.progress(progressOf(index + 1, manifest.parts.length));
  }
}

function progressOf(done: number, of: number) {
  return { percent: Math.floor((done / of) * 100), detail: `part ${done} of ${of}` };
}

/** A stream takes as long as it is long. */
const STREAM_MS = 21 * 24 * 60 * 60_000;

async function stream({ store, runner, identity }: Look, manifest: Manifest, tell: Teller): Promise<void> {
  const onPart = (done: number, of: number) => tell.progress(progressOf(done, of));
  await runner.run({
    argv: ['zstream', 'dump'],
    timeoutMs: STREAM_MS,
    feed: streamOf(manifest, { store, runner, identity, onPart }),
  });
}

/**
 * What came in raw is an encryption root of its own: it opens with the key that the bench had when it was copied.
 * @throws RefusedError `key-wrong`
 */
async function openReceived(
  { volume: { key } }: WithOffsite,
  runner: Runner,
  dataset: string,
): Promise<void> {
  const file = key === undefined ? undefined : loadedKeyFile(key);
  if (file === undefined || !(await opensRoot(runner, dataset, file)))
    throw keyWrong(dataset, file ?? 'bench.toml');
  await loadPlacedKey(runner, dataset, file);
}

/** Received out of sight, and taken away again whatever is found. */
async function bootOf(look: Look, chain: readonly Manifest[]) {
  const { config, runner, store, identity, onStep } = look;
  const { pool } = config.volume;
  const dataset = `${incomingParent(pool)}/_verify-${config.name}`;
  await requireRoom(runner, pool, dataset, chain);
  try {
    await receiveChain({ store, runner, identity, pool, dataset, chain, onStep });
    const last = chain.at(-1) as Manifest;
    if (isRaw(last)) await openReceived(config, runner, dataset);
    const snapshot = { name: `${dataset}@${last.snapshot.tag}` };
    const how = { level: 'normal', purpose: 'bench offsite verify' } as const;
    const finding = await lookInto(config, runner, snapshot, how, onStep);
    if (finding.verdict === 'damaged')
      throw new DamagedCopyError(last, onOneLine(finding.findings.join('; ')));
    if (finding.verdict === 'differs')
      throw new VolumeError(
        'snapshot-differs',
        `The copy ${last.id} answers otherwise than bench.toml expects.`,
        {
          stderr: finding.findings.join('\n'),
          suggestions: ['[verify] sql in bench.toml says what was expected.'],
        },
      );
    return { tables: finding.tables, answers: finding.answers };
  } finally {
    if ((await findDataset(runner, dataset)) !== undefined) await runner.run(destroyDataset(dataset));
  }
}
