import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '../errors.js';
import { onOneLine } from '../printable.js';
import { timedCalendars } from './calendars.js';
import type { BenchConfig } from './config.js';
import { type Finding, formatFindings, type RawFinding } from './findings.js';
import { parseText } from './parse.js';
import { oddNumbers } from './plain-numbers.js';
import { readConfigFile } from './read.js';
import { resolveConfig } from './resolve.js';
import { validate } from './validate.js';

export type { Finding } from './findings.js';

/** Loads and checks a bench.toml. Throws {@link UsageError} `config-invalid` that lists every finding. */
export async function loadConfig(file: string): Promise<BenchConfig> {
  const path = resolve(file);
  const { config, findings } = await checkConfig(await readConfigFile(path), path);
  if (config === undefined) throw invalidConfig(path, findings);
  return config;
}

/**
 * Checks a text as if it were the content of `file` (an absolute path, read by nobody). Without findings there is a
 * config, and the other way round. Asynchronous only because the parsers of positions and of cron are loaded on demand.
 */
export async function checkConfig(
  content: string | Uint8Array,
  file: string,
  platform: NodeJS.Platform = process.platform,
): Promise<{ config?: BenchConfig; findings: Finding[] }> {
  const parsed = parseText(content);
  if ('problem' in parsed) return { findings: [{ file, ...parsed.problem }] };
  const { value, findings } = validate(parsed.document, platform);
  const timed = await timedCalendars(parsed.document);
  findings.push(...timed.findings);
  const odd = (await oddNumbers(parsed.text)).filter(
    ({ path }) => !findings.some((finding) => isDeepStrictEqual(finding.path, path)),
  );
  if (value !== undefined && findings.length === 0 && odd.length === 0)
    return { config: resolveConfig(value, file, timed.calendars), findings: [] };
  return { findings: await locate(parsed.text, file, [...findings, ...odd]) };
}

/** The error for a bench.toml with findings. */
export function invalidConfig(file: string, findings: readonly Finding[]): UsageError {
  const count = findings.length === 1 ? 'one problem' : `${findings.length} problems`;
  return new UsageError('config-invalid', `${onOneLine(file)} has ${count}:\n${formatFindings(findings)}`, {
    suggestions: [`Correct ${file}, then check it with: bench config check ${file}`],
  });
}

async function locate(text: string, file: string, findings: RawFinding[]): Promise<Finding[]> {
  const { positionsIn } = await import('./positions.js');
  const positionOf = positionsIn(text);
  return findings
    .map(({ path, ...finding }) => ({ file, ...positionOf(path), key: dotted(path), ...finding }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function dotted(path: readonly (string | number)[]): string {
  return path
    .map((part) =>
      typeof part === 'number' ? `[${part}]` : /^[A-Za-z0-9_-]+$/.test(part) ? `.${part}` : `.${quote(part)}`,
    )
    .join('')
    .replace(/^\./, '');
}

function quote(part: string): string {
  return JSON.stringify(part.length > 60 ? `${part.slice(0, 59)}…` : part);
}
