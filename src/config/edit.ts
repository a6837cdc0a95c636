import { realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { BenchError, UsageError } from '../errors.js';
import { readFileCarefully, removeLeftovers, writeFileAtomic } from '../host/atomic-file.js';
import { withLock } from '../host/lock.js';
import { escapeText, type Finding, formatFindings } from './findings.js';
import { checkConfig, invalidConfig } from './load.js';
import { parseText } from './parse.js';
import { isPlainNumberKey } from './plain-numbers.js';
import { missingConfigFile, readConfigFile } from './read.js';
import { insertKey, removeKey, replaceValue, type Splice } from './splice.js';
import { appendEntry, removeEntry } from './splice-entries.js';
import { outline, type Path, parseKey, samePath } from './toml-ast.js';
import { getFromTree, pruneAbove, readTree, setInTree, type Tree } from './toml-tree.js';
import type { TomlValue } from './toml-value.js';

export interface ConfigChange {
  /** Dotted as in TOML: `volume.dataset.quota`. */
  key: string;
  /** undefined removes the key. */
  value: TomlValue | undefined;
}

/** An entry of [[volumes]] as it is written; its keys in this order. */
export type VolumesEntry = { name: string } & Readonly<Record<string, string>>;
export type VolumesChange = { add: VolumesEntry } | { remove: string };

const BOM = '\ufeff';
const LOCK_TIMEOUT_MS = 10_000;

/**
 * Changes values in a bench.toml on disk: alone (a lock on its directory), only if the result is a valid bench.toml,
 * in one step, and not at all when nothing changes. `previous` takes it back. Throws {@link UsageError} `config-invalid` or
 * `config-unreadable`, BusyError `busy`, RefusedError of {@link writeFileAtomic}; then the file is as it was.
 */
export async function editConfig(
  file: string,
  changes: readonly ConfigChange[],
): Promise<{ changed: boolean; previous: ConfigChange[] }> {
  const keys = changes.map(({ key }) => key).join(', ');
  const { changed, before } = await editFile(file, (text) => editText(text, changes), keys);
  return { changed, previous: valuesOf(before, changes) };
}

/** The same for entries of [[volumes]]. */
export async function editVolumes(
  file: string,
  changes: readonly VolumesChange[],
): Promise<{ changed: boolean }> {
  return editFile(file, (text) => editVolumesText(text, changes), '[[volumes]]');
}

async function editFile(
  file: string,
  edit: (text: string) => string,
  keys: string,
): Promise<{ changed: boolean; before: string }> {
  const path = resolve(file);
  await readConfigFile(path);
  // The directory of the real file, so that two ways to the same file meet, and its replacement changes nothing.
  const directory = dirname(await realpath(path).catch(() => path));
  const purpose = `changing ${path}`;
  const lock = { path: directory, isDirectory: true, timeoutMs: LOCK_TIMEOUT_MS, purpose };
  return withLock(lock, async () => {
    const content = await readFileCarefully(path);
    if (content === undefined) throw missingConfigFile(path);
    const parsed = parseText(content);
    if ('problem' in parsed) throw invalidConfig(path, [{ file: path, ...parsed.problem }]);
    const before = new TextDecoder('utf-8', { ignoreBOM: true }).decode(content);
    const result = edit(before);
    if (result === before) return { changed: false, before };
    const { config, findings } = await checkConfig(result, path);
    if (config === undefined) throw rejected(path, keys, findings);
    await removeLeftovers(path);
    await writeFileAtomic(path, result);
    return { changed: true, before };
  });
}

/** The changes that take these back. */
function valuesOf(text: string, changes: readonly ConfigChange[]): ConfigChange[] {
  const tree = readTree(text.replace(BOM, ''));
  return changes.map(({ key }) => ({
    key,
    value: getFromTree(tree, parseKey(key) ?? []) as TomlValue | undefined,
  }));
}

/**
 * The text with some values changed; every other byte stays. Throws {@link BenchError} `config-edit-failed` where the
 * result would not parse to exactly what was intended, {@link UsageError} `config-key-invalid` for a key that is none.
 */
export function editText(text: string, changes: readonly ConfigChange[]): string {
  const keys = changes.map(({ key }) => key).join(', ');
  return editBody(text, (body) => changes.reduce(applyChange, body), keys);
}

/** The text with entries of [[volumes]] added or removed; every other byte stays. Throws as {@link editText}. */
export function editVolumesText(text: string, changes: readonly VolumesChange[]): string {
  return editBody(text, (body) => changes.reduce(applyVolumesChange, body), '[[volumes]]');
}

function editBody(text: string, edit: (body: string) => string, keys: string): string {
  const bom = text.startsWith(BOM) ? BOM : '';
  try {
    return bom + edit(text.slice(bom.length));
  } catch (error) {
    if (error instanceof BenchError) throw error;
    // Not TOML, or nested beyond what a stack holds.
    throw editFailed(keys, 'the text around it cannot be read', error);
  }
}

function applyChange(text: string, { key, value }: ConfigChange): string {
  const path = parseKey(key);
  if (path === undefined) {
    throw new UsageError(
      'config-key-invalid',
      `${escapeText(key)} is not a key such as volume.dataset.quota.`,
    );
  }
  const intended = readTree(text);
  // What is there already may be written in another way (an escape, a list over several lines); it stays so. Not a
  // number that is refused as it is written, which this may be meant to mend.
  const mayStay = typeof value !== 'number' || !isPlainNumberKey(path);
  if (mayStay && isDeepStrictEqual(getFromTree(intended, path), value)) return text;
  if (!setInTree(intended, path, value)) throw editFailed(key, 'something else is written there');
  const result = spliced(text, spliceFor(text, path, value, key));
  if (!parsesTo(result, intended, value === undefined ? path : []))
    throw editFailed(key, 'the text around it does not allow it');
  return result;
}

function applyVolumesChange(text: string, change: VolumesChange): string {
  const intended = readTree(text);
  const entries = (intended.get('volumes') ?? []) as Tree[];
  const name = 'add' in change ? change.add.name : change.remove;
  const index = entries.findIndex((entry) => entry instanceof Map && entry.get('name') === name);
  const doc = outline(text);
  if (doc.keys.some(({ path }) => path[0] === 'volumes' && path.length === 1))
    throw editFailed(
      'volumes',
      'it is written as one list; write each of its entries as a table [[volumes]]',
    );
  let splice: Splice;
  if ('add' in change) {
    if (index !== -1) throw editFailed('[[volumes]]', `there is an entry ${name} already`);
    intended.set('volumes', [...entries, new Map(Object.entries(change.add))]);
    splice = appendEntry(text, doc, 'volumes', change.add);
  } else {
    if (index === -1) return text;
    const rest = entries.filter((_, at) => at !== index);
    if (rest.length === 0) intended.delete('volumes');
    else intended.set('volumes', rest);
    const table = doc.tables.find(({ path }) => samePath(path, ['volumes', index]));
    if (table === undefined) throw editFailed('[[volumes]]', 'it cannot be found in the text');
    splice = removeEntry(text, table);
  }
  const result = spliced(text, splice);
  if (!parsesTo(result, intended, []))
    throw editFailed('[[volumes]]', 'the text around it does not allow it');
  return result;
}

function spliceFor(text: string, path: Path, value: TomlValue | undefined, key: string): Splice {
  const doc = outline(text);
  const entry = doc.keys.find((candidate) => samePath(candidate.path, path));
  if (value === undefined) {
    if (entry === undefined) throw editFailed(key, 'it cannot be found in the text');
    return removeKey(text, entry);
  }
  return entry === undefined ? insertKey(text, doc, path, value) : replaceValue(text, entry, value);
}

function spliced(text: string, { start, end, text: replacement }: Splice): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

function parsesTo(text: string, intended: Tree, removed: Path): boolean {
  try {
    return isDeepStrictEqual(pruneAbove(readTree(text), removed), pruneAbove(intended, removed));
  } catch {
    return false;
  }
}

/** Lines in the findings are those of the file as it would have become; it may have been wrong before. */
function rejected(file: string, keys: string, findings: readonly Finding[]): UsageError {
  return new UsageError(
    'config-invalid',
    `${file} would not be valid with another ${keys}. Nothing was written. What would be wrong in it:\n` +
      formatFindings(findings),
    { suggestions: [`See whether it is valid as it is: bench config check ${file}`] },
  );
}

function editFailed(key: string, why: string, cause?: unknown): BenchError {
  return new BenchError(
    'config-edit-failed',
    `${escapeText(key)} cannot be changed: ${why}. Nothing was written.`,
    { cause, suggestions: ['Change it by hand, then check it with: bench config check'] },
  );
}
