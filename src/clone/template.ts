import { RefusedError, UsageError } from '../errors.js';
import { formatArgv, type Runner } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import {
  listPools,
  listTemplates,
  renameDataset,
  setProperties,
  TEMPLATE_MARK,
  type Template,
} from '../zfs/zfs.js';

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
    const renamed = all.filter((each) => each.name === name && each.renamedFrom !== undefined);
    const names = all.filter(({ isWhole }) => isWhole).map((each) => each.name);
    throw new UsageError(
      'template-missing',
      `There is no template ${onOneLine(name)}. Nothing was changed.`,
      {
        suggestions: [
          ...renamed.map(markAgain),
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
    { suggestions: [`Rename one of them: ${renameCommands(second)}`] },
  );
}

/** With its mark, without which it counts as renamed; and mounted where the next one by the old name is not. */
function renameCommands({ name, dataset }: Template): string {
  const to = `${dataset}-2`;
  const marks = { [TEMPLATE_MARK]: `${name}-2`, mountpoint: `/${to}` };
  return [renameDataset(dataset, to), setProperties(to, marks)]
    .map(({ argv }) => formatArgv(argv))
    .join(' && ');
}

function markAgain({ name, dataset, renamedFrom = '' }: Template): string {
  const { argv } = setProperties(dataset, { [TEMPLATE_MARK]: name });
  return `${dataset} is the template ${onOneLine(renamedFrom)}, renamed; to use it by this name: ${formatArgv(argv)}`;
}

/**
 * A name belongs to one template, also where somebody has renamed one to it. Pure.
 * @param found every template that is called so, in whatever pool
 * @throws RefusedError `template-exists`
 */
export function refuseExisting(name: string, found: readonly Template[]): void {
  const whole = found.find(({ isWhole }) => isWhole);
  const renamed = found.find(({ renamedFrom }) => renamedFrom !== undefined);
  const existing = whole ?? renamed;
  if (existing === undefined) return;
  throw new RefusedError(
    'template-exists',
    `There is a template ${name} already, made of ${existing.source}@${existing.tag}. Nothing was changed.`,
    {
      suggestions: [
        'Give it another name.',
        ...(whole === undefined ? [markAgain(existing)] : [`bench template delete ${name}`]),
      ],
    },
  );
}

/** One template in `--json`. */
export interface TemplateJson {
  name: string;
  dataset: string;
  /** False for one that was cut off while it was made, and for one that was renamed since. */
  whole: boolean;
  /** The name that it was made by, where somebody has renamed its dataset; it is not used until its mark says the new one. */
  renamedFrom: string | null;
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
  const { renamedFrom = null } = template;
  return {
    name,
    dataset,
    whole: isWhole,
    renamedFrom,
    source,
    tag,
    createdAt: createdAt.toISOString(),
    usedBytes,
    referencedBytes,
    independent: origin === undefined,
    clones: [...clones],
  };
}
