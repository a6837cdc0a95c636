import type { Runner } from '../host/exec.js';
import { bytes } from './rows.js';

/** Every local property of a dataset, which a clone of it does not inherit. */
export async function localProperties(runner: Runner, dataset: string): Promise<Record<string, string>> {
  const { stdout } = await runner.run({
    argv: ['zfs', 'get', '-H', '-p', '-s', 'local,received', '-o', 'property,value', 'all', dataset],
  });
  return parseProperties(stdout);
}

/** What a dataset itself says, and none above it; undefined where it says nothing. */
export async function localProperty(
  runner: Runner,
  dataset: string,
  property: string,
): Promise<string | undefined> {
  const { stdout } = await runner.run({
    argv: ['zfs', 'get', '-H', '-o', 'value', '-s', 'local', property, dataset],
  });
  return stdout.trim() === '' ? undefined : stdout.trim();
}

/** What `zfs get -H -p -o property,value all` prints; the value of a user property may have several lines. */
export function parseProperties(stdout: string): Record<string, string> {
  const properties: Record<string, string> = {};
  let last = '';
  for (const line of stdout.replace(/\n$/, '').split('\n')) {
    // Names of properties as zfsprops(7) allows them.
    const [, key, value] = /^([a-z0-9:+._@-]+)\t(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) {
      properties[key] = value;
      last = key;
    } else if (last !== '') properties[last] += `\n${line}`;
  }
  return properties;
}

/** Bytes that a dataset holds now and a snapshot of it does not (zfsprops(7), `written@snapshot`). */
export async function writtenSince(runner: Runner, dataset: string, tag: string): Promise<number> {
  const { stdout } = await runner.run({
    argv: ['zfs', 'get', '-H', '-p', '-o', 'value', `written@${tag}`, dataset],
  });
  return bytes(stdout.trim());
}

/** What a dataset is known by, whatever it is called; one that was received has another than its source. */
export async function datasetGuid(runner: Runner, dataset: string): Promise<string> {
  const { stdout } = await runner.run({ argv: ['zfs', 'get', '-H', '-p', '-o', 'value', 'guid', dataset] });
  return stdout.trim();
}
