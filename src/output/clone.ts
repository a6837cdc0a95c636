import { dirname } from 'node:path';
import type { Cloned, LifetimeResult, Promotion, Released, ResetResult, Swept } from '../clone/clone.js';
import { onOneLine } from '../printable.js';
import { templateText } from '../zfs/zfs.js';
import { localless } from './columns.js';
import { type PlanJson, planJson } from './steps.js';

/** What `bench clone --json` prints: the plan, or what was carried out. */
export type CloneReport = { bench: string } & PlanJson &
  (
    | { dryRun: true }
    | {
        changed: boolean;
        source: string;
        template: string | null;
        tag: string;
        dataset: string;
        directory: string;
        instance: string;
        port: number;
        socket: string;
      }
  );

export function cloneReport({ config, source, template, tag, steps, notes }: Cloned): CloneReport {
  const { instance, port, socketPath } = config.mariadb;
  return {
    bench: config.name,
    changed: steps.length > 0,
    source,
    template: template ?? null,
    tag,
    dataset: config.volume.dataset,
    directory: dirname(config.file),
    instance,
    port,
    socket: socketPath,
    ...planJson({ steps, notes, complete: true }),
  };
}

export function clonedText({ config, source, tag, steps, notes }: Cloned): string {
  const { name, mariadb } = config;
  const lines = notes.map((note) => `Note: ${onOneLine(note)}`);
  lines.push(
    steps.length === 0
      ? `${name} is whole: nothing to do.`
      : `${name} is a clone of ${source}@${tag}, on port ${mariadb.port}. Next: bench volume status -b ${name}`,
  );
  return lines.join('\n');
}

export function lifetimeText({ bench, changed, clone }: LifetimeResult): string {
  const end = clone?.expiresAt == null ? 'has no end' : `ends ${localless(clone.expiresAt)} UTC`;
  const kept = clone?.protected === true ? ', and stays then: it is protected' : '';
  const isPast = clone?.expiresAt != null && new Date(clone.expiresAt) <= new Date();
  const soon = isPast && clone.protected === false ? ', which is over: the next sweep drops it' : '';
  return `${bench} ${end}${kept}${soon}.${changed ? '' : ' It was so already.'}`;
}

/** What `bench clone release --json` prints. */
export interface ReleaseReport extends Pick<PlanJson, 'steps'> {
  bench: string;
  changed: boolean;
}

export function releaseReport({ bench, steps }: Released): ReleaseReport {
  return { bench, changed: steps.length > 0, steps: planJson({ steps, notes: [], complete: true }).steps };
}

export function releaseText({ bench, steps }: Released): string {
  return steps.length === 0 ? `${bench} may act already.` : `${bench} runs with its own settings now.`;
}

export function resetText({ bench, durationMs, notes }: ResetResult): string {
  const lines = [`${bench} is what it was when it was made, after ${(durationMs / 1000).toFixed(1)} s.`];
  return [...lines, ...notes.map((note) => `Note: ${onOneLine(note)}`)].join('\n');
}

/** What `bench clone promote --json` prints, and `bench template promote`. */
export type PromoteReport = {
  dataset: string;
  /** What depends on it now. */
  origins: string[];
  /** Tags of the snapshots that went over. */
  tags: string[];
  steps: PlanJson['steps'];
} & ({ dryRun: true } | { changed: true });

export function promoteReport({ dataset, origins, tags, steps }: Promotion) {
  return { dataset, origins, tags, steps: planJson({ steps, notes: [], complete: true }).steps };
}

/** Before it is agreed to. */
export function promotionText({ dataset, origins, tags, ends }: Promotion): string {
  const others = origins.map(templateText).join(' and ');
  const shared = tags.map(onOneLine).join(', ');
  return [
    `Promote ${templateText(dataset)}: it no longer depends on ${others}, but the other way round`,
    `  Goes over: ${tags.length === 1 ? 'the snapshot' : 'the snapshots'} ${shared}; no other bench can be restored to what goes over`,
    ...(ends === true ? ['  It stays from now on: its end is taken away'] : []),
  ].join('\n');
}

export function promotedText({ dataset, origins }: Promotion): string {
  const others = origins.map(templateText).join(' and ');
  return `${templateText(dataset)} is independent; ${others} ${origins.length === 1 ? 'depends' : 'depend'} on it now.`;
}

/** What `bench clone sweep --json` prints: what was done or, of a dry run, what would be. */
export type SweepReport = Swept | (Swept & { dryRun: true });

export function sweptText({ dropped, kept }: Swept, isDry: boolean): string {
  const lines = [
    ...dropped.map((bench) =>
      isDry ? `Would drop ${bench}: its time is over.` : `Dropped ${bench}: its time was over.`,
    ),
    ...kept.map(({ bench, reason }) => `${isDry ? 'Would keep' : 'Kept'} ${bench}: ${onOneLine(reason)}`),
  ];
  return lines.length === 0 ? 'There is no clone whose time is over.' : lines.join('\n');
}
