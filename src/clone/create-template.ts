import { aloneOn, refuseUnfinishedRestore } from '../bench/bench.js';
import { escapeText } from '../config/findings.js';
import { BenchError, RefusedError, UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { holding, withLock } from '../host/lock.js';
import { HOST_LOCK } from '../host/paths.js';
import { benchName } from '../names.js';
import { takeSnapshot } from '../snapshot/snapshot-orchestrator.js';
import { applySteps, type OnStep, perform, type Step } from '../steps/steps.js';
import type { Plan } from '../volume-manager/volume-manager.js';
import {
  CLONE_MARK,
  destroySnapshot,
  encodeNote,
  findDataset,
  findSnapshot,
  LAYOUT_VERSION,
  listSnapshots,
  MARK,
  poolOf,
  type Snapshot,
  TEMPLATE_MARK,
  type Template,
  templatesOf,
} from '../zfs/zfs.js';
import { NEW_TAG } from './request.js';
import { findSource, type Source } from './source.js';
import {
  readTemplates,
  refuseExisting,
  requireTemplate,
  TEMPLATE_TAG,
  type TemplateJson,
  templateJson,
} from './template.js';

const LOCK_TIMEOUT_MS = 10_000;

/** What `bench template create` prints. */
export interface TemplateCreated {
  template: TemplateJson;
}

/**
 * Makes a template of a bench: a dataset of its own with everything that is in the bench now, read-only, from which
 * clones are made. It shares its blocks, so it costs nothing but what changes in the bench. Cut off anywhere, the same
 * call begins anew.
 * @throws UsageError `template-name-invalid`; RefusedError `template-exists`, `template-not-ours`
 */
export async function createTemplate(
  bench: string,
  name: string,
  host: Runner,
  onEvent: OnStep,
): Promise<TemplateCreated> {
  refuseTemplateName(name);
  const source = await findSource({ kind: 'bench', name: bench }, host);
  await refuseTaken(name, source, host);
  const purpose = `bench template create ${bench} ${name}`;
  const lock = { path: HOST_LOCK, timeoutMs: LOCK_TIMEOUT_MS, purpose };
  return withLock(lock, async (held) => {
    const runner = holding(host, held);
    const left = await refuseTaken(name, source, runner);
    if (left !== undefined) await applySteps([{ kind: 'dataset.destroy', dataset: left }], runner, onEvent);
    const snapshot = await takeFresh(source, name, runner, onEvent);
    await aloneOn(source.config, runner, purpose, async (own) => {
      await refuseUnfinishedRestore(bench);
      const place = await findDataset(own, templatesOf(poolOf(source.dataset)));
      await applySteps(planTemplate(source, name, snapshot, place?.canmount), own, onEvent);
    });
    return { template: templateJson(await requireTemplate(runner, name), []) };
  });
}

/** What `bench template create` would do. Changes nothing. */
export async function previewTemplate(bench: string, name: string, runner: Runner): Promise<Plan> {
  refuseTemplateName(name);
  const source = await findSource({ kind: 'bench', name: bench }, runner);
  const left = await refuseTaken(name, source, runner);
  const place = await findDataset(runner, templatesOf(poolOf(source.dataset)));
  const snapshot = { name: `${source.dataset}@${NEW_TAG}`, tag: NEW_TAG, quiesce: undefined };
  return {
    steps: [
      ...(left === undefined ? [] : [{ kind: 'dataset.destroy', dataset: left } as const]),
      ...planTemplate(source, name, snapshot, place?.canmount),
    ],
    complete: true,
    notes: [`A consistent snapshot of ${bench} is taken first; it goes with the template.`],
  };
}

function refuseTemplateName(name: string): void {
  const wrong = benchName(name);
  if (wrong === undefined) return;
  throw new UsageError(
    'template-name-invalid',
    `${escapeText(name)} cannot be the name of a template: it ${wrong}. Nothing was changed.`,
    { suggestions: ['Give it another name, such as base.'] },
  );
}

/**
 * @returns the dataset that a template of this name was cut off making, to be taken away; undefined where there is none
 */
async function refuseTaken(name: string, source: Source, runner: Runner): Promise<string | undefined> {
  const found = (await readTemplates(runner)).filter((each) => each.name === name);
  refuseExisting(name, found);
  const dataset = templateDataset(source, name);
  const left = found.find((each) => each.dataset === dataset);
  if (left === undefined) return undefined;
  if (await isCutOff(left, runner)) return left.dataset;
  throw new RefusedError(
    'template-not-ours',
    `Dataset ${left.dataset} exists, and bench has not made it. Nothing was changed.`,
    {
      suggestions: ['Give the template another name.', `Look at what is in it: zfs list -r ${left.dataset}`],
    },
  );
}

/** By its own mark or, where a power cut came before that, by the snapshot that was taken for it. */
async function isCutOff({ name, origin, source }: Template, runner: Runner): Promise<boolean> {
  if (source !== '') return true;
  return origin !== undefined && (await findSnapshot(runner, origin))?.madeFor === madeForTemplate(name);
}

/** In `bench:for` of a snapshot; no bench can be called so. */
export function madeForTemplate(name: string): string {
  return `template:${name}`;
}

async function takeFresh(source: Source, name: string, runner: Runner, onEvent: OnStep): Promise<Snapshot> {
  const madeFor = madeForTemplate(name);
  for (const left of await listSnapshots(runner, source.dataset))
    if (left.madeFor === madeFor && left.clones.length === 0 && left.holds === 0)
      await runner.run(destroySnapshot(left.name));
  return perform(
    `Take a consistent snapshot of ${source.bench}`,
    async () => {
      const taken = await takeSnapshot(source.config, runner, { madeFor, note: `for the template ${name}` });
      const snapshot = await findSnapshot(runner, taken.name);
      if (snapshot === undefined) throw new BenchError('snapshot-missing', `${taken.name} is gone again.`);
      return snapshot;
    },
    onEvent,
  );
}

function templateDataset({ dataset }: Source, name: string): string {
  return `${templatesOf(poolOf(dataset))}/${name}`;
}

/**
 * Pure.
 * @param placeCanmount of the dataset below which templates lie; undefined where it is not there
 */
function planTemplate(
  source: Source,
  name: string,
  snapshot: Pick<Snapshot, 'name' | 'tag' | 'quiesce'>,
  placeCanmount: string | undefined,
): Step[] {
  const place = templatesOf(poolOf(source.dataset));
  const dataset = templateDataset(source, name);
  const mountpoint = `/${dataset}`;
  return [
    ...(placeCanmount === undefined ? [{ kind: 'place.create', dataset: place } as const] : []),
    ...(placeCanmount === undefined || placeCanmount === 'off'
      ? []
      : [{ kind: 'dataset.set', dataset: place, properties: { canmount: 'off' } } as const]),
    {
      kind: 'template.clone',
      snapshot: snapshot.name,
      dataset,
      properties: {
        readonly: 'on',
        canmount: 'noauto',
        mountpoint,
        acltype: 'posix',
        xattr: 'sa',
        [MARK.layout]: LAYOUT_VERSION,
        [CLONE_MARK.origin]: encodeNote(`${source.bench}@${snapshot.tag}`),
      },
    },
    { kind: 'dataset.mount', dataset, mountpoint },
    {
      kind: 'snapshot.take',
      snapshot: `${dataset}@${TEMPLATE_TAG}`,
      properties: { [MARK.quiesce]: snapshot.quiesce ?? 'crash-consistent' },
    },
    // Last: it says that all of it is there.
    { kind: 'dataset.set', dataset, properties: { canmount: 'on', [TEMPLATE_MARK]: name } },
  ];
}
