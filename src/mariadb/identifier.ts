/** A name as part of a statement, whatever is in it. */
export function identifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A table with its database. */
export function tableName(database: string, table: string): string {
  return `${identifier(database)}.${identifier(table)}`;
}
