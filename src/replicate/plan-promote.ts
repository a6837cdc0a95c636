import { join } from 'node:path';
import { VOLUMES, volumeDataset } from '../bench/bench.js';
import type { Step } from '../steps/steps.js';
import { FILESYSTEM_PROPERTIES } from '../volumes/volumes.js';
import { LAYOUT_VERSION, MARK } from '../zfs/zfs.js';
import type { FoundCopy } from './find-copy.js';
import type { Moment } from './moment.js';
import { COPY_MARK, HOLD, ROOT } from './names.js';

/** What is known of this host for a promotion. */
export interface PromoteFacts {
  found: FoundCopy;
  /** Undefined where its root volume lies in its place already. */
  moment: Moment | undefined;
  /** The epoch that it gets. */
  epoch: number;
  /** Snapshots that carry the hold of replication. */
  held: readonly string[];
  /** Volume → its quota in bytes, 0 for none, not less than what is in it; not in it where that was set already. */
  volumes: ReadonlyMap<string, number>;
  /** Datasets that are there. */
  present: ReadonlySet<string>;
}

/** The mount point of a dataset that has none of its own. */
const natural = (dataset: string) => `/${dataset}`;

/**
 * Makes a dataset of the bench from its copy, and volumes from those of its volumes; the rest is the plan of its init.
 * The epoch goes first: from then on the host that sent it does not start it. Pure; killed anywhere, the next plan goes on.
 */
export function planDatasets({ found, moment, epoch, held, volumes, present }: PromoteFacts): Step[] {
  const { pool, bench, root, copy } = found;
  const dataset = `${pool}/${bench}`;
  const steps: Step[] = [];
  if (copy !== undefined && moment !== undefined) {
    steps.push({ kind: 'dataset.set', dataset: root, properties: { [MARK.epoch]: String(epoch) } });
    steps.push(...moment.members.flatMap((member) => settle(member, moment.tag, held)));
    const place = `${pool}/${VOLUMES}`;
    const moved = moment.members.filter(({ member }) => member !== ROOT);
    if (moved.length > 0 && !present.has(place)) steps.push({ kind: 'place.create', dataset: place });
    for (const { member, dataset: from } of moved)
      steps.push({ kind: 'dataset.rename', from, to: volumeDataset(pool, member) });
    for (const name of [...found.moved, ...moved.map(({ member }) => member)])
      steps.push(...volumeSteps(volumeDataset(pool, name), volumes.get(name)));
    steps.push({ kind: 'dataset.rename', from: root, to: dataset });
  }
  return [
    ...steps,
    { kind: 'dataset.inherit', dataset, properties: ['readonly'] },
    { kind: 'dataset.set', dataset, properties: { [MARK.bench]: bench, [MARK.layout]: LAYOUT_VERSION } },
  ];
}

/**
 * Makes a volume of what was moved to its place. {@link planForget} takes the last mark away. That bench has made it is
 * said at the end only: a volume that is full and not whole must never look like one that was begun and is empty.
 */
function volumeSteps(dataset: string, quotaBytes: number | undefined): Step[] {
  const quota = { quota: quotaBytes === 0 ? 'none' : String(quotaBytes) };
  return [
    { kind: 'dataset.set', dataset, properties: FILESYSTEM_PROPERTIES },
    { kind: 'dataset.inherit', dataset, properties: ['readonly', COPY_MARK.from] },
    { kind: 'volume.complete', dataset, madeBy: 'import' },
    ...(quotaBytes === undefined ? [] : [{ kind: 'dataset.set', dataset, properties: quota } as const]),
    { kind: 'dataset.inherit', dataset, properties: [COPY_MARK.quota] },
  ];
}

function settle(member: Moment['members'][number], tag: string, held: readonly string[]): Step[] {
  const { dataset, token, snapshots } = member;
  const release = held.filter((name) => name.startsWith(`${dataset}@`));
  const isBehind = snapshots[0]?.tag !== tag;
  if (token === null && release.length === 0 && !isBehind) return [];
  return [
    {
      kind: 'copy.settle',
      dataset,
      isCutOff: token !== null,
      release,
      hold: HOLD,
      ...(isBehind ? { backTo: tag } : {}),
    },
  ];
}

/** So that its bench.toml can be read. */
export function planShow(pool: string, bench: string, isMounted: boolean): Step[] {
  if (isMounted) return [];
  const dataset = `${pool}/${bench}`;
  return [
    { kind: 'mountpoint.guard', path: natural(dataset) },
    { kind: 'dataset.mount', dataset, mountpoint: natural(dataset) },
  ];
}

/** Where the bench.toml of a bench lies in its dataset. */
export function configIn(pool: string, bench: string): string {
  return join(natural(`${pool}/${bench}`), 'benches', 'bench.toml');
}

/** When everything else is done: from here on it is a bench like any other. */
export function planForget(pool: string, bench: string, volumes: readonly string[]): Step[] {
  // ZFS takes one property away at a time. The mark that a copy is found by comes last.
  const properties = [COPY_MARK.from, COPY_MARK.members, COPY_MARK.of];
  return [
    ...volumes.map(
      (name): Step => ({
        kind: 'dataset.inherit',
        dataset: volumeDataset(pool, name),
        properties: [COPY_MARK.of],
      }),
    ),
    // The root volume last: while it has its mark, the promotion is found and gone on with.
    { kind: 'dataset.inherit', dataset: `${pool}/${bench}`, properties },
  ];
}
