import type { ExtractPreview, ExtractResult } from '../extract/extract.js';
import { onOneLine } from '../printable.js';

/** What would come back, and what becomes of what is there; shown before anything is put in its place. */
export function extractPreviewText({ snapshot, places, database }: ExtractPreview): string {
  const lines = [`Out of ${snapshot.name}:`];
  for (const { file, to, aside } of places) {
    lines.push(`  ${onOneLine(file.path)} to ${onOneLine(to)}`);
    if (aside !== undefined) lines.push(`    what is there is kept as ${onOneLine(aside)}`);
  }
  if (database !== undefined) {
    const what = database.tables.length === 0 ? 'every table' : database.tables.map(onOneLine).join(', ');
    const { into } = database;
    lines.push(`  database ${onOneLine(database.name)}: ${what}, ${placeOf(into)}`);
    if (into.kind === 'replace') lines.push('    each that is there is kept as T__before');
  }
  return lines.join('\n');
}

function placeOf(into: NonNullable<ExtractPreview['database']>['into']): string {
  if (into.kind === 'dump') return `to the file ${onOneLine(into.file)}`;
  return into.kind === 'as' ? `as ${onOneLine(into.name)}` : 'in the place of the live ones';
}

export function extractText({ files, database, notes, durationMs }: ExtractResult): string {
  const lines = files.map(
    ({ path, to, kept }) =>
      `Brought back ${onOneLine(path)} to ${onOneLine(to)}${kept === null ? '' : `; before it: ${onOneLine(kept)}`}`,
  );
  if (database !== null) {
    const { tables, file, into } = database;
    const where = file === null ? `in the database ${onOneLine(into ?? '')}` : `in ${onOneLine(file)}`;
    const count = `${tables.length} ${tables.length === 1 ? 'table' : 'tables'}`;
    lines.push(`Brought back ${count} of ${onOneLine(database.database)}: ${where}`);
  }
  lines.push(
    `Done in ${(durationMs / 1000).toFixed(1)} s`,
    ...notes.map((note) => `Note: ${onOneLine(note)}`),
  );
  return lines.join('\n');
}
