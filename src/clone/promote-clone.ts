import { aloneOn, openBench, refuseUnfinishedRestore } from '../bench/bench.js';
import type { Runner } from '../host/exec.js';
import { withLock } from '../host/lock.js';
import { HOST_LOCK } from '../host/paths.js';
import { applySteps, type OnStep, type Step } from '../steps/steps.js';
import { encodeNote, findSnapshot, MARK, poolOf, templatesOf } from '../zfs/zfs.js';
import { openClone, requireClone } from './own.js';
import { type Promotion, planPromotion } from './promote.js';
import { TEMPLATE_TAG } from './template.js';

const LOCK_TIMEOUT_MS = 10_000;

/** What `bench clone promote` would do; changes nothing. */
export async function previewPromotion(name: string, runner: Runner): Promise<Promotion> {
  const { dataset, marks } = await openClone(name, runner);
  const promotable = { ...dataset, title: name, dataset: dataset.name };
  const promotion = await planPromotion(promotable, marks.source, runner);
  return { ...promotion, steps: [...promotion.steps, ...(await templateAgain(promotion, runner))] };
}

/** Makes a clone independent. It runs on meanwhile, and so does its source. */
export async function promoteClone(name: string, host: Runner, onEvent: OnStep): Promise<Promotion> {
  const { config, marks } = await openClone(name, host);
  const purpose = `bench clone promote ${name}`;
  const promote = () =>
    aloneOn(config, host, purpose, async (runner) => {
      await refuseUnfinishedRestore(name);
      await requireClone(config, runner);
      const promotion = await previewPromotion(name, runner);
      await applySteps(promotion.steps, runner, onEvent);
      return promotion;
    });
  return withLock({ path: HOST_LOCK, timeoutMs: LOCK_TIMEOUT_MS, purpose }, async () => {
    const source = marks.template === undefined ? await sourceConfig(marks.source) : undefined;
    // Its snapshots change hands: no restore of it may begin meanwhile.
    if (source === undefined) return promote();
    return aloneOn(source, host, purpose, async () => {
      await refuseUnfinishedRestore(source.name);
      return promote();
    });
  });
}

/** It may be gone: what it shares is another one's then. */
function sourceConfig(name: string) {
  return openBench({ bench: name, guess: false }).catch(() => undefined);
}

/** A template that lost its snapshot to a clone gets it again, of the same content. */
async function templateAgain({ origin, tags }: Promotion, runner: Runner): Promise<Step[]> {
  if (!origin.startsWith(`${templatesOf(poolOf(origin))}/`) || !tags.includes(TEMPLATE_TAG)) return [];
  const snapshot = `${origin}@${TEMPLATE_TAG}`;
  const quiesce = (await findSnapshot(runner, snapshot))?.quiesce ?? 'crash-consistent';
  return [{ kind: 'snapshot.take', snapshot, properties: { [MARK.quiesce]: encodeNote(quiesce) } }];
}
