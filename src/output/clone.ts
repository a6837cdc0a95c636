import { dirname } from 'node:path';
import type { CloneJson } from '../bench/bench.js';
import type { Cloned } from '../clone/clone.js';
import { onOneLine } from '../printable.js';
import { type PlanJson, planJson } from './steps.js';

/** In a line of `bench list`. */
export function cloneText(clone: CloneJson): string {
  return [`${clone.source}@${clone.tag}`, ...remarks(clone)].join(', ');
}

/** In `bench volume status`, behind the source's name. */
export function cloneDetails(clone: CloneJson): string {
  return [clone.tag, ...remarks(clone)].join('  ');
}

function remarks({ template, state, independent, expiresAt, protected: isProtected }: CloneJson): string[] {
  return [
    ...(template === null ? [] : [`by template ${template}`]),
    ...(independent ? ['promoted'] : []),
    ...(state === 'held' ? ['events and replicas off'] : state === 'ready' ? [] : ['not prepared']),
    ...(expiresAt === null ? [] : [`ends ${expiresAt.slice(0, 16).replace('T', ' ')}`]),
    ...(isProtected ? ['protected'] : []),
  ];
}

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
