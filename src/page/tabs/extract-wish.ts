function listOf(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

/** Undefined while it is not said what comes back. Pure. */
export function filesWish(text: string, isInPlace: boolean, to: string): object | undefined {
  const files = listOf(text);
  if (files.length === 0 || (!isInPlace && to.trim() === '')) return undefined;
  return { files, ...(isInPlace ? {} : { to: to.trim() }) };
}

/** Undefined while it is not said what comes back. Pure. */
export function databaseWish(
  database: string,
  tables: string,
  isInPlace: boolean,
  as: string,
): object | undefined {
  if (database.trim() === '') return undefined;
  return {
    database: database.trim(),
    tables: listOf(tables),
    ...(isInPlace ? { replace: true } : as.trim() === '' ? {} : { as: as.trim() }),
  };
}
