import { benchName, instanceName } from '../names.js';
import { CALENDAR_FORMS } from './calendar.js';
import { type RawFinding, showValue } from './findings.js';
import { nearest } from './nearest.js';
import { OTHER_TOOLS } from './other-tools.js';
import { LIST_KEYS, OWN_KEYS } from './own-keys.js';
import { BenchToml } from './schema.js';
import { humanSize, parseSize, sizeProblem } from './size.js';

/** Checks a parsed bench.toml: every finding at once, key by key and then what must fit together. */
export function validate(
  document: Record<string, unknown>,
  platform: NodeJS.Platform,
): { value?: BenchToml; findings: RawFinding[] } {
  const outcome = BenchToml.safeParse(document);
  const findings = [
    ...(outcome.success ? [] : outcome.error.issues.flatMap((issue) => fromIssue(issue, document))),
    ...crossChecks(document, platform),
  ];
  return outcome.success && findings.length === 0 ? { value: outcome.data, findings } : { findings };
}

interface Issue {
  code: string;
  path: PropertyKey[];
  message: string;
  keys?: string[];
}

function fromIssue(issue: Issue, document: unknown): RawFinding[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    // Their values stay out of the message: a mistyped `root_password` would be printed.
    return (issue.keys ?? []).map((key) => ({
      path: [...path, key],
      message: unknownKey(tableOf(path), key),
    }));
  }
  // Somebody may have written the secret itself where only its place belongs.
  const value = path[0] === 'offsite' && path[1] !== 'keep' ? undefined : at(document, path);
  return [{ path, message: issue.message, ...(value === undefined ? {} : { value: showValue(value) }) }];
}

/** An element of a list is a table like the others of it. */
function tableOf(path: readonly (string | number)[]): string {
  return path.filter((part) => typeof part === 'string').join('.');
}

function unknownKey(table: string, key: string): string {
  const allowed = OWN_KEYS[table] ?? LIST_KEYS[table] ?? [];
  const accepted: readonly string[] = OTHER_TOOLS[table as keyof typeof OTHER_TOOLS] ?? [];
  const similar = nearest(key, [...allowed, ...accepted]);
  if (similar !== undefined) return `is not a key of [${table}]; did you mean "${similar}"?`;
  const elsewhere = Object.entries(OWN_KEYS).find(([, keys]) => keys.includes(key));
  if (elsewhere !== undefined) return `is not a key of [${table}]; it belongs to [${elsewhere[0]}]`;
  return `is not a key of [${table}]; allowed are ${allowed.join(', ')}`;
}

/** What single keys cannot show. Each rule judges only values that are right by themselves. */
function crossChecks(document: Record<string, unknown>, platform: NodeJS.Platform): RawFinding[] {
  const findings: RawFinding[] = [];
  const get = (...path: string[]) => at(document, path);
  const found = (path: string[], message: string) => {
    const value = get(...path);
    findings.push({ path, message, ...(value === undefined ? {} : { value: showValue(value) }) });
  };
  const bytes = (...path: string[]) => {
    const value = get(...path);
    return sizeProblem(value) === undefined ? parseSize(value as string | number) : undefined;
  };

  if (get('volume', 'enabled') === false && platform === 'linux') {
    found(
      ['volume', 'enabled'],
      'there is no off switch: on Linux every bench lies on its own ZFS dataset, for without it neither its ' +
        'snapshots nor its space could be relied on. Remove the line, or do not manage this bench with bench',
    );
  }
  const name = get('bench', 'name');
  const unusable = typeof name === 'string' ? instanceName(name) : undefined;
  if (!get('mariadb', 'instance') && unusable !== undefined && benchName(String(name)) === undefined) {
    found(['mariadb', 'instance'], `is missing: the bench's own name cannot be it, for it ${unusable}`);
  }
  const backing = get('volume', 'backing');
  if (backing === 'device' && get('volume', 'device') === undefined) {
    found(['volume', 'device'], 'is missing: backing = "device" needs the absolute path of a disk');
  }
  if (backing === 'image' && get('volume', 'image', 'size') === undefined) {
    found(
      ['volume', 'image', 'size'],
      'is missing: backing = "image" needs the size of the image, such as "60G"',
    );
  }
  const isEncrypted = get('volume', 'encryption') === 'on';
  if (!isEncrypted && get('volume', 'key') !== undefined)
    found(['volume', 'key'], 'goes only with encryption = "on"');
  const reservation = bytes('volume', 'dataset', 'reservation');
  const quota = bytes('volume', 'dataset', 'quota');
  const image = backing === 'image' ? bytes('volume', 'image', 'size') : undefined;
  const atMost = (key: 'reservation' | 'quota', size?: number, limit?: number, what?: string) => {
    if (size !== undefined && limit !== undefined && size > limit) {
      found(['volume', 'dataset', key], `must not be above ${what} (${humanSize(limit)})`);
    }
  };
  atMost('reservation', reservation, quota, 'the quota');
  atMost('reservation', reservation, image, 'the size of the image');
  atMost('quota', quota, image, 'the size of the image');
  return [
    ...findings,
    ...scheduleFindings(get('schedule')),
    ...offsiteFindings(get('offsite')),
    ...replicateFindings(get('replicate')),
    ...volumeChecks(get('volumes')),
  ];
}

/** What says how copies go says nothing without where to. */
function replicateFindings(replicate: unknown): RawFinding[] {
  const given = ['target', 'schedule', 'bandwidth'].find((key) => at(replicate, [key]) !== undefined);
  if (given === undefined || at(replicate, ['to']) !== undefined) return [];
  const message = 'is missing: it must be the name of a host as ssh knows it, such as "backup1"';
  return [{ path: ['replicate', 'to'], message }];
}

/** Rules need something to rule; an empty policy would destroy all but the newest snapshot: nobody means that. */
function scheduleFindings(schedule: unknown): RawFinding[] {
  const [snapshot, keep, days, prune] = ['snapshot', 'keep', 'keep_days', 'prune'].map((key) =>
    at(schedule, [key]),
  );
  const found = (key: string, message: string, value?: unknown): RawFinding => ({
    path: ['schedule', key],
    message,
    ...(value === undefined ? {} : { value: showValue(value) }),
  });
  const hasRules = typeof keep === 'object' && keep !== null && Object.keys(keep).length > 0;
  const findings: RawFinding[] = [];
  if (snapshot === undefined && (hasRules || days !== undefined || prune !== undefined))
    findings.push(found('snapshot', `is missing: it must be ${CALENDAR_FORMS}`));
  if (hasRules && days !== undefined)
    findings.push(found('keep_days', 'does not go with keep: give the rules, or a number of days', days));
  if (days === 0)
    findings.push(found('keep_days', 'must be at least 1: only the newest snapshot would be kept', days));
  if (hasRules && Object.values(keep).every((count) => count === 0))
    findings.push(found('keep', 'must keep something: a rule that is not named is 0, and all of these are'));
  if (prune === true && !hasRules && days === undefined)
    findings.push(found('prune', 'needs to know what to keep: schedule.keep, or schedule.keep_days', prune));
  return findings;
}

/**
 * With a place to go to, what leaves the host needs a key for the store and somebody who can read it; without one nothing can
 * be done. An empty policy would take away every copy but the newest.
 */
function offsiteFindings(offsite: unknown): RawFinding[] {
  const isSet = (key: string) => at(offsite, [key]) !== undefined;
  const missing = (key: string, message: string): RawFinding => ({
    path: ['offsite', key],
    message: `is missing: ${message}`,
  });
  return [
    ...(!isSet('url') && ['schedule', 'keep', 'full_every', 'lock_days'].some(isSet)
      ? [missing('url', 'it must be where copies go, s3://BUCKET/PREFIX')]
      : []),
    ...(isSet('url') && !isSet('credentials')
      ? [missing('credentials', 'it must be the file with the key of the store')]
      : []),
    ...(isSet('url') && !isSet('recipients')
      ? [missing('recipients', 'it must be for whom copies are encrypted: public keys of age')]
      : []),
    ...offsitePolicyFindings(at(offsite, ['keep'])),
  ];
}

function offsitePolicyFindings(keep: unknown): RawFinding[] {
  const hasRules = typeof keep === 'object' && keep !== null && Object.keys(keep).length > 0;
  if (!hasRules || Object.values(keep).some((count) => count !== 0)) return [];
  return [
    {
      path: ['offsite', 'keep'],
      message: 'must keep something: a rule that is not named is 0, and all of these are',
    },
  ];
}

/** What entries of [[volumes]] cannot be together: each volume and each path once, and no path below another one. */
function volumeChecks(volumes: unknown): RawFinding[] {
  if (!Array.isArray(volumes)) return [];
  const findings: RawFinding[] = [];
  volumes.forEach((volume, index) => {
    const [name, path, mode, overlaySize] = ['name', 'path', 'mode', 'overlay_size'].map((key) =>
      at(volume, [key]),
    );
    const found = (key: string, value: unknown, message: string) =>
      findings.push({
        path: ['volumes', index, key],
        message,
        ...(value === undefined ? {} : { value: showValue(value) }),
      });
    const before = volumes.slice(0, index);
    if (name !== undefined && before.some((other) => at(other, ['name']) === name))
      found('name', name, 'is there already: a bench has a volume once');
    if (typeof path === 'string' && before.some((other) => overlaps(at(other, ['path']), path)))
      found('path', path, 'is, holds or lies below the path of another volume');
    if (mode === 'overlay' && overlaySize === undefined)
      found('overlay_size', undefined, 'is missing: mode = "overlay" needs it, such as "1G"');
    if (mode !== 'overlay' && overlaySize !== undefined)
      found('overlay_size', overlaySize, 'goes only with mode = "overlay"');
  });
  return findings;
}

function overlaps(other: unknown, path: string): boolean {
  return (
    typeof other === 'string' && (`${path}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${path}/`))
  );
}

function at(document: unknown, path: readonly (string | number)[]): unknown {
  let value = document;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
