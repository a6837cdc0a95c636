import { aloneOn, openBench, refuseUnfinishedRestore } from '../bench/bench.js';
import type { BenchConfig, KeySource } from '../config/config.js';
import type { Runner } from '../host/exec.js';
import { withLock } from '../host/lock.js';
import { HOST_LOCK } from '../host/paths.js';
import { loadedKeyFile, requireKeyAtHand } from '../keys/keys.js';
import { attachmentOf, isBenchAttachment, readRegistry, type Volume } from '../registry/registry.js';
import { applySteps, type OnStep, type Step } from '../steps/steps.js';
import { CLONE_MARK, type CloneMarks, findDataset } from '../zfs/zfs.js';
import { openClone } from './own.js';
import { type Promotion, planPromotion } from './promote.js';

const LOCK_TIMEOUT_MS = 10_000;

/** What `bench clone promote` would do; changes nothing. */
export async function previewPromotion(name: string, runner: Runner): Promise<Promotion> {
  const { config, dataset, marks } = await openClone(name, runner);
  const { key } = config.volume;
  await requireKeyAtHand(name, dataset, key);
  const promotion = await planPromotion({ ...dataset, title: name, dataset: dataset.name }, runner);
  const along: Promotion[] = [];
  for (const { dataset: copy, origin, usedBytes, name: title } of await copiesOf(config, runner))
    along.push(await planPromotion({ title, dataset: copy, origin, usedBytes, quotaBytes: 0 }, runner));
  return {
    ...promotion,
    origins: [...promotion.origins, ...along.flatMap(({ origins }) => origins)],
    tags: [...new Set([...promotion.tags, ...along.flatMap(({ tags }) => tags)])],
    ends: marks.expiresAt !== undefined,
    steps: [
      // First: cut off behind it, the same command still finds a clone to promote.
      ...withoutEnd(dataset.name, marks),
      ...promotion.steps,
      ...keyAgain(dataset.name, key),
      ...along.flatMap(({ steps }) => steps),
    ],
  };
}

/** Whoever makes it independent means to keep it. */
function withoutEnd(dataset: string, { expiresAt }: CloneMarks): Step[] {
  return expiresAt === undefined
    ? []
    : [{ kind: 'dataset.inherit', dataset, properties: [CLONE_MARK.expires] }];
}

/** The key belongs to what was promoted from then on, and ZFS has forgotten it: what is mounted goes on, but stays alone. */
export function keyAgain(root: string, source: KeySource | undefined): Step[] {
  if (source === undefined) return [];
  return [
    { kind: 'key.fetch', source, root, passphrase: undefined },
    { kind: 'key.load', root, file: loadedKeyFile(source) },
  ];
}

/** The data volumes that it writes and that depend on others, as it does. */
async function copiesOf(config: BenchConfig, runner: Runner): Promise<Volume[]> {
  if (config.volumes.length === 0) return [];
  const { volumes } = await readRegistry(runner, [config.volume.pool]);
  return volumes.filter((volume) => {
    const attachment = attachmentOf(volume, { bench: config.name });
    const writes = attachment !== undefined && isBenchAttachment(attachment) && attachment.mode === 'rw';
    return volume.role === 'data' && volume.origin !== undefined && writes;
  });
}

/** Makes a clone independent. It runs on meanwhile, and so does what it was made of. */
export async function promoteClone(name: string, host: Runner, onEvent: OnStep): Promise<Promotion> {
  const { config } = await openClone(name, host);
  const purpose = `bench clone promote ${name}`;
  const lock = { path: HOST_LOCK, timeoutMs: LOCK_TIMEOUT_MS, purpose };
  return withLock(lock, async () => {
    const { origins } = await previewPromotion(name, host);
    const sources = await configsOf(origins, host);
    // Their snapshots change hands: no restore may begin meanwhile.
    return aloneOnAll([config, ...sources], host, purpose, async (runner) => {
      const promotion = await previewPromotion(name, runner);
      await applySteps(promotion.steps, runner, onEvent);
      return promotion;
    });
  });
}

/** The benches of these datasets; a template is none, and is changed under the lock of the host alone. */
export async function configsOf(datasets: readonly string[], runner: Runner): Promise<BenchConfig[]> {
  const configs: BenchConfig[] = [];
  for (const dataset of datasets) {
    const bench = (await findDataset(runner, dataset))?.bench;
    if (bench !== undefined) configs.push(await openBench({ bench, guess: false }));
  }
  return configs;
}

/** Alone on several benches, none of which is in the middle of a restore. */
export async function aloneOnAll<T>(
  [first, ...others]: readonly BenchConfig[],
  runner: Runner,
  purpose: string,
  work: (runner: Runner) => Promise<T>,
): Promise<T> {
  if (first === undefined) return work(runner);
  return aloneOn(first, runner, purpose, async (held) => {
    await refuseUnfinishedRestore(first.name);
    return aloneOnAll(others, held, purpose, work);
  });
}
