import { RefusedError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { holding, withLock } from '../host/lock.js';
import { HOST_LOCK } from '../host/paths.js';
import { requireKeyAtHand } from '../keys/keys.js';
import { applySteps, type OnStep, type Step } from '../steps/steps.js';
import {
  findDataset,
  findSnapshot,
  listBenchDatasets,
  listSnapshots,
  poolOf,
  type Template,
} from '../zfs/zfs.js';
import { madeForTemplate } from './create-template.js';
import { type Promotion, planPromotion } from './promote.js';
import { aloneOnAll, configsOf, keyAgain } from './promote-clone.js';
import { findSource } from './source.js';
import { readTemplates, requireTemplate, type TemplateJson, templateJson } from './template.js';

const LOCK_TIMEOUT_MS = 10_000;

/** What `bench template list` prints. */
export interface TemplateList {
  templates: TemplateJson[];
}

/** All templates of the host, those that were cut off among them. */
export async function listAllTemplates(runner: Runner): Promise<TemplateList> {
  const templates = await readTemplates(runner);
  const pools = [...new Set(templates.map(({ dataset }) => poolOf(dataset)))];
  const datasets = pools.length === 0 ? [] : await listBenchDatasets(runner, pools);
  return {
    templates: templates.map((template) => {
      const clones = datasets.flatMap(({ origin, bench, name }) =>
        origin?.startsWith(`${template.dataset}@`) ? [bench ?? name] : [],
      );
      return templateJson(template, clones);
    }),
  };
}

/** What `bench template delete` prints. */
export interface TemplateDeleted {
  template: string;
  dataset: string;
}

/** @throws RefusedError `template-in-use`; UsageError `template-missing` */
export async function previewDelete(name: string, runner: Runner): Promise<Template> {
  const template = await requireTemplate(runner, name);
  const snapshots = await listSnapshots(runner, template.dataset);
  const clones = snapshots.flatMap((snapshot) => snapshot.clones);
  const held = snapshots.filter(({ holds }) => holds > 0);
  if (clones.length > 0) {
    throw new RefusedError(
      'template-in-use',
      `The template ${name} has clones: ${clones.join(', ')}. Nothing was changed.`,
      {
        suggestions: [
          ...clones.map((clone) => `bench drop ${leafOf(clone)}, or: bench clone promote ${leafOf(clone)}`),
        ],
      },
    );
  }
  if (held.length > 0) {
    throw new RefusedError(
      'template-in-use',
      `Snapshots of the template ${name} are held: ${held.map(({ tag }) => tag).join(', ')}. Nothing was changed.`,
      { suggestions: [`zfs holds ${held.map((snapshot) => snapshot.name).join(' ')}`] },
    );
  }
  return template;
}

function leafOf(dataset: string): string {
  return dataset.slice(dataset.lastIndexOf('/') + 1);
}

/** Destroys a template without clones, with the snapshot that was taken for it and its mount point. */
export async function deleteTemplate(name: string, host: Runner, onEvent: OnStep): Promise<TemplateDeleted> {
  const lock = { path: HOST_LOCK, timeoutMs: LOCK_TIMEOUT_MS, purpose: `bench template delete ${name}` };
  return withLock(lock, async (held) => {
    const runner = holding(host, held);
    const template = await previewDelete(name, runner);
    const isItsOwn = await isOwnOrigin(template, runner);
    await applySteps(planTemplateDelete(template, isItsOwn), runner, onEvent);
    return { template: name, dataset: template.dataset };
  });
}

/** The dataset goes last: cut off before, the same call finds it again. Pure. */
export function planTemplateDelete(
  { dataset, mountpoint, origin }: Pick<Template, 'dataset' | 'mountpoint' | 'origin'>,
  isItsOwn: boolean,
): Step[] {
  return [
    ...(origin !== undefined && isItsOwn
      ? [{ kind: 'snapshot.destroy', snapshot: origin, withLastClone: true } as const]
      : []),
    { kind: 'dataset.unmount', dataset },
    ...(mountpoint.startsWith('/') ? [{ kind: 'directory.remove', path: mountpoint } as const] : []),
    { kind: 'dataset.destroy', dataset },
  ];
}

/** Whether its snapshot was taken for it; one that others need stays until they are gone. */
async function isOwnOrigin({ name, origin }: Template, runner: Runner): Promise<boolean> {
  const snapshot = origin === undefined ? undefined : await findSnapshot(runner, origin);
  return snapshot?.madeFor === madeForTemplate(name) && snapshot.holds === 0;
}

/** What `bench template promote` would do; changes nothing. */
export async function previewTemplatePromotion(name: string, runner: Runner): Promise<Promotion> {
  const { dataset, origin, usedBytes } = await requireTemplate(runner, name);
  const promotion = await planPromotion(
    { title: `The template ${name}`, dataset, origin, usedBytes, quotaBytes: 0 },
    runner,
  );
  const found = await findDataset(runner, dataset);
  if (found?.encryptionRoot === undefined) return promotion;
  const { key } = (await findSource({ kind: 'template', name }, runner)).config.volume;
  await requireKeyAtHand(name, found, key);
  return { ...promotion, steps: [...promotion.steps, ...keyAgain(dataset, key)] };
}

/** Makes a template independent of the bench that it was made of, so that this one can be dropped. */
export async function promoteTemplate(name: string, host: Runner, onEvent: OnStep): Promise<Promotion> {
  const lock = { path: HOST_LOCK, timeoutMs: LOCK_TIMEOUT_MS, purpose: `bench template promote ${name}` };
  return withLock(lock, async () => {
    const { origins } = await previewTemplatePromotion(name, host);
    return aloneOnAll(await configsOf(origins, host), host, lock.purpose, async (runner) => {
      const promotion = await previewTemplatePromotion(name, runner);
      await applySteps(promotion.steps, runner, onEvent);
      return promotion;
    });
  });
}
