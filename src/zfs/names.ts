/** The pool that a dataset lies in, by its name. */
export function poolOf(dataset: string): string {
  const [pool = ''] = dataset.split('/');
  return pool;
}

/** The dataset that another one lies directly below. */
export function parentOf(dataset: string): string {
  return dataset.slice(0, dataset.lastIndexOf('/'));
}
