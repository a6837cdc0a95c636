/** The pool that a dataset lies in, by its name. */
export function poolOf(dataset: string): string {
  const [pool = ''] = dataset.split('/');
  return pool;
}

/** The dataset that another one lies directly below. */
export function parentOf(dataset: string): string {
  return dataset.slice(0, dataset.lastIndexOf('/'));
}

/** The dataset below which the templates of a pool lie; no bench's leaf begins with an underscore. */
export function templatesOf(pool: string): string {
  return `${pool}/_templates`;
}

/** `template NAME` for the dataset of a template; any other dataset by its name. */
export function templateText(dataset: string): string {
  const prefix = `${templatesOf(poolOf(dataset))}/`;
  return dataset.startsWith(prefix) ? `template ${dataset.slice(prefix.length)}` : dataset;
}
