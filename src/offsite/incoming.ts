import { humanSize } from '../config/size.js';
import { RefusedError, VolumeError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { type OnStep, perform } from '../steps/steps.js';
import {
  createDataset,
  destroyDataset,
  encodeNote,
  findDataset,
  listSnapshots,
  localProperty,
  MARK,
  receiveStream,
  setProperties,
} from '../zfs/zfs.js';
import { type StreamOptions, streamOf } from './fetch-part.js';
import type { Manifest } from './manifest.js';

/** What comes in lies below this until it is whole; no bench is called so. */
export function incomingParent(pool: string): string {
  return `${pool}/_incoming`;
}

export interface Incoming extends StreamOptions {
  pool: string;
  /** `<pool>/_incoming/<name>` */
  dataset: string;
  chain: readonly Manifest[];
  onStep: OnStep;
}

/** @throws RefusedError `no-room`, `dataset-not-ours`, before anything is made */
export async function requireRoom(runner: Runner, pool: string, dataset: string, chain: readonly Manifest[]) {
  const root = await findDataset(runner, pool);
  const wanted = chain.reduce((sum, { stream }) => sum + stream.bytes, 0);
  if (root === undefined)
    throw new VolumeError('pool-missing', `There is no pool ${pool}. Nothing was changed.`, {
      suggestions: [`zpool import`, `zpool list`],
    });
  const there = await findDataset(runner, dataset);
  if (there !== undefined && !(await isIncoming(runner, dataset)))
    throw new RefusedError(
      'dataset-not-ours',
      `Dataset ${dataset} exists, and no copy was coming in there. Nothing was changed.`,
      {
        suggestions: [`Give it another name: zfs rename ${dataset} ${dataset}.other`],
      },
    );
  if (root.availableBytes + (there?.usedBytes ?? 0) >= wanted) return;
  throw new RefusedError(
    'no-room',
    `The copy needs about ${humanSize(wanted)}, and pool ${pool} has ${humanSize(root.availableBytes)} free. Nothing was changed.`,
    { suggestions: [`zfs list -o space -r ${pool}`] },
  );
}

/**
 * Receives a chain of copies into a dataset that nobody sees, or goes on behind those that have come in before. Every stream
 * comes in as a whole or not at all.
 */
export async function receiveChain(incoming: Incoming): Promise<void> {
  const { runner, pool, dataset, chain, onStep } = incoming;
  await ensureParent(runner, incomingParent(pool));
  const left = await leftOf(runner, dataset, chain);
  for (const manifest of left) {
    const what = manifest.kind === 'full' ? 'as a whole' : 'and what has changed';
    await perform(
      `Receive ${manifest.snapshot.tag} ${what} (${humanSize(manifest.stream.bytes)})`,
      async (tell) => {
        const onPart = (done: number, of: number) =>
          tell.progress({ percent: Math.floor((done / of) * 100), detail: `part ${done} of ${of}` });
        const properties =
          manifest.kind === 'full' ? { canmount: 'noauto', [MARK.incoming]: manifest.bench } : {};
        await runner.run({
          ...receiveStream(dataset, properties),
          feed: streamOf(manifest, { ...incoming, onPart }),
        });
        await requireReceived(runner, dataset, manifest);
      },
      onStep,
    );
  }
}

/** What of a chain is still to come; what has come in and is of another chain goes. */
async function leftOf(runner: Runner, dataset: string, chain: readonly Manifest[]): Promise<Manifest[]> {
  if ((await findDataset(runner, dataset)) === undefined) return [...chain];
  const there = (await listSnapshots(runner, dataset)).map(({ guid }) => guid).reverse();
  const isOfChain = there.every((guid, index) => chain[index]?.snapshot.guid === guid);
  if (isOfChain && there.length > 0) return chain.slice(there.length);
  await runner.run(destroyDataset(dataset));
  if ((await findDataset(runner, dataset)) !== undefined)
    throw new VolumeError(
      'incoming-stays',
      `zfs destroy ${dataset} reported success, but it is still there.`,
      {
        suggestions: [`zfs list -t all -r ${dataset}`],
      },
    );
  return [...chain];
}

async function requireReceived(runner: Runner, dataset: string, { id, snapshot }: Manifest): Promise<void> {
  const found = (await listSnapshots(runner, dataset))[0];
  if (found?.guid === snapshot.guid) {
    await runner.run(
      setProperties(found.name, {
        ...(snapshot.quiesce === null ? {} : { [MARK.quiesce]: snapshot.quiesce }),
        ...(snapshot.note === null ? {} : { [MARK.note]: encodeNote(snapshot.note) }),
      }),
    );
    return;
  }
  throw new VolumeError('copy-differs', `What came in as ${id} is not the snapshot that it should be.`, {
    suggestions: [`zfs list -t snapshot -o name,guid ${dataset}`],
  });
}

async function isIncoming(runner: Runner, dataset: string): Promise<boolean> {
  return (await localProperty(runner, dataset, MARK.incoming)) !== undefined;
}

/** What only holds datasets: it is mounted nowhere. */
export async function ensureParent(runner: Runner, parent: string): Promise<void> {
  if ((await findDataset(runner, parent)) !== undefined) return;
  await runner.run(createDataset(parent, { canmount: 'off' }));
}
