import type { TemplateCreated, TemplateJson, TemplateList } from '../clone/clone.js';
import { humanSize } from '../config/size.js';
import { onOneLine } from '../printable.js';
import { localless } from './columns.js';
import type { PlanJson } from './steps.js';
import { table } from './table.js';

/** What `bench template create --json` prints: the plan, or what was made. */
export type TemplateCreateReport = TemplateCreated | ({ bench: string; dryRun: true } & PlanJson);

const HEADINGS = ['TEMPLATE', 'OF', 'MADE', 'USED', 'CLONES'];

export function templateListText({ templates }: TemplateList): string {
  if (templates.length === 0)
    return 'There is no template on this host. Make one with: bench template create BENCH NAME';
  return table([HEADINGS, ...templates.map(columns)]);
}

function columns(template: TemplateJson): string[] {
  const { name, createdAt, usedBytes, clones } = template;
  return [
    name,
    whatItIs(template),
    localless(createdAt),
    humanSize(usedBytes),
    clones.length === 0 ? '-' : clones.join(', '),
  ];
}

function whatItIs({ name, dataset, whole, renamedFrom, source, tag, independent }: TemplateJson): string {
  if (whole) return `${source}@${tag}${independent ? ', promoted' : ''}`;
  if (renamedFrom === null) return 'not whole: create it again';
  return `renamed, was ${onOneLine(renamedFrom)}: zfs set bench:template=${name} ${dataset}`;
}

export function templateCreatedText({ template }: TemplateCreated): string {
  const { name, source, tag } = template;
  return `Made the template ${name} of ${source}@${tag}. Next: bench clone --template ${name} NEW`;
}

/** What is about to be destroyed. */
export function templateDeleteText({
  name,
  dataset,
  source,
  tag,
  usedBytes,
}: {
  name: string;
  dataset: string;
  source: string;
  tag: string;
  usedBytes: number;
}): string {
  return `Delete for good: the template ${name} (${dataset}), made of ${source}@${tag}; it has ${humanSize(usedBytes)} for itself.`;
}
