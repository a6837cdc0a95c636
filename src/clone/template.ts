import { UsageError } from '../errors.js';
import type { Runner } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import { listPools, listTemplates, type Template } from '../zfs/zfs.js';

/** The snapshot of a template that clones of it are made of. */
export const TEMPLATE_TAG = 'template';

/** The templates of this host, by name; those that are not whole among them. Two processes. */
export async function readTemplates(runner: Runner): Promise<Template[]> {
  const pools = (await listPools(runner)).filter(({ health }) => health !== 'SUSPENDED');
  const templates = await listTemplates(
    runner,
    pools.map(({ name }) => name),
  );
  return templates.sort((one, other) => one.name.localeCompare(other.name));
}

/**
 * A template by its name.
 * @throws UsageError `template-missing`, `template-ambiguous`
 */
export async function requireTemplate(runner: Runner, name: string): Promise<Template> {
  const all = await readTemplates(runner);
  const [found, second] = all.filter((each) => each.name === name && each.isWhole);
  if (found === undefined) {
    const names = all.filter(({ isWhole }) => isWhole).map((each) => each.name);
    throw new UsageError(
      'template-missing',
      `There is no template ${onOneLine(name)}. Nothing was changed.`,
      {
        suggestions: [
          names.length === 0 ? 'There is none at all.' : `Templates: ${names.join(', ')}`,
          'bench template create BENCH NAME',
        ],
      },
    );
  }
  if (second === undefined) return found;
  throw new UsageError(
    'template-ambiguous',
    `Two pools have a template ${name}: ${found.dataset} and ${second.dataset}. Nothing was changed.`,
    { suggestions: [`Rename one of them: zfs rename ${second.dataset} ${second.dataset}-2`] },
  );
}

/** One template in `--json`. */
export interface TemplateJson {
  name: string;
  dataset: string;
  /** False for one that was cut off while it was made. */
  whole: boolean;
  /** The bench that is in it, and the tag of the snapshot that it was made of. */
  source: string;
  tag: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  usedBytes: number;
  referencedBytes: number;
  /** It does not depend on the bench that it was made of. */
  independent: boolean;
  /** Benches that were made from it and depend on it. */
  clones: string[];
}

export function templateJson(template: Template, clones: readonly string[]): TemplateJson {
  const { name, dataset, isWhole, source, tag, createdAt, usedBytes, referencedBytes, origin } = template;
  return {
    name,
    dataset,
    whole: isWhole,
    source,
    tag,
    createdAt: createdAt.toISOString(),
    usedBytes,
    referencedBytes,
    independent: origin === undefined,
    clones: [...clones],
  };
}
