import { humanSize } from '../config/size.js';
import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import type { Step } from '../steps/steps.js';
import {
  encodeNote,
  findDataset,
  listSnapshots,
  listTemplates,
  MARK,
  poolOf,
  type Snapshot,
  templatesOf,
} from '../zfs/zfs.js';
import { TEMPLATE_TAG } from './template.js';

/** What changes hands when a clone is promoted. */
export interface Promotion {
  dataset: string;
  /** The datasets that it shares blocks with, each the origin of the one before; they depend on it afterwards. */
  origins: string[];
  /** Tags of the snapshots that go over. */
  tags: string[];
  /** It had an end, at which it would have been dropped by itself, and has none from now on. */
  ends?: boolean;
  steps: Step[];
}

/** A dataset that is a clone, and the bench or template that it is, for people. */
export interface Promotable {
  title: string;
  dataset: string;
  origin: string | undefined;
  quotaBytes: number;
  usedBytes: number;
}

/** One dataset that it depends on. */
interface Link {
  dataset: string;
  /** The bench that is in it; undefined for a data volume. */
  bench: string | undefined;
  isTemplate: boolean;
  /** Those that go over, newest first. */
  shared: Snapshot[];
}

/**
 * The snapshots that a clone shares with its origin become its own (zfs-promote(8)), and the origin depends on it from
 * then on. It takes the place of that one, which may be a clone itself: so it goes on until it depends on nothing. Each
 * snapshot is marked first with the bench that is in it: nobody may take it for the clone's own past.
 * @throws RefusedError `already-independent`, `snapshot-exists`, `quota-too-small`
 */
export async function planPromotion(promotable: Promotable, runner: Runner): Promise<Promotion> {
  const { dataset, title } = promotable;
  const links = await linksFrom(promotable.origin, runner);
  if (links.length === 0) {
    throw new RefusedError(
      'already-independent',
      `${title} shares no snapshots with another dataset: it is independent. Nothing was changed.`,
      { suggestions: ['bench list and bench template list show what depends on what.'] },
    );
  }
  const shared = links.flatMap((link) => link.shared);
  refuseSameTags(promotable, shared, await listSnapshots(runner, dataset));
  refuseSmallQuota(promotable, shared);
  return {
    dataset,
    origins: links.map((link) => link.dataset),
    tags: shared.map(({ tag }) => tag),
    steps: links.flatMap((link) => stepsFor(dataset, link)),
  };
}

async function linksFrom(first: string | undefined, runner: Runner): Promise<Link[]> {
  const links: Link[] = [];
  for (let origin = first; origin !== undefined; ) {
    const [dataset = ''] = origin.split('@');
    const snapshots = await listSnapshots(runner, dataset);
    const found = await findDataset(runner, dataset);
    const template = dataset.startsWith(`${templatesOf(poolOf(dataset))}/`)
      ? (await listTemplates(runner, [poolOf(dataset)])).find((each) => each.dataset === dataset)
      : undefined;
    links.push({
      dataset,
      bench: template?.source ?? found?.bench,
      isTemplate: template !== undefined,
      shared: snapshots.slice(snapshots.findIndex(({ name }) => name === origin)),
    });
    origin = found?.origin;
  }
  return links;
}

function stepsFor(dataset: string, { dataset: from, bench, isTemplate, shared }: Link): Step[] {
  const unmarked = bench === undefined ? [] : shared.filter(({ of }) => of === undefined);
  const mark = { property: MARK.of, value: encodeNote(bench ?? ''), reason: `${bench} is in them` };
  const names = unmarked.map(({ name }) => name);
  const own = isTemplate ? shared.find(({ tag }) => tag === TEMPLATE_TAG) : undefined;
  const quiesce = own?.quiesce ?? 'crash-consistent';
  return [
    ...(unmarked.length === 0 ? [] : [{ kind: 'snapshots.mark', snapshots: names, ...mark } as const]),
    { kind: 'dataset.promote', dataset },
    // What is in a template never changes: it gets again what it loses, for its next clones.
    ...(own === undefined
      ? []
      : [
          {
            kind: 'snapshot.take',
            snapshot: `${from}@${TEMPLATE_TAG}`,
            properties: { [MARK.quiesce]: quiesce },
          } as const,
        ]),
  ];
}

function refuseSameTags(
  { title, dataset }: Promotable,
  shared: readonly Snapshot[],
  own: readonly Snapshot[],
): void {
  const all = [...shared, ...own].map(({ tag }) => tag);
  const same = [...new Set(all.filter((tag, index) => all.indexOf(tag) !== index))];
  if (same.length === 0) return;
  throw new RefusedError(
    'snapshot-exists',
    `${title} would have several snapshots of the same name: ${same.join(', ')}. Nothing was changed.`,
    { suggestions: same.map((tag) => `zfs rename ${dataset}@${tag} ${tag}-own`) },
  );
}

/** ZFS refuses it, too, but names no size; what the newest of them holds is a part of it all. */
function refuseSmallQuota(
  { title, dataset, quotaBytes, usedBytes }: Promotable,
  shared: readonly Snapshot[],
): void {
  const needed = usedBytes + Math.max(...shared.map(({ referencedBytes }) => referencedBytes));
  if (quotaBytes === 0 || needed < quotaBytes) return;
  throw new RefusedError(
    'quota-too-small',
    `${title} would use ${humanSize(needed)} with the snapshots, and its quota is ${humanSize(quotaBytes)}. Nothing was changed.`,
    { suggestions: [`zfs list -o name,used,quota ${dataset}`, 'bench volume set --quota SIZE -b NAME'] },
  );
}
