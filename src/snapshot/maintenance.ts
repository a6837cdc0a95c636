import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import { SITE_CONFIG } from '../bench/bench.js';
import { BenchError } from '../errors.js';
import { readFileCarefully, writeFileAtomic } from '../host/atomic-file.js';
import { systemErrorCode } from '../host/files.js';

const KEY = 'maintenance_mode';

/** The value of `maintenance_mode`; null where the key or the file is missing. */
export async function readMaintenance(benchDirectory: string): Promise<number | boolean | null> {
  const text = await readSiteConfig(benchDirectory);
  if (text === undefined) return null;
  const value = parse(benchDirectory, text)[KEY];
  return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/**
 * Sets `maintenance_mode` (null removes it) and leaves every other byte of the file alone. Does nothing where
 * there is no file: then there is no site that could read it.
 */
export async function writeMaintenance(
  benchDirectory: string,
  value: number | boolean | null,
): Promise<void> {
  const text = await readSiteConfig(benchDirectory);
  if (text === undefined) return;
  const current = parse(benchDirectory, text);
  if ((current[KEY] ?? null) === value) return;
  const edited = editMaintenance(text, value);
  const { [KEY]: _, ...others } = current;
  const wanted = value === null ? others : { ...others, [KEY]: value };
  if (canonical(JSON.parse(edited)) !== canonical(wanted)) {
    throw new BenchError(
      'site-config-edit-failed',
      `${fileIn(benchDirectory)} could not be edited safely; it was not changed.`,
    );
  }
  await writeFileAtomic(fileIn(benchDirectory), edited);
}

/**
 * The same for a file that is no JSON object: nothing can be read in it, so no site is open by its word. A restore
 * must not fail for it, because it may be what the restore mends.
 */
export async function writeMaintenanceIfValid(
  benchDirectory: string,
  value: number | boolean | null,
): Promise<void> {
  await writeMaintenance(benchDirectory, value).catch(passInvalid);
}

/**
 * The value before a restore; `snapshot` where the file is damaged or gone, which may be what the restore mends: what the
 * snapshot holds will do.
 */
export async function readMaintenanceIfValid(
  benchDirectory: string,
): Promise<number | boolean | null | 'snapshot'> {
  if ((await readSiteConfig(benchDirectory).catch(() => '')) === undefined) return 'snapshot';
  return readMaintenance(benchDirectory).catch((error: unknown) => {
    passInvalid(error);
    return 'snapshot';
  });
}

/**
 * Closes the sites before a restore, and says whether that went: a dataset that is full takes no write, and may be
 * restored for just that.
 */
export async function closeSites(benchDirectory: string): Promise<boolean> {
  try {
    await writeMaintenanceIfValid(benchDirectory, 1);
    return true;
  } catch (error) {
    const code = systemErrorCode((error as Error).cause);
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    return false;
  }
}

function passInvalid(error: unknown): void {
  if (!(error instanceof BenchError) || error.code !== 'site-config-invalid') throw error;
}

/** Splices the one value into the text. Pure; the caller proves the result by parsing it. */
export function editMaintenance(text: string, value: number | boolean | null): string {
  const present = /("maintenance_mode"\s*:\s*)(-?\d+|true|false|null|"[^"]*")/;
  if (value !== null && present.test(text))
    return text.replace(present, (_, key: string) => `${key}${value}`);
  if (value !== null) {
    const empty = /^\s*\{\s*\}\s*$/.test(text);
    return text.replace('{', () => `{\n "${KEY}": ${value}${empty ? '\n' : ','}`);
  }
  // As it is inserted above: then what was there before comes back to the byte.
  const inserted = /^(\s*\{)\n "maintenance_mode": (?:-?\d+|true|false),/;
  if (inserted.test(text)) return text.replace(inserted, '$1');
  // With the comma behind it, or, as the last key, the one before it.
  return text
    .replace(/"maintenance_mode"\s*:\s*(?:-?\d+|true|false|null|"[^"]*")\s*,\s*/, '')
    .replace(/,?\s*"maintenance_mode"\s*:\s*(?:-?\d+|true|false|null|"[^"]*")/, '');
}

function fileIn(benchDirectory: string): string {
  return join(benchDirectory, SITE_CONFIG);
}

async function readSiteConfig(benchDirectory: string): Promise<string | undefined> {
  const content = await readFileCarefully(fileIn(benchDirectory));
  if (content === undefined) return undefined;
  // Read as text all the same, other bytes would be lost when it is written.
  if (!isUtf8(content)) throw invalid(benchDirectory);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(content);
}

function parse(benchDirectory: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Told below, in one sentence for both.
  }
  throw invalid(benchDirectory);
}

function invalid(benchDirectory: string): BenchError {
  return new BenchError('site-config-invalid', `${fileIn(benchDirectory)} is not a JSON object.`, {
    suggestions: ['Mend the file, then run the command again.'],
  });
}

function canonical(value: unknown): string {
  return JSON.stringify(Object.entries(value as object).sort(([a], [b]) => a.localeCompare(b)));
}
