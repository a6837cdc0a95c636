import { PRESERVED } from '../bench/bench.js';
import { formatArgv } from '../host/exec.js';
import { onOneLine } from '../printable.js';
import { poolOf, templatesOf } from '../zfs/zfs.js';

function leafOf(dataset: string): string {
  return dataset.slice(dataset.lastIndexOf('/') + 1);
}

/** A clone of a snapshot, as an operator knows it. Pure. */
export function whatDepends(dataset: string): string {
  const leaf = onOneLine(leafOf(dataset));
  const pool = poolOf(dataset);
  if (dataset === `${pool}/${leaf}` && !leaf.startsWith('_')) return `the bench ${leaf}`;
  if (dataset.startsWith(`${templatesOf(pool)}/`)) return `the template ${leaf}`;
  if (dataset.startsWith(`${pool}/${PRESERVED}/`)) return `the kept volume of ${leaf}`;
  return onOneLine(dataset);
}

/** What can be done about it, so that the snapshot is free. Pure. */
export function wayOut(dataset: string): string {
  const leaf = leafOf(dataset);
  const pool = poolOf(dataset);
  if (dataset === `${pool}/${leaf}` && !leaf.startsWith('_'))
    return `bench drop ${leaf}, or make it independent: bench clone promote ${leaf}`;
  if (dataset.startsWith(`${templatesOf(pool)}/`))
    return `bench template delete ${leaf}, or make it independent: bench template promote ${leaf}`;
  return formatArgv(['zfs', 'get', 'origin', dataset]);
}
