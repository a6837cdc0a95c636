import { PRESERVED, readHostRecord } from '../bench/bench.js';
import type { BenchConfig } from '../config/config.js';
import { escapeText } from '../config/findings.js';
import { RefusedError, UsageError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { benchName, instanceName } from '../names.js';
import { VOLUME_MARK } from '../registry/registry.js';
import { type OnStep, perform } from '../steps/steps.js';
import {
  encodeNote,
  findDataset,
  inheritProperty,
  LAYOUT_VERSION,
  MARK,
  renameDataset,
  setProperties,
} from '../zfs/zfs.js';
import { requireAge } from './age.js';
import { readCopies } from './copies.js';
import { requireIdentity } from './identity.js';
import { ensureParent, incomingParent, receiveChain, requireRoom } from './incoming.js';
import type { Manifest } from './manifest.js';
import { aloneOnCopies, openStore, requireOffsite, type WithOffsite } from './open.js';
import { emptyWaitingRoom } from './parts.js';
import { pickChain } from './pick.js';

export interface RestoreRequest {
  /** Id of a copy, or tag of its snapshot; the newest where none is named. */
  copy?: string | undefined;
  /** Of the bench that is to be made of it; that of the copy where none is named. */
  as?: string | undefined;
  /** File with a secret key of age. */
  identity?: string | undefined;
}

/** What `bench offsite restore --json` prints. */
export interface RestoreResult {
  bench: string;
  /** Of the copies that were received, the full one first. */
  copies: string[];
  snapshot: { tag: string; createdAt: string };
  /** The name of the kept volume, and of the bench that is made of it. */
  name: string;
  dataset: string;
  streamBytes: number;
  /** Data volumes that the bench wrote, and that are in no copy. */
  volumesLeftOut: string[];
  dryRun: boolean;
}

/**
 * Brings a copy back as a kept volume, of which `bench init --from-volume` makes a bench. It takes the place of nothing. Cut
 * off anywhere, the same command goes on.
 */
export async function restoreCopy(
  bench: BenchConfig,
  host: Runner,
  request: RestoreRequest,
  { dryRun, onStep }: { dryRun: boolean; onStep: OnStep },
): Promise<RestoreResult> {
  const config = await requireOffsite(bench);
  const name = requireName(request.as ?? config.name);
  const identity = await requireIdentity(request.identity);
  await requireAge(host);
  return aloneOnCopies(config, host, 'bench offsite restore', async (runner) => {
    const store = await openStore(config.offsite, runner);
    const { pool } = config.volume;
    const chain = await perform(
      'Look what is in the store',
      async () => pickChain(await readCopies(store, config.name), config.name, request.copy),
      onStep,
    );
    const incoming = `${incomingParent(pool)}/${name}`;
    await refuseTaken(runner, config, name);
    await requireRoom(runner, pool, incoming, chain);
    const result = resultOf(config, chain, name, dryRun);
    if (dryRun) return result;
    await emptyWaitingRoom(config.name);
    try {
      await receiveChain({ store, runner, identity, pool, dataset: incoming, chain, onStep });
    } catch (error) {
      throw await sayingWhatCameIn(error, runner, incoming);
    } finally {
      await emptyWaitingRoom(config.name);
    }
    await perform(
      `Keep it as ${result.dataset}`,
      () => keep(runner, config, incoming, result.dataset),
      onStep,
    );
    return result;
  });
}

/** Each copy comes in as a whole or not at all; those that did stay, out of sight, and are gone on with. */
async function sayingWhatCameIn(error: unknown, runner: Runner, incoming: string): Promise<unknown> {
  if (!(error instanceof VolumeError) || (await findDataset(runner, incoming)) === undefined) return error;
  return new VolumeError(error.code, error.message, {
    ...error.details(),
    suggestions: [
      ...error.suggestions,
      `What has come in so far is whole and stays in ${incoming}: the same command goes on behind it.`,
      `Or take it away: zfs destroy -r ${incoming}`,
    ],
  });
}

function requireName(name: string): string {
  const wrong = benchName(name) ?? instanceName(name);
  if (wrong === undefined) return name;
  throw new UsageError(
    'bench-name-invalid',
    `${escapeText(name)} cannot be the name of a bench and its MariaDB instance: it ${wrong}. Nothing was changed.`,
  );
}

/** @throws RefusedError `bench-exists`, `kept-exists` */
async function refuseTaken(
  runner: Runner,
  { name: source, volume: { pool } }: WithOffsite,
  name: string,
): Promise<void> {
  const another = `bench offsite restore -b ${source} --as ANOTHER --identity FILE`;
  const dataset = `${pool}/${name}`;
  if ((await readHostRecord(name)) !== undefined || (await findDataset(runner, dataset)) !== undefined)
    throw new RefusedError(
      'bench-exists',
      `There is a bench ${name}, or a dataset ${dataset}, already. Nothing was changed.`,
      {
        suggestions: [`Give the one that comes back another name: ${another}`],
      },
    );
  const kept = `${pool}/${PRESERVED}/${name}`;
  if ((await findDataset(runner, kept)) !== undefined)
    throw new RefusedError('kept-exists', `${kept} is there already. Nothing was changed.`, {
      suggestions: [
        `If it is what a restore has brought: bench init -b ${name} --from-volume ${name}`,
        `Give the one that comes back another name: ${another}`,
      ],
    });
}

/** A volume of a bench that is not there any more, as `bench drop --preserve-storage` leaves it. */
async function keep(
  runner: Runner,
  { name: bench, volume: { pool } }: WithOffsite,
  incoming: string,
  kept: string,
): Promise<void> {
  await ensureParent(runner, `${pool}/${PRESERVED}`);
  await runner.run(
    setProperties(incoming, {
      [MARK.bench]: bench,
      [MARK.layout]: LAYOUT_VERSION,
      [VOLUME_MARK.preserved]: encodeNote(new Date().toISOString()),
    }),
  );
  await runner.run(renameDataset(incoming, kept));
  await runner.run(inheritProperty(kept, MARK.incoming));
}

function resultOf(
  { name: bench, volume: { pool } }: WithOffsite,
  chain: readonly Manifest[],
  name: string,
  dryRun: boolean,
): RestoreResult {
  const last = chain.at(-1) as Manifest;
  return {
    bench,
    copies: chain.map(({ id }) => id),
    snapshot: { tag: last.snapshot.tag, createdAt: last.snapshot.createdAt },
    name,
    dataset: `${pool}/${PRESERVED}/${name}`,
    streamBytes: chain.reduce((sum, { stream }) => sum + stream.bytes, 0),
    volumesLeftOut: last.volumes,
    dryRun,
  };
}
